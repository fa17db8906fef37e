"""How much a closed outline has the shape of a pill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from rxmm.face_features import corner_gaps, length_and_breadth, radii
from rxmm.segmentation.edges import Contour

SMALLEST, LARGEST = 0.0012, 0.97
"""Share of the photo that a pill may cover."""

LONGEST = 4.2
"""Longest over shortest extent of a pill; capsules reach 3.3."""

_POWERS = np.geomspace(1.0, 16.0, 24)
_FILLINGS = gamma(1 + 1 / _POWERS) ** 2 / gamma(1 + 2 / _POWERS)
"""Share of its box that a superellipse of each power fills: 1 a diamond, 2 an ellipse."""


def plausible(contour: Contour, pixels: int, smallest: float = SMALLEST) -> bool:
    """Whether size, proportion and convexity are those of a pill.

    Args:
        pixels: of the photo.
        smallest: least share of it.
    """
    area = cv2.contourArea(contour)
    if not smallest * pixels <= area <= LARGEST * pixels:
        return False
    hull = cv2.convexHull(contour)
    longest, shortest = length_and_breadth(hull)
    return bool(
        longest <= LONGEST * shortest
        and 0.45 < area / (shortest * longest) < 0.99
        and area / max(cv2.contourArea(hull), 1.0) > 0.86
    )


def pill_likeness(contour: Contour) -> float:
    """Convex, even about its centre, near a superellipse, without sharp corners: [0, 1]."""
    radius = np.sqrt(cv2.contourArea(contour) / np.pi)
    notch = float(_defects(contour)[1].max(initial=0.0)) / radius
    box = cv2.minAreaRect(contour)
    return (
        float(np.exp(-((notch / 0.15) ** 2)))
        * max(0.4, 1.0 - 2.0 * _lopsided(contour))
        * float(np.exp(-((_misfit(contour, box) / 0.12) ** 2)))
        * float(np.clip((_rounding(contour, box) - 0.02) / 0.04, 0.0, 1.0))
    )


def in_order(contours: Iterable[Contour]) -> list[Contour]:
    """From left to right, or from top to bottom."""
    return sorted(contours, key=lambda contour: cv2.boundingRect(contour)[:2])


def end_to_end(one: Contour, other: Contour, filled: float = 0.9) -> bool:
    """Whether the two lie end to end without a waist between: halves of one long pill.

    Args:
        filled: least share of the hull of both that they fill.
    """
    hull = cv2.convexHull(np.concatenate([one, other]))
    share = (cv2.contourArea(one) + cv2.contourArea(other)) / max(cv2.contourArea(hull), 1.0)
    if share <= filled:
        return False
    whole, *halves = (length_and_breadth(contour)[0] for contour in (hull, one, other))
    return whole > 1.25 * max(halves)


def notches(contour: Contour) -> tuple[int, int] | None:
    """Positions on the contour between which a cut would part two pills of similar size."""
    area = cv2.contourArea(contour)
    least = max(1.5, 0.07 * float(np.sqrt(area / np.pi)))
    positions, depths = _defects(contour)
    deep = np.sort(positions[depths > least]).tolist()
    cuts = [
        (float(np.linalg.norm(contour[first, 0] - contour[second, 0])), first, second)
        for first, second in combinations(deep, 2)
        if 0.25 < cv2.contourArea(contour[first : second + 1]) / max(area, 1.0) < 0.75
    ]
    return min(cuts)[1:] if cuts else None


def _defects(contour: Contour) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Positions on the contour and depths in pixels, (n,) each, of notches against the hull."""
    hull = cv2.convexHull(contour, returnPoints=False)
    found = None
    if len(hull) >= 4:
        with suppress(cv2.error):  # a contour that touches itself
            found = cv2.convexityDefects(contour, np.sort(hull.reshape(-1, 1), axis=0)[::-1])
    defects = np.zeros((0, 4), np.int32) if found is None else found.reshape(-1, 4)
    return defects[:, 2], defects[:, 3] / 256.0


def _rounding(contour: Contour, box: cv2.typing.RotatedRect) -> float:
    """Mean gap between the box's corners and the outline over the short side: a circle 0.2."""
    return float(corner_gaps(contour, box).mean() / (min(box[1]) + 1))


def _lopsided(contour: Contour) -> float:
    """Mean difference of opposite radii over the mean radius: half a capsule 0.2, a whole one 0."""
    moments = cv2.moments(contour)
    center = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    radius = radii(contour[:, 0] - center, 64)
    return float(np.abs(radius - np.roll(radius, 32)).mean() / radius.mean())


def _misfit(contour: Contour, box: cv2.typing.RotatedRect) -> float:
    """Mean distance from the superellipse of the same box and area, in half box sides."""
    (cx, cy), (w, h), angle = box
    turn = np.deg2rad(angle)
    points = contour[:: max(1, len(contour) // 64), 0] - (cx, cy)
    u = np.abs(points @ (np.cos(turn), np.sin(turn))) * 2 / (w + 1)
    v = np.abs(points @ (-np.sin(turn), np.cos(turn))) * 2 / (h + 1)
    filling = cv2.contourArea(contour) / ((w + 1) * (h + 1))
    power = np.interp(filling, _FILLINGS, _POWERS)
    radius = (u**power + v**power) ** (1 / power)
    return float(np.abs(radius - 1).mean())


def enclosed(contours: Sequence[Contour], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(h, w) 1 inside the outlines."""
    filled = cv2.drawContours(np.zeros(shape, np.uint8), contours, -1, 1, -1)
    return np.asarray(filled, dtype=np.uint8)
