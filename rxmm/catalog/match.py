"""Ranks a catalogue by fuzzy match of imprint, with colour and shape as soft evidence.

The score of an appearance is a log-likelihood up to a constant, the sum of

* for each of its imprint tokens, how well the best of all lines read agrees with it: edit distance,
  in which look-alike characters cost less than others, and the reader's confidence; a token that no
  line comes near costs `UNREAD`, less if short, since readers miss short tokens most;
* for each line that the reader is sure of, a price if no token explains it;
* bounded evidence from colour and shape, too small to outweigh a contradicting imprint.

Only whole tokens are compared (a lone "7" is never found inside "X946PT78").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.imprint_text import fold_look_alikes, rotate_180, tokens
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import ImprintReading, Looks

Floats = NDArray[np.float64]

EDIT = 1.5
"""Cost of a character read wrongly, missed or added."""
LOOK_ALIKE = 0.4
"""Cost of a character read as one that looks like it (0 for O, 8 for B)."""
TURNED = 1.0
"""Cost of having to turn a line by 180° that was read only one way up."""
DOUBT = 1.0
"""Weight of the log of the reader's confidence."""
UNREAD = 4.0
"""Cost per character, counting at most three, of a token that was not read."""
FOUND = 1.0
"""Gain per character of a token that was read: chance agreement grows rarer with length."""
UNEXPLAINED = 1.2
"""Cost per character of a confident line that an appearance does not have."""
SURE = 0.4
"""Confidence from which an unexplained line counts."""
COLOR_WEIGHT, SHAPE_WEIGHT = 1.0, 1.0
LEAST = 0.03
"""Least probability granted to a colour or shape: labels and light are unsure."""
MAX_LINES = 64

_COLOR_INDEX = {color: index for index, color in enumerate(Color)}
_SHAPE_INDEX = {shape: index for index, shape in enumerate(Shape)}


@dataclass(frozen=True, slots=True)
class _Line:
    """A token-like piece of what was read, and the log-likelihood it starts with."""

    text: str
    start: float


class ImprintMatcher:
    """The fuzzy match over one catalogue; what does not depend on a query is prepared once."""

    def __init__(self, catalog: Catalog) -> None:
        imprints = [sorted(set(imprint)) for imprint in catalog.imprint_tokens]
        self._vocabulary = sorted({token for imprint in imprints for token in imprint})
        self._folded = [fold_look_alikes(token) for token in self._vocabulary]
        self._length = np.array([len(token) for token in self._vocabulary] + [0])
        number = {token: index for index, token in enumerate(self._vocabulary)}
        absent = len(self._vocabulary)
        width = max(1, max(map(len, imprints), default=1))
        self._tokens = np.full((len(imprints), width), absent)  # (N, W) into the vocabulary
        for row, imprint in enumerate(imprints):
            self._tokens[row, : len(imprint)] = [number[token] for token in imprint]
        self._colors = np.zeros((len(catalog), len(Color)), dtype=bool)
        for row, colors in enumerate(catalog.appearances["color"]):
            self._colors[row, [_COLOR_INDEX[Color.parse(color)] for color in split(colors)]] = True
        self._shape = np.array(
            [
                _SHAPE_INDEX[Shape.parse(shape)] if shape else len(Shape)
                for shape in catalog.appearances["shape"]
            ]
        )

    def match(self, readings: Sequence[ImprintReading], looks: Sequence[Looks]) -> Floats:
        """Score of every appearance, (N,), higher is better; row order of the catalogue.

        Args:
            readings: one per face seen.
            looks: one per face seen.
        """
        score = self.imprint_score(readings)
        for seen in looks:
            score = score + self.looks_score(seen) / len(looks)
        return score

    def imprint_score(self, readings: Sequence[ImprintReading]) -> Floats:
        """The imprint's part of the score, (N,)."""
        lines = _lines(readings)
        unread = -UNREAD * np.minimum(self._length, 3)
        if not lines:
            return np.asarray(unread[self._tokens].sum(axis=1), dtype=float)
        start = np.array([line.start for line in lines])
        cost = self._edit_cost([line.text for line in lines])  # (L, V)
        best = (start[:, None] - cost).max(axis=0)
        value = np.append(best, 0.0)
        value = np.where(value > unread, value + FOUND * self._length, unread)
        score = value[self._tokens].sum(axis=1)
        for line in _sure_lines(readings):
            price = UNEXPLAINED * line.start * len(line.text)
            share = np.append(self._edit_cost([line.text])[0], np.inf) / (EDIT * len(line.text))
            score = score - price * np.minimum(share[self._tokens].min(axis=1), 1.0)
        return np.asarray(score, dtype=float)

    def looks_score(self, looks: Looks) -> Floats:
        """What colour and shape of one face add, (N,), each at most 0 and at least log LEAST."""
        seen = np.array([[part.get(color, 0.0) for color in Color] for part in looks.colors])
        # Every part seen should be one of the row's colours, every colour of the row be seen.
        part_fits = np.log(np.clip(self._colors @ seen.T, LEAST, 1.0)).mean(axis=1)
        strongest = np.log(np.clip(seen.max(axis=0), LEAST, 1.0))
        count = np.maximum(self._colors.sum(axis=1), 1)
        color_fits = (self._colors * strongest).sum(axis=1) / count
        recorded = self._colors.any(axis=1)
        color = np.where(recorded, (part_fits + color_fits) / 2, np.log(LEAST) / 2)
        shape = np.log(np.clip([looks.shape.get(s, 0.0) for s in Shape], LEAST, 1.0))
        shape = np.append(shape, np.log(LEAST) / 2)[self._shape]
        return np.asarray(COLOR_WEIGHT * color + SHAPE_WEIGHT * shape, dtype=float)

    def _edit_cost(self, texts: list[str]) -> Floats:
        """(len(texts), V) cost of having read each text where each token stands."""
        plain = process.cdist(
            texts, self._vocabulary, scorer=Levenshtein.distance, dtype=np.uint8
        ).astype(float)
        folded = process.cdist(
            [fold_look_alikes(text) for text in texts],
            self._folded,
            scorer=Levenshtein.distance,
            dtype=np.uint8,
        )
        return np.asarray(EDIT * folded + LOOK_ALIKE * (plain - folded), dtype=float)


def _lines(readings: Sequence[ImprintReading]) -> list[_Line]:
    """All that was read, as token-like pieces, the likelier ones of each text kept."""
    best: dict[str, float] = {}

    def add(pieces: Iterable[str], start: float) -> None:
        for piece in pieces:
            best[piece] = max(start, best.get(piece, -np.inf))

    for reading in readings:
        for line in (*reading.tokens, *reading.hypotheses):
            start = DOUBT * float(np.log(max(line.confidence, 1e-3)))
            words = tokens(line.text)
            joined = "".join(words)
            add([*words, joined, *_halves(joined)], start)
            turned = rotate_180(joined)
            if turned:
                add([turned], start - TURNED)
    ordered = sorted(best.items(), key=lambda item: -item[1])[:MAX_LINES]
    return [_Line(text, start) for text, start in ordered if text]


def _halves(text: str) -> list[str]:
    """Both pieces of each split of a line: two tokens that stand close are read as one."""
    return (
        [piece for cut in range(2, len(text) - 1) for piece in (text[:cut], text[cut:])]
        if len(text) >= 5
        else []
    )


def _sure_lines(readings: Sequence[ImprintReading]) -> list[_Line]:
    """The lines that an answer must explain; ``start``: how sure they are above `SURE`, 0 to 1."""
    return [
        _Line(word, (token.confidence - SURE) / (1 - SURE))
        for reading in readings
        for token in reading.tokens
        if token.confidence > SURE
        for word in tokens(token.text)
    ]
