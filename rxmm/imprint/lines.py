"""From the line finder's maps to ribbons along the lines of imprint."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.circle import Circle, from_widest_gap
from rxmm.imprint.core import MIN_AREA, THICK, Core, Floats, height_of, spread
from rxmm.imprint.geometry import CROSS_SECTIONS

MIN_CORE = 0.5
"""Least probability of a pixel to be on the core of a line."""
SPLITTING = (0.7, 0.85)
"""Probabilities at which a core too thick for one line is taken apart, if it falls apart there."""

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
    cores = [Core.of(maps, on, stride, side) for on in _cores(maps, side / stride)]
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
            if level < len(SPLITTING) and spread(on) > THICK * height_of(maps, on) * side:
                inner = on & (maps[0] > SPLITTING[level])
                _, pieces = cv2.connectedComponents(inner.astype(np.uint8))
                if np.sum(np.bincount(pieces.ravel(), minlength=2)[1:] >= MIN_AREA) > 1:
                    pending.append((inner, level + 1))
                    continue
            yield on


def _around(cores: Sequence[Core], middle: NDArray[np.float64]) -> Iterator[Tensor]:
    """Lines (1, CROSS_SECTIONS, 2, 2) that run around the middle of a face through the cores.

    Characters that stand far apart, or are cut by a score line, are cores of their own.
    """

    rings: list[list[Core]] = []
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
        angles = from_widest_gap(np.arctan2(points[:, 1], points[:, 0]))
        breaks = np.flatnonzero(np.diff(angles) * radius > APART * height) + 1
        for stretch in np.split(angles, breaks):
            start, end = float(stretch[0]), float(stretch[-1])
            if end - start > BENT:
                yield Circle(middle, radius, True, stretch).ribbon(height, start, end)


def _at_one_distance(
    cores: Sequence[Core], middle: NDArray[np.float64]
) -> Iterator[tuple[float, Core]]:
    """The cores all of whose pixels are about as far from the middle, and how far, in pixels."""
    for core in cores:
        distance = np.linalg.norm(core.points - middle, axis=1)
        radius = float(np.median(distance))
        if radius > INNERMOST * core.height and distance.std() < OFF_CIRCLE * core.height:
            yield radius, core
