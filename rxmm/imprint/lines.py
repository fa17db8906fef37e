"""From the line finder's maps to ribbons along the lines of imprint."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.geometry import CROSS_SECTIONS, arc_ribbon, quad_ribbon, resample_ribbon

MIN_CORE = 0.35
"""Least probability of a pixel to be on the core of a line."""
MIN_AREA = 8
"""Least pixels of a core; smaller ones are specks."""
BENT = 0.2
"""From this share of the direction lost in the mean on, a line is taken for an arc (about 35° from
end to middle)."""

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
    core = maps[0]
    count, labels = cv2.connectedComponents((core > MIN_CORE).astype(np.uint8))
    found = []
    for label in range(1, count):
        on = labels == label
        if on.sum() >= MIN_AREA:
            found.append((float(core[on].mean()), _ribbon(maps, on, stride, side)))
    found.sort(key=lambda line: -line[0])
    if not found:
        return torch.zeros(0, CROSS_SECTIONS, 2, 2)
    return torch.cat([ribbon for _, ribbon in found])


def _ribbon(maps: Floats, on: NDArray[np.bool_], stride: int, side: int) -> Tensor:
    """The ribbon (1, CROSS_SECTIONS, 2, 2) along one connected core."""
    points = (np.argwhere(on)[:, ::-1] + 0.5) * stride
    direction = maps[1:3, on].T
    direction = direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-6)
    height = float(np.exp(np.mean(maps[3, on]))) * side
    mean = direction.mean(axis=0)
    if 1 - np.linalg.norm(mean) > BENT:
        bent = _arc(points, direction, height)
        if bent is not None:
            return bent
    return _straight(points, mean, height)


def _straight(
    points: NDArray[np.float64], direction: NDArray[np.floating], height: float
) -> Tensor:
    along = direction / max(float(np.linalg.norm(direction)), 1e-6)
    across = np.array([-along[1], along[0]])
    position = points @ along
    start, end, middle = position.min(), position.max(), float(np.median(points @ across))
    corners = [
        along * u + across * (middle + v * height / 2)
        for u, v in ((start, -1), (end, -1), (end, 1), (start, 1))
    ]
    return resample_ribbon(quad_ribbon(torch.tensor(np.array(corners))[None].float()))


def _arc(
    points: NDArray[np.float64], direction: NDArray[np.floating], height: float
) -> Tensor | None:
    """The ribbon along the circle through the core, None where there is no such circle."""
    x, y = points.T
    system = np.stack([x, y, np.ones_like(x)], axis=1)
    (a, b, c), *_ = np.linalg.lstsq(system, x**2 + y**2, rcond=None)
    center = np.array([a, b]) / 2
    square = c + center @ center
    if square <= (height / 2) ** 2:
        return None
    radial = points - center
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
