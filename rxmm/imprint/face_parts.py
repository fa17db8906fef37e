"""Which parts of a face to read, whatever was found on it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.face_features import rim
from rxmm.imprint.geometry import angle_of, straight_corners, turn

ELONGATED = 1.15
"""Aspect ratio from which the long axis of a face says how the text may run."""
_WHOLE_OBLONG, _WHOLE_ROUND = (0.06, 0.15, 0.94, 0.85), (0.06, 0.25, 0.94, 0.75)
"""(left, top, right, bottom) of a whole face as it is read, as fractions of its own rectangle."""
_HALVES = [
    (0.06, 0.15, 0.50, 0.85),
    (0.50, 0.15, 0.94, 0.85),
    (0.12, 0.08, 0.88, 0.50),
    (0.12, 0.50, 0.88, 0.92),
]
"""The same of its halves."""


def text_angle(found: Tensor) -> float | None:
    """Direction of the longest of the found lines, degrees in [-90, 90), None without lines."""
    if not len(found):
        return None
    quads = straight_corners(found)
    across, down = (quads[:, 1] - quads[:, 0]).norm(dim=1), (quads[:, 3] - quads[:, 0]).norm(dim=1)
    longest = int(torch.maximum(across, down).argmax())
    line = found[longest] if across[longest] >= down[longest] else turn(found, 1)[longest]
    return (float(angle_of(line[None])) + 90) % 180 - 90


def face_parts(mask: NDArray[np.bool_], angle: float | None) -> Tensor:
    """The face as a whole and its halves, (5, 4, 2) corners.

    An elongated face is read along its long axis; a round one at ``angle``, upright when None.
    """
    center, sides, degrees = _rectangle(mask)
    width, height = sides
    whole = _WHOLE_OBLONG
    if max(sides) < ELONGATED * min(sides):
        whole = _WHOLE_ROUND
        degrees = -angle if angle is not None else 0.0
        width = height = min(sides)
    elif width < height:
        width, height, degrees = height, width, degrees + 90
    degrees = (degrees + 90) % 180 - 90
    turn_x, turn_y = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    axes = np.array([[turn_x * width, turn_y * width], [-turn_y * height, turn_x * height]])
    corners = [
        [(left, top), (right, top), (right, bottom), (left, bottom)]
        for left, top, right, bottom in (whole, *_HALVES)
    ]
    quads = np.asarray(center) + (np.array(corners) - 0.5) @ axes
    return torch.from_numpy(quads).float()


def middle_of_round(mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """(x, y) of the middle of a face, None where it is longer than broad."""
    center, sides, _ = _rectangle(mask)
    return np.array(center) if max(sides) < ELONGATED * min(sides) else None


def _rectangle(mask: NDArray[np.bool_]) -> Any:
    """Middle, sides and degrees of the smallest rectangle around a face, see `cv2.minAreaRect`."""
    return cv2.minAreaRect(rim(mask)[:, ::-1].astype(np.float32) + 0.5)
