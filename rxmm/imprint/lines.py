"""From the line finder's maps to ribbons along the lines of imprint."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.geometry import CROSS_SECTIONS, arc_ribbon, quad_ribbon, resample_ribbon

MIN_CORE = 0.5
"""Least probability of a pixel to be on the core of a line."""
SPLITTING = (0.7, 0.85)
"""Probabilities at which a core too thick for one line is taken apart, if it falls apart there."""
MIN_AREA = 8
"""Least pixels of a core; smaller ones are specks."""
ELONGATED = 1.8
"""Length over width of a core from which on its own axis tells the direction, to within a turn by
180°, better than the maps do."""
THICK = 0.22
"""Spread across a core, in line heights, from which on it may be bent: a straight core, half as
high as its line, has 0.14."""
ROUNDER = 0.8
"""A core is bent if it is this much closer to a circle than to a straight line."""

Floats = NDArray[np.float32]


def ribbons_from_maps(maps: Floats, stride: int, side: int) -> Tensor:
    """The lines on one face.

    Args:
        maps: (4, h, w) core probability, cosine and sine of the reading direction, log height.
        stride: face pixels per map pixel.
        side: face pixels that heights are fractions of.

    Returns:
        (M, CROSS_SECTIONS, 2, 2) ribbons in face pixels, surest first.
    """
    found = []
    for on in _cores(maps, side / stride):
        found.append((float(maps[0, on].mean()), _ribbon(maps, on, stride, side)))
    found.sort(key=lambda line: -line[0])
    if not found:
        return torch.zeros(0, CROSS_SECTIONS, 2, 2)
    return torch.cat([ribbon for _, ribbon in found])


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
    """Height of the line around a core, as a fraction of the face's longer side."""
    return float(np.exp(np.mean(maps[3, on])))


def _ribbon(maps: Floats, on: NDArray[np.bool_], stride: int, side: int) -> Tensor:
    """The ribbon (1, CROSS_SECTIONS, 2, 2) along one connected core."""
    points = (np.argwhere(on)[:, ::-1] + 0.5) * stride
    direction = maps[1:3, on].T.astype(np.float64)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-6)
    height = _height(maps, on) * side
    variances, axes = np.linalg.eigh(np.cov(points.T))  # ascending
    along, across = axes[:, 1], math.sqrt(max(float(variances[0]), 1e-6))
    if across > THICK * height:
        bent = _arc(points, direction, height, ROUNDER * across)
        if bent is not None:
            return bent
    mean = direction.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-6)
    agreement = float(along @ mean)
    if math.sqrt(float(variances[1])) > ELONGATED * across and abs(agreement) > 0.5:
        mean = along * math.copysign(1, agreement)
    return _straight(points, mean, height)


def _straight(points: NDArray[np.floating], along: NDArray[np.floating], height: float) -> Tensor:
    across = np.array([-along[1], along[0]])
    position = points @ along
    start, end, middle = position.min(), position.max(), float(np.median(points @ across))
    corners = [
        along * u + across * (middle + v * height / 2)
        for u, v in ((start, -1), (end, -1), (end, 1), (start, 1))
    ]
    return resample_ribbon(quad_ribbon(torch.tensor(np.array(corners))[None].float()))


def _arc(
    points: NDArray[np.floating], direction: NDArray[np.floating], height: float, tolerance: float
) -> Tensor | None:
    """The ribbon along the circle through the core, None where it does not lie on one.

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
    angle = np.arctan2(radial[:, 1], radial[:, 0])
    # The gap between start and end is where the sorted angles lie farthest apart.
    ordered = np.sort(angle)
    gaps = np.diff(np.append(ordered, ordered[0] + 2 * math.pi))
    widest = int(gaps.argmax())
    first = float(ordered[(widest + 1) % len(ordered)])
    last = first + 2 * math.pi - float(gaps[widest])
    start, end = (first, last) if clockwise else (last, first)
    half = height / 2 if clockwise else -height / 2
    values = (math.sqrt(square), half, start, end)
    radius, half_height, begin, finish = (torch.tensor([v]).float() for v in values)
    return arc_ribbon(torch.tensor(center[None]).float(), radius, half_height, begin, finish)
