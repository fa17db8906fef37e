"""The imprint as a catalogue spells it: what can be read on the faces of a pill that is assumed.

A reader without a vocabulary takes `O` for `0` and passes over a worn `5`.  Who knows which imprint
to expect reads more: here a token counts as read where some line supports it, and it keeps what the
reader wrote there by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch

from rxmm.imprint.lattice import Vocabulary
from rxmm.imprint.reading import MAX_OVERLAP, in_reading_order, overlap
from rxmm.results import ImprintReading, ImprintToken

LEGIBLE = -8.0
"""Relative log-likelihood from which on a line supports a token: one character that the line surely
does not have costs 9.2 and is never overlooked."""
PART = 2.0
"""Log-likelihood that a token loses when it is only a part of a line."""
LEFT_OVER = 1
"""Most characters that a line may have been read to hold besides the tokens it stands for: `LI` is
not on a pill because `LILLY` is."""
OWN_LINE = 0.97
"""Least confidence of a line to be shown beside the tokens that were expected."""


class Decoder:
    """Spells readings by one imprint after another.

    Args:
        readings: of all faces.
        imprints: all that will be asked for, tokens over A-Z and 0-9.
    """

    def __init__(
        self, readings: Sequence[ImprintReading], imprints: Iterable[Sequence[str]]
    ) -> None:
        self._readings = tuple(readings)
        self._lines = [
            (face, line)
            for face, reading in enumerate(readings)
            if reading.beliefs
            for line in reading.hypotheses
        ]
        beliefs = [torch.from_numpy(belief) for reading in readings for belief in reading.beliefs]
        vocabulary = Vocabulary(sorted({token for imprint in imprints for token in imprint}))
        whole = vocabulary.log_likelihood(beliefs).numpy()
        within = vocabulary.log_likelihood_within(beliefs).numpy() - PART
        self._support = np.maximum(whole, within)  # (lines, tokens)
        self._column = {token: number for number, token in enumerate(vocabulary.strings)}

    def __call__(self, imprint: Sequence[str]) -> tuple[ImprintReading, ...]:
        """The readings with other ``tokens``: those of this imprint that lines support, and the
        confident lines elsewhere on the faces.

        Longer tokens choose their line first; a line tells of one token, or of several as parts of
        it.  A token's confidence is its line's, less how much likelier the line's own text is.

        Args:
            imprint: each token as often as it is on the pill.
        """
        told: dict[int, list[ImprintToken]] = {}  # by line, what it stands for
        for token in sorted(imprint, key=len, reverse=True):
            support = self._support[:, self._column[token]]
            for number in np.argsort(-support, kind="stable").tolist():
                if support[number] < LEGIBLE:
                    break
                face, line = self._lines[number]
                taken = [self._lines[other][1] for other in told if self._lines[other][0] == face]
                others = told.get(number, [])
                if _length(others) + len(token) > max(len(line.text), len(token)):
                    continue
                if others or _beside(line, taken):
                    sure = math.exp(min(support[number], 0.0) / len(token))
                    sure *= line.confidence if line.text else 1.0
                    spelt = replace(line, text=token, confidence=sure, read=line.text)
                    told[number] = [*others, spelt]
                    break
        shown: list[list[ImprintToken]] = [[] for _ in self._readings]
        for number, tokens in told.items():
            face, line = self._lines[number]
            if _length(tokens) >= len(line.text) - LEFT_OVER:
                shown[face] += tokens
        for spelled, reading in zip(shown, self._readings, strict=True):
            for line in reading.tokens:
                if line.confidence > OWN_LINE and _beside(line, spelled):
                    spelled.append(line)
        return tuple(
            replace(reading, tokens=in_reading_order(spelled))
            if reading.beliefs
            else reading  # typed: as it is
            for reading, spelled in zip(self._readings, shown, strict=True)
        )


def _beside(line: ImprintToken, others: Sequence[ImprintToken]) -> bool:
    return all(overlap(line, other) < MAX_OVERLAP for other in others)


def _length(tokens: Sequence[ImprintToken]) -> int:
    return sum(len(token.text) for token in tokens)
