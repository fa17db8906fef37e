"""The core of a line of imprint on the finder's maps: what lines it may be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from torch import Tensor

from rxmm.imprint.circle import Circle
from rxmm.imprint.geometry import quad_ribbon, resample_ribbon

Floats = NDArray[np.float32]

MIN_AREA = 8
"""Least pixels of a core; smaller ones are specks."""
LONG_CORE = 1.8
"""Length over width of a core from which on its own axis tells the direction, to within a turn by
180°, better than the maps do."""
THICK = 0.22
"""Spread across a core, in line heights, from which on it may be bent: a straight core, half as
high as its line, has 0.14."""
ROUNDER = 0.8
"""A core is bent if it is this much closer to a circle than to a straight line."""

ONE_WAY = 0.7
"""Length of the mean of a core's directions from which on it is not bent."""
ASKEW = 0.5
"""Cosine of that mean and a core's own axis below which the line may run across the core."""
SAME_WAY = 0.97
"""The same from which on rows along either are the same rows."""
ROWS = {2: 0.9, 3: 1.8}
"""Rows that a core may be, and its least extent across for that, in line heights; a core is half as
high as its line."""
ROW_HEIGHT = 1.1
"""Most height of a row, in distances between rows."""
LEAST_WORD = 0.6
"""Least length of a word, in line heights."""


def spread(on: NDArray[np.bool_]) -> float:
    """Standard deviation across a core, in pixels."""
    return math.sqrt(max(float(np.linalg.eigvalsh(np.cov(np.argwhere(on).T))[0]), 1e-6))


def height_of(maps: Floats, on: NDArray[np.bool_]) -> float:
    """Height of the line around a core, as a fraction of the face picture's ``side``."""
    return float(np.exp(np.mean(maps[3, on])))


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """One connected core.

    Attributes:
        points: (N, 2) its pixels, (x, y) in face pixels.
        direction: (N, 2) unit vectors, the reading direction there.
        height: of its line, in face pixels.
        across: standard deviation across it, in face pixels.
        circle: that it follows, None where it is straight.
        certainty: mean probability of its pixels to be one's.
    """

    points: NDArray[np.float64]
    direction: NDArray[np.float64]
    height: float
    across: float
    circle: Circle | None
    certainty: float

    @classmethod
    def of(cls, maps: Floats, on: NDArray[np.bool_], stride: int, side: int) -> Core:
        """Of the pixels ``on``, (h, w), of a finder's maps.

        Args:
            maps, stride, side: see `rxmm.imprint.lines.ribbons_from_maps`.
        """
        points = np.asarray((np.argwhere(on)[:, ::-1] + 0.5) * stride, dtype=np.float64)
        direction = maps[1:3, on].T.astype(np.float64)
        direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-6)
        height, across = height_of(maps, on) * side, spread(on) * stride
        thick = across > THICK * height
        circle = Circle.through(points, direction, height, ROUNDER * across) if thick else None
        certainty = float(maps[0, on].mean())
        return cls(points, direction, height, across, circle, certainty)

    def ribbon(self) -> Tensor:
        """The ribbon (1, CROSS_SECTIONS, 2, 2) along it."""
        if self.circle is not None:
            return self.circle.ribbon(self.height, *self.circle.extent)
        mean, _ = self._one_way
        along = mean if (axis := self._axis) is None else axis
        return _straight(self.points, along, self.height)

    def crosswise(self) -> Iterator[Tensor]:
        """A line across a core that is long, if the maps say with one voice that it runs so."""
        mean, unity = self._one_way
        if (axis := self._axis) is not None and unity >= ONE_WAY and float(axis @ mean) < ASKEW:
            yield _straight(self.points, mean, self.height)

    @property
    def _one_way(self) -> tuple[NDArray[np.float64], float]:
        """The mean direction, a unit vector, and how much the pixels agree about it, [0, 1].

        Of letters that look alike upside down half the pixels may say the contrary of the others:
        then the mean is no direction at all.
        """
        mean = self.direction.mean(axis=0)
        unity = float(np.linalg.norm(mean))
        return mean / max(unity, 1e-6), unity

    @property
    def _axis(self) -> NDArray[np.float64] | None:
        """Unit vector along it, where it is long and straight, as nearly as can be in the mean
        direction."""
        variances, axes = np.linalg.eigh(np.cov(self.points.T))  # ascending
        if self.circle is not None or math.sqrt(float(variances[1])) <= LONG_CORE * self.across:
            return None
        mean, _ = self._one_way
        axis = np.asarray(axes[:, 1])
        return axis * math.copysign(1, float(axis @ mean))

    def rows(self) -> Iterator[Tensor]:
        """Two or three straight lines, one above the other, if it is as thick as these: along it,
        where it is long, and as its pixels agree that they run, unless that is nearly the same."""
        mean, unity = self._one_way
        if (axis := self._axis) is not None:
            yield from self._rows(axis)
        if unity >= ONE_WAY and (axis is None or float(axis @ mean) < SAME_WAY):
            yield from self._rows(mean)

    def _rows(self, along: NDArray[np.float64]) -> Iterator[Tensor]:
        across = self.points @ np.array([-along[1], along[0]])
        for count, least in ROWS.items():
            if np.ptp(across) < least * self.height:
                return
            start = np.quantile(across, (np.arange(count) + 0.5) / count)
            middles, row = kmeans2(across, start, minit="matrix")
            apart = float(np.diff(np.sort(middles)).min())
            height = min(self.height, ROW_HEIGHT * apart)
            for number in range(count):
                own = self.points[row == number]
                if len(own) >= MIN_AREA:
                    yield _straight(own, along, height)

    def words(self) -> Iterator[Tensor]:
        """What stands between gaps, if it runs around the face."""
        if self.circle is not None:
            for start, end in self.circle.words():
                if abs(end - start) * self.circle.radius > LEAST_WORD * self.height:
                    yield self.circle.ribbon(self.height, start, end)


def _straight(points: NDArray[np.floating], along: NDArray[np.floating], height: float) -> Tensor:
    across = np.array([-along[1], along[0]])
    position = points @ along
    start, end, middle = position.min(), position.max(), float(np.median(points @ across))
    corners = [
        along * u + across * (middle + v * height / 2)
        for u, v in ((start, -1), (end, -1), (end, 1), (start, 1))
    ]
    return resample_ribbon(quad_ribbon(torch.tensor(np.array(corners))[None].float()))
