"""Match of a catalogue's tokens by their likelihood under all that the reader believes.

A soft fuzzy match that never commits to a wrong character: a token counts by its likelihood under
each line's posterior, relative to what the reader would have said itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rxmm.catalog.fuzzy_match import SURE
from rxmm.catalog.rows import CatalogRows
from rxmm.catalog.token_sets import ImprintEvidence, Shown
from rxmm.imprint.lattice import Vocabulary
from rxmm.results import ImprintReading, ImprintToken

TRUST = 0.29
"""Weight of log-likelihoods: columns of a line are not independent."""
WITHIN = 0.2
"""Cost of a token being only a part of a line."""
UNREAD = 0.7
"""Cost per character, counting at most three, of a token that was there to be read, and was not."""
FOUND = 0.75
"""Gain per character of a token that was read: chance agreement grows rarer with length."""
CLAIM = 0.55
"""Cost of saying that a token was read: among many lines one fits a short token by chance."""
UNEXPLAINED = 1.1
"""Cost per character of a confident line that an appearance does not have."""
STRAY = 2.5
"""Log-likelihood lost per character of a line from which on a token explains none of it."""


class LatticeMatcher:
    """Scores the tokens of one catalogue by likelihood."""

    def __init__(self, rows: CatalogRows) -> None:
        self._vocabulary = Vocabulary(rows.vocabulary)
        self._rows = rows

    def __call__(self, readings: Sequence[ImprintReading]) -> ImprintEvidence:
        """What the beliefs, one reading per face, say about each token."""
        shown = Shown.of(readings)
        length, unread = self._rows.length, self._rows.unread(UNREAD, shown)
        # Several tokens may stand in one line, so none claims it for itself.
        source = np.full(len(unread), -1)
        beliefs = [belief for reading in readings for belief in reading.beliefs]
        if not beliefs:
            nothing = np.zeros((0, len(length)))
            return ImprintEvidence(shown, unread, unread, source, np.zeros(0), nothing)
        lines = self._vocabulary.on(beliefs)
        least = (unread + CLAIM - FOUND * length) / TRUST
        best = lines.best(WITHIN / TRUST, least)
        value = np.maximum(TRUST * best + FOUND * length - CLAIM, unread)
        sure = _sure_lines(readings)
        numbers = [number for number, _ in sure]
        size = np.array([len(token.text) for _, token in sure])[:, None]
        beyond = -STRAY * size
        whole = lines.table(numbers, within=False, least=beyond + 0 * length)
        within = lines.table(numbers, within=True, least=-STRAY * length + 0 * size)
        fit = np.clip(1 + whole / (STRAY * size), 0, 1)
        part = np.clip(1 + within / (STRAY * length), 0, 1)
        explained = np.maximum(fit, part * np.minimum(length / size, 1))
        for row, (_, token) in zip(explained, sure, strict=True):
            # A line may be a piece of a token: the rest was not read, or stands on another line.
            np.maximum(row, np.sqrt(self._vocabulary.share_in(token.text)), out=row)
        surplus = np.array([(token.confidence - SURE) / (1 - SURE) for _, token in sure])
        price = UNEXPLAINED * size[:, 0] * surplus
        return ImprintEvidence(shown, value, unread, source, price, explained)


def perfect_match(readings: Sequence[ImprintReading]) -> float:
    """Score of an imprint of exactly the lines that are shown; 0 where nothing was read."""
    lines = [token.text for reading in readings for token in reading.tokens]
    return sum(FOUND * len(text) - CLAIM for text in lines)


def _sure_lines(readings: Sequence[ImprintReading]) -> list[tuple[int, ImprintToken]]:
    """The lines that an answer must explain, each with its number among all lines."""
    found, first = [], 0
    for reading in readings:
        found += [
            (first + reading.hypotheses.index(token), token)
            for token in reading.tokens
            if token.confidence > SURE
        ]
        first += len(reading.beliefs)
    return found
