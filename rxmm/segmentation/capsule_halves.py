"""Two-tone capsules of which one half was found, or both as two pills: made whole by the map.

Edges alone find one half of a capsule where the other is as white as the paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.results import MAX_FACES
from rxmm.segmentation.edges import Contour, Floats
from rxmm.segmentation.outline_shape import enclosed, end_to_end, in_order

PILL = 0.5
"""Probability from which a pixel passes for a pill's."""
GAP = 0.25
"""Longest stretch without a pill between two halves, in breadths: their seam has an edge of its
own."""
HALF = (0.75, 2.0)
"""Length over breadth of half a capsule."""
WHOLE = (1.75, 3.4)
"""The same of a whole one."""
ALIKE_WHOLE = 0.8
"""Least area of one completed face over that of the other, unless they were less alike before."""
LONGER = (0.5, 1.5)
"""Length of a missing half over that of the one that was found."""


def completed(found: Sequence[Contour], likely: Floats) -> list[Contour]:
    """The outlines, each half of a capsule with the half beyond it; and where there are more than
    a pill has faces, halves that lie end to end as one.

    Args:
        found: outlines in pixels of the map.
        likely: (h, w) probability of a pill.
    """
    found = joined(found) if len(found) > MAX_FACES else found
    beyond = np.where(enclosed(found, likely.shape) > 0, 0.0, likely)
    whole = [_with_other_half(contour, beyond) for contour in found]
    # What continues one face alone is another pill.
    return in_order(whole if _alike(whole) >= min(_alike(found), ALIKE_WHOLE) else found)


def _alike(contours: Sequence[Contour]) -> float:
    """Least area over the largest."""
    areas = [cv2.contourArea(contour) for contour in contours]
    return min(areas, default=1.0) / max(areas, default=1.0)


def joined(found: Sequence[Contour]) -> list[Contour]:
    """The outlines, those that lie end to end as one."""
    for one, other in combinations(range(len(found)), 2):
        if end_to_end(found[one], found[other]):
            rest = [contour for n, contour in enumerate(found) if n not in (one, other)]
            return joined([*rest, cv2.convexHull(np.concatenate([found[one], found[other]]))])
    return list(found)


class _End(NamedTuple):
    """One of the four ends of the rectangle around an outline.

    Attributes:
        center: of the rectangle.
        direction: unit vector from there towards the end.
        length, breadth: of the rectangle, along and across that direction, in pixels.
    """

    center: NDArray[np.float64]
    direction: NDArray[np.float64]
    length: float
    breadth: float


def _ends(contour: Contour) -> Iterator[_End]:
    center, (width, height), degrees = cv2.minAreaRect(contour)
    along = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    across = np.array([-along[1], along[0]])
    for axis, length, breadth in ((along, width, height), (across, height, width)):
        for direction in (axis, -axis):
            yield _End(np.array(center), direction, length, max(breadth, 1.0))


def _with_other_half(contour: Contour, beyond: Floats) -> Contour:
    """The outline and, where it is half a capsule, what continues it at one of its ends.

    Args:
        beyond: probability of a pill outside all outlines.
    """
    ends = [end for end in _ends(contour) if HALF[0] < end.length / end.breadth < HALF[1]]
    if not ends:
        return contour
    reach, end = max(((_reach(beyond, end), end) for end in ends), key=lambda each: each[0])
    shape = (end.length + reach) / end.breadth
    if not (LONGER[0] < reach / end.length < LONGER[1] and WHOLE[0] < shape < WHOLE[1]):
        return contour
    # The other end is as round as this one: the whole is the outline and its mirror image.
    points = contour[:, 0] - end.center
    mirrored = contour[:, 0] + np.outer(reach - 2 * points @ end.direction, end.direction)
    both = np.concatenate([contour[:, 0], np.round(mirrored)]).astype(np.int32)
    whole: Contour = cv2.convexHull(both[:, None])
    return whole


def _reach(beyond: Floats, end: _End) -> float:
    """How far a pill goes on beyond an end, in pixels."""
    far = np.arange(0.5, LONGER[1] * end.length + 1) + end.length / 2
    beside = np.linspace(-0.4, 0.4, 9) * end.breadth
    across = np.array([-end.direction[1], end.direction[0]])
    at = end.center + far[:, None, None] * end.direction + beside[:, None] * across
    seen = cv2.remap(beyond, at.astype(np.float32), None, cv2.INTER_LINEAR)  # 0 outside the photo
    reach, missing = 0, 0
    for step, here in enumerate((seen > PILL).mean(axis=1) > 0.5, start=1):
        missing = 0 if here else missing + 1
        if here:
            reach = step
        elif missing > GAP * end.breadth:
            break
    return float(reach)
