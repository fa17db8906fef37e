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

from rxmm.catalog.imprint_text import rotate_180, tokens
from rxmm.catalog.rows import CatalogRows, Floats, Integers
from rxmm.catalog.token_index import TokenIndex
from rxmm.catalog.token_sets import ImprintEvidence, Shown
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
"""Cost per character, counting at most three, of a token that was there to be read, and was not."""
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
        self._index = TokenIndex(rows.vocabulary)
        self._rows = rows

    def __call__(self, readings: Sequence[ImprintReading]) -> ImprintEvidence:
        """What the texts that were read, one reading per face, say about each token."""
        shown = Shown.of(readings)
        unread = self._rows.unread(UNREAD, shown)
        lines, sure = _lines(readings), _sure_lines(readings)
        value, source = unread.copy(), np.full(len(unread), -1)
        explained = np.zeros((len(sure), len(unread)))
        numbers = {line.origin: number for number, line in enumerate(lines)}
        texts = [line.text for line in (*lines, *sure)]
        for near in self._index.near(texts, self._reach(lines, sure, shown)):
            here, length = value[near.tokens], self._rows.length[near.tokens.start]
            most = int(near.edits.max()) + 1
            cost = _cost(*np.mgrid[:most, :most])
            # Only what was read of a token adds to a row, so that a mangled one never pays.
            gain = FOUND * np.maximum(length - np.arange(most), 0)[:, None]
            place = near.edits.astype(np.int64) * most + near.unlike  # in both of these
            for number, at in zip(near.texts.tolist(), place, strict=True):
                if number < len(lines):
                    told = (lines[number].start - cost + gain).take(at)
                    better = told > here
                    np.copyto(here, told, where=better)
                    source[near.tokens][better] = numbers[lines[number].origin]
                else:
                    share = 1 - np.minimum(cost / (EDIT * len(texts[number])), 1.0)
                    explained[number - len(lines), near.tokens] = share.take(at)
        price = [UNEXPLAINED * line.start * len(line.text) for line in sure]
        return ImprintEvidence(shown, value, unread, source, np.array(price), explained)

    def _reach(self, lines: Sequence[_Line], sure: Sequence[_Line], shown: Shown) -> Integers:
        """Most edits, look-alikes made one, from which a text still tells something, (texts, G).

        Of a line: that a token was read; of a sure one: that a token explains a part of it.
        """
        lengths = np.array(self._index.lengths, dtype=np.int64)
        first = np.searchsorted(self._rows.length, lengths)
        unread = self._rows.unread(UNREAD, shown)[first]
        # A token is read better the fewer edits it takes; none is read with 5 more than it is long.
        edits = np.arange(lengths.max(initial=0) + 6)[:, None]
        told = FOUND * np.maximum(lengths - edits, 0) - _cost(edits, edits)  # (edits, G)
        start = np.array([line.start for line in lines])
        reach = (start[:, None, None] + told > unread).sum(axis=1) - 1
        whole = np.array([len(line.text) - 1 for line in sure], dtype=np.int64)
        return np.concatenate([reach, np.repeat(whole[:, None], len(lengths), axis=1)])


def _cost(edits: Integers, unlike: Integers) -> Floats:
    """Of so many edits, of which so many are left when look-alikes are made one."""
    return EDIT * unlike + LOOK_ALIKE * (edits - unlike)


def perfect_match(readings: Sequence[ImprintReading]) -> float:
    """Score of an imprint of exactly the texts that are shown; 0 where nothing was read.

    A text on several faces counts once, as in the match: what a person typed stands on each.
    """
    shown = {token.text for reading in readings for token in reading.tokens}
    return FOUND * sum(len(word) for text in shown for word in tokens(text))


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
