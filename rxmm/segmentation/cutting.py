"""Cutting found faces out of a photo: masks, and the colour of the light."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.results import Box, PillFace, Rgb

FRINGE = 2
"""Pixels at the edge of a cut-out that are left off."""

BLACK = 12
"""Brightest pixel of the ground of a picture that was cut out before."""

DARK, NEUTRAL = 60.0, 0.75
"""A ground darker than this, or with a weakest channel below this share of its strongest, does not
tell the colour of the light."""

Floats = NDArray[np.float64]


def cut_out_on_black(photo: NDArray[np.uint8]) -> NDArray[np.int32] | None:
    """The outline of a pill that was cut out before and laid on black, None for a photograph.

    No photograph has so even a black: there is nothing to search for.
    """
    black = photo.max(axis=2) <= BLACK
    corners = black[[0, 0, -1, -1], [0, -1, 0, -1]]
    if not corners.all() or not 0.05 < black.mean() < 0.9 or (photo[black] == 0).mean() < 0.7:
        return None
    thing = cv2.morphologyEx((~black).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    # The edge of the pill is darkened by its own curve and by the cutting out.
    thing = cv2.erode(thing, np.ones((3, 3), np.uint8), iterations=FRINGE, borderValue=0)
    contours, _ = cv2.findContours(thing, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = [cv2.contourArea(contour) for contour in contours]
    best = int(np.argmax(areas))
    hull = cv2.contourArea(cv2.convexHull(contours[best]))
    _, _, width, height = cv2.boundingRect(contours[best])
    # What fills its box to the corners is a photograph between black bars.
    shaped = 0.9 * hull < areas[best] < 0.97 * (width - 1) * (height - 1)
    whole = areas[best] > 0.9 * sum(areas) and shaped
    return np.asarray(contours[best][:, 0], dtype=np.int32) if whole else None


def ground_color(
    photo: NDArray[np.uint8], content: Box, contours: Sequence[NDArray[np.int32]]
) -> Floats:
    """Median colour (3,) of the ground around the pills, RGB 0 to 255."""
    left, top, right, bottom = content
    ground = np.zeros(photo.shape[:2], np.uint8)
    ground[top:bottom, left:right] = 1
    cv2.drawContours(ground, contours, -1, 0, -1)
    if not ground.any():
        return np.zeros(3)
    return np.asarray(np.median(photo[ground > 0], axis=0), dtype=float)


def light_of(ground: Floats) -> Rgb:
    """The colour of the light, from a ground that passes for white or grey."""
    if ground.max() < DARK or ground.min() < NEUTRAL * ground.max():
        return 1.0, 1.0, 1.0
    red, green, blue = (ground / ground.max()).tolist()
    return red, green, blue


def cut(
    photo: NDArray[np.uint8],
    contour: NDArray[np.int32],
    light: Rgb,
    mm_per_pixel: float | None,
) -> PillFace:
    x, y, w, h = cv2.boundingRect(contour)
    mask = np.zeros((h, w), np.uint8)
    cv2.drawContours(mask, [contour - (x, y)], -1, 1, -1)
    return PillFace(
        photo[y : y + h, x : x + w].copy(),
        mask.astype(bool),
        (x, y, x + w, y + h),
        light,
        mm_per_pixel,
    )
