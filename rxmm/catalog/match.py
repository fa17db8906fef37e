"""Fuzzy match of an imprint against a catalogue's tokens, by edit distance.

Only whole tokens are compared: a lone "7" is never found inside "X946PT78".  A token's value is how
well the best of all lines read agrees with it, the reader's confidence included; look-alike
characters cost less than others.  A token that no line comes near costs `UNREAD`, less if short,
since readers miss short tokens most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.imprint_text import fold_look_alikes, rotate_180, tokens
from rxmm.catalog.rows import CatalogRows, Floats, ImprintEvidence
from rxmm.results import ImprintReading

EDIT = 1.1
"""Cost of a character read wrongly, missed or added."""
LOOK_ALIKE = 0.4
"""Cost of a character read as one that looks like it (0 for O, 8 for B)."""
TURNED = 1.5
"""Cost of having to turn a line by 180° that was read only one way up."""
DOUBT = 3.0
"""Weight of the log of the reader's confidence."""
UNREAD = 1.55
"""Cost per character, counting at most three, of a token that was not read on a pill seen from both
sides."""
FOUND = 2.3
"""Gain per character of a token that was read: agreement by chance grows rarer with length."""
UNEXPLAINED = 0.3
"""Cost per character of a confident line that an appearance does not have."""
SURE = 0.5
"""Confidence from which an unexplained line counts."""
MAX_LINES = 64


class FuzzyMatcher:
    """Compares readings with the tokens of one catalogue."""

    def __init__(self, rows: CatalogRows) -> None:
        self._folded = [fold_look_alikes(token) for token in rows.vocabulary]
        self._rows = rows

    def __call__(self, readings: Sequence[ImprintReading]) -> ImprintEvidence:
        """What the texts that were read, one reading per face, say about each token."""
        unread = self._rows.unread(UNREAD, len(readings))
        value, source = unread, np.full(len(unread), -1)
        lines = _lines(readings)
        if lines:
            start = np.array([line.start for line in lines])[:, None]
            cost, edits = self._cost([line.text for line in lines])
            # Only what was read of a token adds to a row, so that a mangled one never pays.
            gain = FOUND * np.maximum(self._rows.length - edits, 0)
            told = start - cost + gain  # (lines, V)
            value = np.maximum(told.max(axis=0), unread)
            origins = {line.origin: number for number, line in enumerate(lines)}
            origin = np.array([origins[line.origin] for line in lines])
            source = np.where(value > unread, origin[told.argmax(axis=0)], -1)
        sure = _sure_lines(readings)
        length = np.array([len(line.text) for line in sure])
        explained = np.zeros((0, len(self._rows.vocabulary)))
        if sure:
            cost, _ = self._cost([line.text for line in sure])
            explained = 1 - np.minimum(cost / (EDIT * length[:, None]), 1.0)
        price = UNEXPLAINED * np.array([line.start for line in sure]) * length
        return ImprintEvidence(value, unread, source, price, explained)

    def _cost(self, texts: list[str]) -> tuple[Floats, Floats]:
        """Of having read each text where each token stands: cost and edits, (len(texts), V)."""
        plain, folded = (
            process.cdist(queries, choices, scorer=Levenshtein.distance, dtype=np.uint8)
            for queries, choices in (
                (texts, self._rows.vocabulary),
                ([fold_look_alikes(text) for text in texts], self._folded),
            )
        )
        edits = plain.astype(float)
        return EDIT * folded + LOOK_ALIKE * (edits - folded), edits


@dataclass(frozen=True, slots=True)
class _Line:
    """A token-like piece of what was read.

    Attributes:
        start: the log-likelihood it starts with.
        origin: what was read; not ``text`` itself where that was turned upside down.
    """

    text: str
    start: float
    origin: str


def _lines(readings: Sequence[ImprintReading]) -> list[_Line]:
    """All that was read, as token-like pieces, the likelier ones of each text kept."""
    best: dict[str, _Line] = {}

    def add(line: _Line) -> None:
        if line.text and (line.text not in best or best[line.text].start < line.start):
            best[line.text] = line

    for reading in readings:
        for line in (*reading.tokens, *reading.hypotheses):
            start = DOUBT * float(np.log(max(line.confidence, 1e-3)))
            words = tokens(line.text)
            joined = "".join(words)
            for piece in (*words, joined, *_halves(joined)):
                add(_Line(piece, start, piece))
            add(_Line(rotate_180(joined) or "", start - TURNED, joined))
    # The text orders equals, so that the order of the faces does not matter.
    return sorted(best.values(), key=lambda line: (-line.start, line.text))[:MAX_LINES]


def _halves(text: str) -> list[str]:
    """Both pieces of each split of a line: two tokens that stand close are read as one."""
    if len(text) < 5:
        return []
    return [piece for cut in range(2, len(text) - 1) for piece in (text[:cut], text[cut:])]


def _sure_lines(readings: Sequence[ImprintReading]) -> list[_Line]:
    """The lines that an answer must explain; ``start``: how sure they are above `SURE`, 0 to 1."""
    return [
        _Line(word, (token.confidence - SURE) / (1 - SURE), word)
        for reading in readings
        for token in reading.tokens
        if token.confidence > SURE
        for word in tokens(token.text)
    ]
