"""The distinct imprints of a catalogue: rows of one imprint are one answer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog


class Imprints:
    """Which rows share an imprint.

    Attributes:
        of_row: (N,) int64, number of each row's imprint.
    """

    def __init__(self, catalog: Catalog) -> None:
        keys = catalog.imprint_keys
        self._number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        self.of_row: NDArray[np.int64] = np.array([self._number[key] for key in keys])

    def rows(self, imprint: Iterable[str]) -> NDArray[np.bool_]:
        """The rows of an imprint, (N,)."""
        return np.asarray(self.of_row == self._number.get(appearance_key(imprint), -1))

    def first(
        self, probability: NDArray[np.float64], truth: NDArray[np.bool_]
    ) -> tuple[float, bool]:
        """Probability of the likeliest imprint, all its rows together, and whether it is right.

        Args:
            probability: (N,) of the rows.
            truth: (N,) the rows of the true imprint.
        """
        mass = np.bincount(self.of_row, probability)
        best = int(mass.argmax())
        return min(float(mass[best]), 1.0), bool(truth[self.of_row == best].any())
