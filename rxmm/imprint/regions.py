"""Where on a face to read: lines that a text detector found, and the parts in which imprints lie.

A detector made for print misses much of what is pressed into tablets, above all single characters,
so the whole face and its halves are always read too.  All ribbons (see `rxmm.imprint.geometry`) are
in pixels of the face picture.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.geometry import angle_of, grow_ribbon, quad_ribbon

DETECTION_MARGIN = 0.08
"""A detector's box hugs the strokes; the recogniser wants a little room, in box heights."""

ELONGATED = 1.15
"""Aspect ratio from which the long axis of a face says how the text may run."""

_PARTS = {  # (left, top, right, bottom) as fractions of the face's own rectangle
    "elongated": [
        (0.06, 0.15, 0.94, 0.85),
        (0.06, 0.15, 0.50, 0.85),
        (0.50, 0.15, 0.94, 0.85),
        (0.12, 0.08, 0.88, 0.50),
        (0.12, 0.50, 0.88, 0.92),
    ],
    "round": [
        (0.06, 0.25, 0.94, 0.75),
        (0.06, 0.15, 0.50, 0.85),
        (0.50, 0.15, 0.94, 0.85),
        (0.12, 0.08, 0.88, 0.50),
        (0.12, 0.50, 0.88, 0.92),
    ],
}


def reading_ribbons(detected: NDArray[np.float64], mask: NDArray[np.bool_]) -> Tensor:
    """Every line to read on a face, each in every direction in which it may run.

    Args:
        detected: (N, 4, 2) corners of the detector's boxes, clockwise.
        mask: (h, w) True on the pill.

    Returns:
        (M, 2, 2, 2) ribbons.
    """
    found = quad_ribbon(torch.from_numpy(detected).float().reshape(-1, 4, 2))
    found = grow_ribbon(found, along=DETECTION_MARGIN, across=DETECTION_MARGIN)
    parts = quad_ribbon(face_parts(mask, text_angle(found)))
    return torch.cat([_turned_as_needed(found), parts, turn(parts, 2)])


def text_angle(found: Tensor) -> float | None:
    """Direction of the longest of the found lines, degrees in [-90, 90), None without lines."""
    if not len(found):
        return None
    quads = _corners(found)
    across, down = (quads[:, 1] - quads[:, 0]).norm(dim=1), (quads[:, 3] - quads[:, 0]).norm(dim=1)
    longest = int(torch.maximum(across, down).argmax())
    line = found[longest] if across[longest] >= down[longest] else turn(found, 1)[longest]
    return (float(angle_of(line[None])) + 90) % 180 - 90


def face_parts(mask: NDArray[np.bool_], angle: float | None) -> Tensor:
    """The face as a whole and its halves, (5, 4, 2) corners.

    An elongated face is read along its long axis; a round one at ``angle``, upright when None.
    """
    points = np.argwhere(mask)[:, ::-1].astype(np.float32) + 0.5
    center, sides, degrees = cv2.minAreaRect(points)
    width, height = sides
    kind = "elongated"
    if max(sides) < ELONGATED * min(sides):
        kind = "round"
        degrees = -angle if angle is not None else 0.0
        width = height = min(sides)
    elif width < height:
        width, height, degrees = height, width, degrees + 90
    degrees = (degrees + 90) % 180 - 90
    turn_x, turn_y = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    axes = np.array([[turn_x * width, turn_y * width], [-turn_y * height, turn_x * height]])
    corners = [
        [(left, top), (right, top), (right, bottom), (left, bottom)]
        for left, top, right, bottom in _PARTS[kind]
    ]
    quads = np.asarray(center) + (np.array(corners) - 0.5) @ axes
    return torch.from_numpy(quads).float()


def turn(ribbon: Tensor, quarters: int) -> Tensor:
    """Straight ribbons read from another side: ``quarters`` of a turn, clockwise."""
    return quad_ribbon(_corners(ribbon).roll(-quarters, dims=1))


def _turned_as_needed(ribbon: Tensor) -> Tensor:
    """Long lines in both directions along their length, squarish ones in all four."""
    if not len(ribbon):
        return ribbon[:, [0, -1]]
    quads = _corners(ribbon)
    across, down = (quads[:, 1] - quads[:, 0]).norm(dim=1), (quads[:, 3] - quads[:, 0]).norm(dim=1)
    lying, standing = across < 1.6 * down, down < 1.6 * across
    flat, tall = ribbon[standing], ribbon[lying]
    return torch.cat([turn(flat, 0), turn(flat, 2), turn(tall, 1), turn(tall, 3)])


def _corners(ribbon: Tensor) -> Tensor:
    """(N, 4, 2) corners of straight ribbons, clockwise from the text's own top left."""
    start, end = ribbon[:, 0], ribbon[:, -1]
    return torch.stack([start[:, 0], end[:, 0], end[:, 1], start[:, 1]], dim=1)
