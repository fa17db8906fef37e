"""A ruler drawn below the pill on a photograph by hand, true to the pill's size."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

SHOWN_MM = 40
"""Millimetres of the ruler that the photograph shows, at least."""

HEIGHT_MM, FACE, INK = 14, (226, 226, 220), (35, 35, 35)
MARKS_MM = {10: 4.0, 5: 3.0, 1: 2.0}
"""Length of the marks at every so many millimetres."""


def beside_ruler(
    photo: NDArray[np.uint8], pixels_per_mm: float, degrees: float
) -> NDArray[np.uint8]:
    """The photograph on a wider ground, a ruler below what it showed.

    Args:
        photo: (H, W, 3) uint8 RGB.
        pixels_per_mm: where the pill lies.
        degrees: by which the ruler is turned, counter-clockwise, at most 45 either way.
    """
    height, width = photo.shape[:2]
    side = max(0, math.ceil((SHOWN_MM * pixels_per_mm - width) / 2))
    sunk = math.ceil((width / 2 + side) * abs(math.tan(math.radians(degrees))))
    strip = math.ceil(HEIGHT_MM * pixels_per_mm)
    wide = _on_wider_ground(photo, side, sunk + strip + 4)
    drawn = _strip(2 * (width + 2 * side), strip, pixels_per_mm)
    covered = np.ones(drawn.shape[:2], np.float32)
    matrix = cv2.getRotationMatrix2D((drawn.shape[1] / 2, 0), degrees, 1)
    matrix[:, 2] += (wide.shape[1] / 2 - drawn.shape[1] / 2, height + sunk)
    size = wide.shape[1::-1]
    share = cv2.warpAffine(covered, matrix, size, flags=cv2.INTER_AREA)[..., None]
    lit = cv2.warpAffine(drawn, matrix, size, flags=cv2.INTER_AREA) * _light(photo)
    return np.asarray(wide * (1 - share) + lit * share, dtype=np.uint8)


def _on_wider_ground(photo: NDArray[np.uint8], side: int, below: int) -> NDArray[np.uint8]:
    """Its rim goes on, blurred, to the left and right, and below."""
    wide = cv2.copyMakeBorder(photo, 0, below, side, side, cv2.BORDER_REPLICATE)
    blurred = cv2.GaussianBlur(wide, (0, 0), max(photo.shape[:2]) / 20)
    blurred[: len(photo), side : side + photo.shape[1]] = photo
    return np.asarray(blurred, dtype=np.uint8)


def _strip(length: int, height: int, pixels_per_mm: float) -> NDArray[np.uint8]:
    """The ruler, (height, length, 3) uint8 RGB, its marks at the upper edge."""
    strip = np.full((height, length, 3), FACE, np.uint8)
    thick = max(1, round(0.15 * pixels_per_mm))
    for number in range(int(length / pixels_per_mm)):
        at = round((number + 0.5) * pixels_per_mm)
        reach = next(mm for every, mm in MARKS_MM.items() if number % every == 0)
        cv2.line(strip, (at, 0), (at, round(reach * pixels_per_mm)), INK, thick, cv2.LINE_AA)
        if number % 10 == 0:
            place = (round(at - pixels_per_mm), round(8 * pixels_per_mm))
            size = pixels_per_mm * 0.1
            cv2.putText(strip, str(number // 10), place, 0, size, INK, thick, cv2.LINE_AA)
    return strip


def _light(photo: NDArray[np.uint8]) -> float:
    """Of the ruler, somewhere between its own and that of the photograph."""
    return 0.6 + 0.4 * float(np.median(photo)) / 255
