"""Simple pills drawn with OpenCV, with their true masks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Rgb = tuple[int, int, int]

PINK, WHITE, BLUE, RED = (222, 150, 158), (236, 236, 232), (70, 120, 190), (190, 40, 45)


def table(height: int, width: int, color: Rgb, seed: int = 0) -> Pixels:
    """A surface lit a little unevenly, with some noise."""
    rng = np.random.default_rng(seed)
    shade = (
        np.linspace(1.0, 0.9, width)[None, :, None] * np.linspace(1.0, 0.95, height)[:, None, None]
    )
    noise = rng.normal(0, 2, (height, width, 3))
    return np.clip(np.array(color) * shade + noise, 0, 255).astype(np.uint8)


def lay(
    photo: Pixels,
    center: tuple[int, int],
    size: tuple[int, int],
    color: Rgb,
    angle: float = 0.0,
    second: Rgb | None = None,
) -> Mask:
    """Lay a caplet, or a disc when both sizes are equal, with a shadow; its mask.

    Args:
        size: length and thickness in pixels.
        second: colour of the right half, for a two-tone capsule.
    """
    length, thickness = size
    height, width = photo.shape[:2]
    along = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    y, x = np.mgrid[:height, :width]
    offset = np.stack([x - center[0], y - center[1]], axis=-1)
    place = offset @ along
    straight = (length - thickness) / 2
    nearest = np.clip(place, -straight, straight)[..., None] * along
    depth = thickness / 2 - np.linalg.norm(offset - nearest, axis=-1)  # > 0 inside
    mask = depth > 0
    shadow = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.06 * thickness + 1)
    shadow = np.roll(shadow, (thickness // 20 + 1, thickness // 20 + 1), (0, 1))
    photo[:] = (photo * (1 - 0.35 * shadow * ~mask)[..., None]).astype(np.uint8)
    round_ = 0.8 + 0.2 * np.clip(depth / (0.25 * thickness), 0, 1)  # darker towards the rim
    paint = np.where((place > 0)[..., None], second or color, color)
    photo[mask] = np.clip(paint * round_[..., None], 0, 255).astype(np.uint8)[mask]
    return mask


def ruler(photo: Pixels, corner: tuple[int, int], millimetre: float, marks: int = 50) -> None:
    """An upright and a lying scale in black ink, with digits."""
    x, y = corner
    for mark in range(marks + 1):
        length = 16 if mark % 10 == 0 else 11 if mark % 5 == 0 else 8
        at = round(mark * millimetre)
        cv2.line(photo, (x + at, y), (x + at, y + length), (20, 20, 20), 2)
        cv2.line(photo, (x, y - at), (x - length, y - at), (20, 20, 20), 2)
        if mark % 10 == 0:
            cv2.putText(photo, str(mark), (x + at - 8, y + 40), 0, 0.6, (20, 20, 20), 2)
            cv2.putText(photo, str(mark), (x - 50, y - at + 6), 0, 0.6, (20, 20, 20), 2)
    cv2.line(photo, (x, y), (x + round(marks * millimetre), y), (20, 20, 20), 2)
    cv2.line(photo, (x, y), (x, y - round(marks * millimetre)), (20, 20, 20), 2)


def turned(photo: Pixels, degrees: float) -> Pixels:
    """About its middle, counter-clockwise, on as much more table as that takes."""
    height, width = photo.shape[:2]
    side = round(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    color = np.median(photo.reshape(-1, 3), axis=0).tolist()
    return np.asarray(cv2.warpAffine(photo, matrix, (side, side), borderValue=color), np.uint8)


def overlap(one: Mask, other: Mask) -> float:
    """Intersection over union."""
    return float((one & other).sum() / (one | other).sum())
