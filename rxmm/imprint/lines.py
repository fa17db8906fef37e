"""From the line finder's maps to ribbons along the lines of imprint."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from torch import Tensor

from rxmm.imprint.geometry import CROSS_SECTIONS, arc_ribbon, quad_ribbon, resample_ribbon

MIN_CORE = 0.5
"""Least probability of a pixel to be on the core of a line."""
SPLITTING = (0.7, 0.85)
"""Probabilities at which a core too thick for one line is taken apart, if it falls apart there."""
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
ROWS = {2: 0.9, 3: 1.8}
"""Rows that a core may be, and its least extent across for that, in line heights; a core is half as
high as its line."""
ROW_HEIGHT = 1.1
"""Most height of a row, in distances between rows."""

AROUND = 1.6
"""Least angle, in radians, around a face of what may be several words."""
SECTORS = 72
"""Parts of the circle in which such a core's pixels are counted."""
GAP = 0.45
"""Share of the usual count below which a sector lies between words."""
LEAST_WORD = 0.6
"""Least length of a word, in line heights."""

INNERMOST = 0.8
"""Least distance from the middle of a face of what runs around it, in line heights."""
OFF_CIRCLE = 0.4
"""Largest spread of such a core's pixels in that distance, in line heights."""
SAME_RING = 0.5
"""Most difference of that distance between cores of one line, in line heights."""
APART = 2.5
"""Longest gap within such a line, in line heights."""
BENT = 0.7
"""Least angle, in radians, around the middle of a line that no straight one could be."""

Floats = NDArray[np.float32]


def ribbons_from_maps(
    maps: Floats, stride: int, side: int, middle: NDArray[np.float64] | None = None
) -> tuple[Tensor, Tensor]:
    """The lines on one face.

    Args:
        maps: (4, h, w) core probability, cosine and sine of the reading direction, log height.
        stride: face pixels per map pixel.
        side: face pixels that heights are fractions of.
        middle: (2,) of a round face, in its pixels; by default it is not round.

    Returns:
        (M, CROSS_SECTIONS, 2, 2) ribbons in face pixels, surest first; and (K, ...) what else they
        may be: the rows of one that is thick, the words of one that runs around the face, a line
        across one that is long, and what runs around the middle of the face in pieces.
    """
    found, parts = [], [torch.zeros(0, CROSS_SECTIONS, 2, 2)]
    cores = [_Core.of(maps, on, stride, side) for on in _cores(maps, side / stride)]
    for core in cores:
        found.append((core.certainty, core.ribbon()))
        parts += [*core.crosswise(), *core.rows(), *core.words()]
    if middle is not None:
        parts += _around(cores, middle)
    found.sort(key=lambda line: -line[0])
    return torch.cat([parts[0], *(ribbon for _, ribbon in found)]), torch.cat(parts)


def _cores(maps: Floats, side: float) -> Iterator[NDArray[np.bool_]]:
    """Masks (h, w) of connected cores; one that holds several lines is taken apart.

    Args:
        side: map pixels that heights are fractions of.
    """
    pending = [(maps[0] > MIN_CORE, 0)]
    while pending:
        area, level = pending.pop()
        count, labels = cv2.connectedComponents(area.astype(np.uint8))
        for label in range(1, count):
            on = labels == label
            if on.sum() < MIN_AREA:
                continue
            if level < len(SPLITTING) and _spread(on) > THICK * _height(maps, on) * side:
                inner = on & (maps[0] > SPLITTING[level])
                _, pieces = cv2.connectedComponents(inner.astype(np.uint8))
                if np.sum(np.bincount(pieces.ravel(), minlength=2)[1:] >= MIN_AREA) > 1:
                    pending.append((inner, level + 1))
                    continue
            yield on


def _spread(on: NDArray[np.bool_]) -> float:
    """Standard deviation across a core, in pixels."""
    return math.sqrt(max(float(np.linalg.eigvalsh(np.cov(np.argwhere(on).T))[0]), 1e-6))


def _height(maps: Floats, on: NDArray[np.bool_]) -> float:
    """Height of the line around a core, as a fraction of the face picture's ``side``."""
    return float(np.exp(np.mean(maps[3, on])))


@dataclass(frozen=True, slots=True, eq=False)
class _Core:
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
    circle: _Circle | None
    certainty: float

    @classmethod
    def of(cls, maps: Floats, on: NDArray[np.bool_], stride: int, side: int) -> _Core:
        points = np.asarray((np.argwhere(on)[:, ::-1] + 0.5) * stride, dtype=np.float64)
        direction = maps[1:3, on].T.astype(np.float64)
        direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-6)
        height, across = _height(maps, on) * side, _spread(on) * stride
        thick = across > THICK * height
        circle = _Circle.through(points, direction, height, ROUNDER * across) if thick else None
        certainty = float(maps[0, on].mean())
        return cls(points, direction, height, across, circle, certainty)

    def ribbon(self) -> Tensor:
        """The ribbon (1, CROSS_SECTIONS, 2, 2) along it."""
        if self.circle is not None:
            return self.circle.ribbon(self.height, *self.circle.extent)
        mean, _ = self._one_way
        if (axis := self._axis) is not None:
            mean = axis * math.copysign(1, float(axis @ mean))
        return _straight(self.points, mean, self.height)

    def crosswise(self) -> Iterator[Tensor]:
        """A line across a core that is long, if the maps say with one voice that it runs so."""
        mean, unity = self._one_way
        if self.circle is not None or (axis := self._axis) is None or unity < ONE_WAY:
            return
        if abs(float(axis @ mean)) < ASKEW:
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
        """Unit vector along it, where it is long."""
        variances, axes = np.linalg.eigh(np.cov(self.points.T))  # ascending
        long = math.sqrt(float(variances[1])) > LONG_CORE * self.across
        return np.asarray(axes[:, 1]) if long else None

    def rows(self) -> Iterator[Tensor]:
        """Two or three straight lines, one above the other, if it is as thick as these."""
        mean, unity = self._one_way
        if unity < ONE_WAY:
            return
        across = self.points @ np.array([-mean[1], mean[0]])
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
                    yield _straight(own, mean, height)

    def words(self) -> Iterator[Tensor]:
        """What stands between gaps, if it runs around the face."""
        if self.circle is not None:
            for start, end in self.circle.words():
                if abs(end - start) * self.circle.radius > LEAST_WORD * self.height:
                    yield self.circle.ribbon(self.height, start, end)


def _around(cores: Sequence[_Core], middle: NDArray[np.float64]) -> Iterator[Tensor]:
    """Lines (1, CROSS_SECTIONS, 2, 2) that run around the middle of a face through the cores.

    Characters that stand far apart, or are cut by a score line, are cores of their own.
    """

    rings: list[list[_Core]] = []
    outermost = -math.inf
    for radius, core in sorted(_at_one_distance(cores, middle), key=lambda placed: placed[0]):
        if radius - outermost > SAME_RING * core.height:
            rings.append([])
        rings[-1].append(core)
        outermost = radius
    for ring in rings:
        height = float(np.mean([core.height for core in ring]))
        points = np.concatenate([core.points for core in ring]) - middle
        radius = float(np.median(np.linalg.norm(points, axis=1)))
        angles = _from_widest_gap(np.arctan2(points[:, 1], points[:, 0]))
        breaks = np.flatnonzero(np.diff(angles) * radius > APART * height) + 1
        for stretch in np.split(angles, breaks):
            start, end = float(stretch[0]), float(stretch[-1])
            if end - start > BENT:
                yield _Circle(middle, radius, True, stretch).ribbon(height, start, end)


def _at_one_distance(
    cores: Sequence[_Core], middle: NDArray[np.float64]
) -> Iterator[tuple[float, _Core]]:
    """The cores all of whose pixels are about as far from the middle, and how far, in pixels."""
    for core in cores:
        distance = np.linalg.norm(core.points - middle, axis=1)
        radius = float(np.median(distance))
        if radius > INNERMOST * core.height and distance.std() < OFF_CIRCLE * core.height:
            yield radius, core


def _from_widest_gap(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles in radians, rising from behind the widest gap between them to before it."""
    ordered = np.sort(angles)
    gaps = np.diff(np.append(ordered, ordered[0] + 2 * math.pi))
    first = (int(gaps.argmax()) + 1) % len(ordered)
    return np.concatenate([ordered[first:], ordered[:first] + 2 * math.pi])


def _straight(points: NDArray[np.floating], along: NDArray[np.floating], height: float) -> Tensor:
    across = np.array([-along[1], along[0]])
    position = points @ along
    start, end, middle = position.min(), position.max(), float(np.median(points @ across))
    corners = [
        along * u + across * (middle + v * height / 2)
        for u, v in ((start, -1), (end, -1), (end, 1), (start, 1))
    ]
    return resample_ribbon(quad_ribbon(torch.tensor(np.array(corners))[None].float()))


@dataclass(frozen=True, slots=True, eq=False)
class _Circle:
    """The circle that a core follows.

    Attributes:
        center: (2,) in face pixels.
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
    ) -> _Circle | None:
        """The one through a core, None where it does not lie on one.

        Args:
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
        ordered = _from_widest_gap(self.angles)
        first, last = float(ordered[0]), float(ordered[-1])
        return (first, last) if self.clockwise else (last, first)

    def words(self) -> list[tuple[float, float]]:
        """Start and end of each stretch between places where there is little of the core; none
        where it is short, or all one stretch."""
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
            [first + place for place, _ in run]
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
