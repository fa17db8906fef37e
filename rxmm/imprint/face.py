"""A pill face as the imprint stage looks at it, the same in training and in use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.face_features import length_and_breadth, median_color, rim
from rxmm.results import PillFace

SAME_AREA = 3.0
"""Length over width of a face up to which it is scaled to the same area."""


@dataclass(frozen=True, slots=True, eq=False)
class FacePicture:
    """A face scaled to a fixed area, its background filled with the pill's own colour.

    The fill keeps the outline from being taken for a stroke.

    Attributes:
        rgb: (h, w, 3) uint8.
        mask: (h, w) bool.
        fill: the pill's own colour, outside the mask and beyond the picture.
        scale: picture pixels per pixel of the face's crop.
    """

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    fill: NDArray[np.uint8]
    scale: float

    @classmethod
    def of(cls, face: PillFace, side: int) -> FacePicture:
        """Scale ``face`` so that the rectangle around it has the area of a square of that ``side``.

        At equal length, what is printed on a capsule would be too small to read.

        Args:
            side: in pixels.
        """
        height, width = face.mask.shape
        length, breadth = extent(face.mask)
        scale = side / length * math.sqrt(min(length / breadth, SAME_AREA))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        rgb = np.asarray(cv2.resize(face.crop, size, interpolation=interpolation), dtype=np.uint8)
        mask = cv2.resize(face.mask.astype(np.uint8), size) > 0
        fill = median_color(face.crop[face.mask]).astype(np.uint8)
        rgb[~mask] = fill
        return cls(rgb, mask, fill, scale)


def extent(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Length and breadth, in pixels, of the smallest rectangle around a face."""
    return length_and_breadth(rim(mask).astype(np.float32))


def stack(
    pictures: Sequence[FacePicture], size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Faces as one batch (B, H, W, 3), each at the top left.

    Args:
        size: H and W; by default the least multiples of 32 that hold every face.
    """
    sizes = np.array([picture.mask.shape for picture in pictures])
    height, width = size or (-(-sizes.max(axis=0) // 32) * 32).tolist()
    batch = np.empty((len(pictures), height, width, 3), dtype=np.uint8)
    for canvas, picture, (h, w) in zip(batch, pictures, sizes.tolist(), strict=True):
        canvas[:] = picture.fill
        canvas[:h, :w] = picture.rgb
    return batch


def gray(batch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness of a batch (B, H, W, 3), as (B, H, W)."""
    return np.stack([cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in batch]).astype(np.uint8)
