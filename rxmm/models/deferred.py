"""The fusion, opened when it is first asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.matching import Matches
from rxmm.results import ImprintReading, Looks, PillFace

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

    def __call__(
        self,
        faces: Sequence[PillFace],
        readings: Sequence[ImprintReading],
        looks: Sequence[Looks],
        matches: Matches,
    ) -> NDArray[np.float64]:
        """As the ranker's own."""
        return self.ranker(faces, readings, looks, matches)
