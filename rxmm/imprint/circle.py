"""Lines of imprint that run in a circle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.geometry import arc_ribbon

AROUND = 1.6
"""Least angle, in radians, around a face of what may be several words."""
SECTORS = 72
"""Parts of the circle in which such a core's pixels are counted."""
GAP = 0.45
"""Share of the usual count below which a sector lies between words."""


def from_widest_gap(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles in radians, rising from behind the widest gap between them to before it."""
    ordered = np.sort(angles)
    gaps = np.diff(np.append(ordered, ordered[0] + 2 * math.pi))
    first = (int(gaps.argmax()) + 1) % len(ordered)
    return np.concatenate([ordered[first:], ordered[:first] + 2 * math.pi])


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """The circle that a core follows.

    Attributes:
        center: (2,) in face pixels.
        radius: in face pixels.
        clockwise: whether the text runs so on the screen.
        angles: (N,) where on it the core's pixels lie, clockwise from the right.
    """

    center: NDArray[np.float64]
    radius: float
    clockwise: bool
    angles: NDArray[np.float64]

    @classmethod
    def through(
        cls,
        points: NDArray[np.float64],
        direction: NDArray[np.float64],
        height: float,
        tolerance: float,
    ) -> Circle | None:
        """The one through a core, None where it does not lie on one.

        Args:
            points, direction, height: of the core, see `rxmm.imprint.core.Core`.
            tolerance: largest spread of the core around the circle, in pixels.
        """
        x, y = points.T
        system = np.stack([x, y, np.ones_like(x)], axis=1)
        (a, b, c), *_ = np.linalg.lstsq(system, x**2 + y**2, rcond=None)
        center = np.array([a, b]) / 2
        square = c + center @ center
        if square <= (height / 2) ** 2:
            return None
        radial = points - center
        if np.linalg.norm(radial, axis=1).std() > tolerance:
            return None
        tangent = np.stack([-radial[:, 1], radial[:, 0]], axis=1)  # clockwise on the screen
        clockwise = float((tangent * direction).sum()) > 0
        return cls(center, math.sqrt(square), clockwise, np.arctan2(radial[:, 1], radial[:, 0]))

    @property
    def extent(self) -> tuple[float, float]:
        """Angles at which the text starts and ends: around the widest gap."""
        ordered = from_widest_gap(self.angles)
        first, last = float(ordered[0]), float(ordered[-1])
        return (first, last) if self.clockwise else (last, first)

    def words(self) -> list[tuple[float, float]]:
        """Start and end of each stretch between places where there is little of the core; none
        where it is short or one stretch with two ends.  A closed ring is one stretch, from where
        there is least of it."""
        start, end = self.extent
        if abs(end - start) < AROUND:
            return []
        sign = math.copysign(1, end - start)
        place = (self.angles - start) * sign % (2 * math.pi) / (2 * math.pi) * SECTORS
        filled = np.bincount(place.astype(np.int64) % SECTORS, minlength=SECTORS).astype(float)
        filled = (np.roll(filled, 1) + filled + np.roll(filled, -1)) / 3
        gap = filled < GAP * np.median(filled[filled > 0])
        closed = not gap.any()
        gap[filled.argmin()] = True
        first = int(gap.argmax())
        order = (first + np.arange(SECTORS)) % SECTORS
        stretches = [
            [first + sector for sector, _ in run]
            for is_gap, run in groupby(enumerate(gap[order].tolist()), key=lambda item: item[1])
            if not is_gap
        ]
        if len(stretches) < 2 and not closed:
            return []
        step = sign * 2 * math.pi / SECTORS
        return [(start + step * run[0], start + step * (run[-1] + 1)) for run in stretches]

    def ribbon(self, height: float, start: float, end: float) -> Tensor:
        """Along it from one angle to another, (1, CROSS_SECTIONS, 2, 2)."""
        half = height / 2 if self.clockwise else -height / 2
        values = (torch.tensor([v]).float() for v in (self.radius, half, start, end))
        return arc_ribbon(torch.from_numpy(self.center)[None].float(), *values)
