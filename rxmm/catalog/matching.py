"""Everything that ranks a catalogue without the fusion: both matches of the imprint, and looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rxmm.catalog import fuzzy_match, lattice_match
from rxmm.catalog.fuzzy_match import FuzzyMatcher
from rxmm.catalog.lattice_match import LatticeMatcher
from rxmm.catalog.rows import CatalogRows, Floats, Integers
from rxmm.catalog.table import Catalog
from rxmm.catalog.token_sets import typed
from rxmm.results import ImprintReading, Looks

TEXT_SHARE = 0.24
"""Weight of the match by texts against that by beliefs: either alone ranks worse."""

TEMPERATURE = 0.54
"""Divides scores of the matches before the softmax."""
NOT_LISTED = 1.22
"""Score of "none of these pills" among those of the matches.

Both are starting points, fitted on the tuning parts together with earlier weights of the matches:
the calibration sets right what they say of the present ones.
"""


class Matches(NamedTuple):
    """How N appearances agree with one query, each (N,), higher is better.

    Attributes:
        fuzzy: by the texts read.
        lattice: by what the reader believes about each line.
        looks: by colours, shape and size.
        size: by size alone, see `size_fit`.
        perfect: what ``lattice`` would be for an imprint of exactly the lines that are shown.
    """

    fuzzy: Floats
    lattice: Floats
    looks: Floats
    size: Floats
    perfect: float

    @property
    def score(self) -> Floats:
        """All three together: the ranking without the fusion."""
        return TEXT_SHARE * self.fuzzy + (1 - TEXT_SHARE) * self.lattice + self.looks

    def take(self, rows: Integers) -> Matches:
        """Of some appearances."""
        return self._replace(
            fuzzy=self.fuzzy[rows],
            lattice=self.lattice[rows],
            looks=self.looks[rows],
            size=self.size[rows],
        )


def match_logits(scores: Floats) -> Floats:
    """Scores of the N appearances by matchers and looks as logits, and last of none of these."""
    return np.append(scores, NOT_LISTED) / TEMPERATURE


class Matcher:
    """Matches queries against one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._rows = CatalogRows(catalog)
        self._match_texts = FuzzyMatcher(self._rows)
        self._match_beliefs = LatticeMatcher(self._rows)

    def __call__(self, readings: Sequence[ImprintReading], looks: Sequence[Looks]) -> Matches:
        """One reading per face and what each looks like.

        Texts stand for beliefs too where there are none, as when a person typed them.
        """
        fuzzy = self.by_texts(readings)
        texts = typed(readings)
        lattice = fuzzy if texts else self.by_beliefs(readings)
        perfect = (fuzzy_match if texts else lattice_match).perfect_match(readings)
        return Matches(fuzzy, lattice, self.by_looks(looks), self._rows.size_fit(looks), perfect)

    def by_texts(self, readings: Sequence[ImprintReading]) -> Floats:
        """The match by the texts read alone, (N,)."""
        return self._rows.imprint_score(self._match_texts(readings))

    def by_beliefs(self, readings: Sequence[ImprintReading]) -> Floats:
        """The match by what the reader believes alone, (N,)."""
        return self._rows.imprint_score(self._match_beliefs(readings))

    def by_looks(self, looks: Sequence[Looks]) -> Floats:
        """The match by colours, shape and size alone, (N,)."""
        return self._rows.looks_score(looks)
