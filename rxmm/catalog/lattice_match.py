"""Match of a catalogue's tokens by their likelihood under all that the reader believes.

A soft fuzzy match that never commits to a wrong character: a token counts by its likelihood under
each line's posterior, relative to what the reader would have said itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from rxmm.catalog.match import SURE
from rxmm.catalog.rows import CatalogRows, ImprintEvidence
from rxmm.imprint.lattice import Vocabulary
from rxmm.results import ImprintReading

TRUST = 0.29
"""Weight of log-likelihoods: columns of a line are not independent."""
WITHIN = 0.2
"""Cost of a token being only a part of a line."""
UNREAD = 0.7
"""Cost per character, counting at most three, of a token that was not read on a pill seen from both
sides."""
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
        unread = self._rows.unread(UNREAD, len(readings))
        # Several tokens may stand in one line, so none claims it for itself.
        source = np.full(len(unread), -1)
        beliefs = [torch.from_numpy(belief) for r in readings for belief in r.beliefs]
        if not beliefs:
            nothing = np.zeros((0, len(self._rows.length)))
            return ImprintEvidence(unread, unread, source, np.zeros(0), nothing)
        whole = self._vocabulary.log_likelihood(beliefs).numpy()
        within = self._vocabulary.log_likelihood_within(beliefs).numpy()
        best = np.maximum(TRUST * whole, TRUST * within - WITHIN).max(axis=0)
        value = np.maximum(best + FOUND * self._rows.length - CLAIM, unread)
        price, explained, first = [], [], 0
        for reading in readings:
            for token in reading.tokens:
                if token.confidence <= SURE:
                    continue
                line = first + reading.hypotheses.index(token)
                size = len(token.text)
                fit = np.clip(1 + whole[line] / (STRAY * size), 0, 1)
                part = np.clip(1 + within[line] / (STRAY * self._rows.length), 0, 1)
                explained.append(np.maximum(fit, part * np.minimum(self._rows.length / size, 1)))
                price.append(UNEXPLAINED * size * (token.confidence - SURE) / (1 - SURE))
            first += len(reading.beliefs)
        shares = np.array(explained).reshape(-1, len(self._rows.length))
        return ImprintEvidence(value, unread, source, np.array(price), shares)
