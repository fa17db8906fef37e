"""The released fusion, opened at once or when it is first asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rxmm.branches import Ranking
from rxmm.catalog.matching import Matches
from rxmm.catalog.table import Catalog
from rxmm.formulary import Formulary
from rxmm.models.weights import released
from rxmm.results import Seen

if TYPE_CHECKING:
    from rxmm.models.ranker import FusionRanker


class DeferredFusion:
    """A `FusionRanker` that is not there yet: timm and transformers take seconds to import.

    Args:
        opening: makes it.
        version: of its weights.
    """

    def __init__(self, opening: Callable[[], FusionRanker], version: str) -> None:
        self.version = version
        self._opening = opening

    @cached_property
    def ranker(self) -> FusionRanker:
        """The ranker itself.

        Raises:
            WeightsError: its weights are missing or changed.
        """
        return self._opening()

    def __call__(self, seen: Seen, matches: Matches) -> NDArray[np.float64]:
        """As the ranker's own."""
        return self.ranker(seen, matches)


def open_ranking(
    ranking: Ranking, rows: Catalog, own: Formulary | None, weights: Path | None = None
) -> FusionRanker | DeferredFusion | None:
    """What a ranking needs beside the matches.

    Args:
        own: pills of a user among ``rows``, whose photographs count too.
        weights: folder of a fusion of the user's own; by default the released one.

    Raises:
        WeightsError: weights are missing or changed.
    """
    if ranking == "imprint_match":
        return None
    if ranking == "cascade":
        opening = partial(_open, rows, own, weights)
        return DeferredFusion(opening, released("fusion", weights).version)
    return _open(rows, own, weights)


def _open(rows: Catalog, own: Formulary | None, weights: Path | None) -> FusionRanker:
    from rxmm.models.ranker import FusionRanker

    ranker = FusionRanker.released(rows, weights)
    if own is None:
        return ranker
    return ranker.with_references(own.references(rows, ranker.dim, ranker.version))
