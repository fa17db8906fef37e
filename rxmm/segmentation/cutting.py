"""Cutting found faces out of a photo: masks, and what the light may be."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.face_features import median_color
from rxmm.results import MAX_FACES, Box, PillFace, Rgb
from rxmm.segmentation.edges import Contour
from rxmm.segmentation.outline_shape import in_order
from rxmm.segmentation.outlines import inside, strongest_channel

FRINGE = 2
"""Pixels at the edge of a cut-out that are left off."""

BLACK = 12
"""Brightest pixel of the ground of a picture that was cut out before."""
ENOUGH = 1024
"""Most pixels of a photo's longer side that tell the colour of its ground."""
ALIKE = 0.6
"""Least area of one face of such a picture over that of the other."""

DARK, NEUTRAL = 60.0, 0.75
"""A ground darker than this does not tell the colour of the light; one with a weakest channel below
this share of its strongest is more likely coloured itself."""
LAMPLIGHT, OFF_WHITE = 0.4, 0.25
"""Least blue of a ground, relative to red, that lamps alone may tint so, and how far its green may
be from the middle of both, in logarithms."""
BRIGHTEST, WHITE, DIM = 0.95, 235.0, 0.9
"""Quantile of a photo's brightness that stands for its brightest things; brightness of something
white where it is exposed well; share of that from which on they pass for white beyond doubt."""

Floats = NDArray[np.float64]


def cut_outs_on_black(photo: NDArray[np.uint8]) -> list[Contour]:
    """The outlines of one or two faces that were cut out before and laid on black, from left to
    right or from top to bottom; none on a photograph.

    No photograph has so even a black: there is nothing to search for.
    """
    if photo[[0, 0, -1, -1], [0, -1, 0, -1]].max() > BLACK:
        return []
    black = strongest_channel(photo) <= BLACK
    if not 0.05 < black.mean() < 0.9 or (photo[black] == 0).mean() < 0.7:
        return []
    thing = cv2.morphologyEx((~black).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    # The edge of the pill is darkened by its own curve and by the cutting out.
    thing = cv2.erode(thing, np.ones((3, 3), np.uint8), iterations=FRINGE, borderValue=0)
    contours, _ = cv2.findContours(thing, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    ordered = sorted(contours, key=cv2.contourArea, reverse=True)
    areas = [cv2.contourArea(contour) for contour in ordered]
    faces = [each for each in ordered if cv2.contourArea(each) > ALIKE * areas[0]]
    whole = sum(areas[: len(faces)]) > 0.9 * sum(areas) and all(map(_is_shaped, faces))
    return in_order(faces) if whole and len(faces) <= MAX_FACES else []


def _is_shaped(contour: Contour) -> bool:
    """Whether it is round about: what fills its box to the corners is a photograph between black
    bars."""
    area, hull = cv2.contourArea(contour), cv2.contourArea(cv2.convexHull(contour))
    _, _, width, height = cv2.boundingRect(contour)
    return bool(0.9 * hull < area < 0.97 * (width - 1) * (height - 1))


def ground_color(
    photo: NDArray[np.uint8], content: Box, contours: Sequence[NDArray[np.int32]]
) -> Floats:
    """Median colour (3,) of the ground around the pills, RGB 0 to 255."""
    left, top, right, bottom = content
    step = -(-max(photo.shape) // ENOUGH)
    ground = np.zeros(photo.shape[:2], np.uint8)
    ground[top:bottom, left:right] = 1
    cv2.drawContours(ground, contours, -1, 0, -1)
    seen = photo[::step, ::step][ground[::step, ::step] > 0]
    return median_color(seen) if len(seen) else np.zeros(3)


def lights_of(ground: Floats, photo: NDArray[np.uint8]) -> tuple[Rgb, ...]:
    """What something white may look like in a photo, the likeliest first, see `PillFace`.

    Args:
        ground: colour (3,) around the pills, RGB 0 to 255.
        photo: all that it shows, (H, W, 3) RGB of any size.
    """
    colors: list[Rgb] = [(1.0, 1.0, 1.0)]
    if ground.max() >= DARK:
        red, green, blue = (ground / ground.max()).tolist()
        if min(red, green, blue) >= NEUTRAL:
            colors.insert(0, (red, green, blue))
        elif _as_by_lamplight(red, green, blue):
            colors.append((red, green, blue))
    share = min(float(np.quantile(strongest_channel(photo), BRIGHTEST)) / WHITE, 1.0)
    levels = (1.0, share) if 0 < share < DIM else (1.0,)
    return tuple(dict.fromkeys((r * s, g * s, b * s) for s in levels for r, g, b in colors))


def _as_by_lamplight(red: float, green: float, blue: float) -> bool:
    """Whether a grey ground may look so under warm light."""
    if not red >= green >= blue >= LAMPLIGHT * red:
        return False
    return bool(abs(np.log(red * blue / green**2)) < OFF_WHITE)


def cut(
    photo: NDArray[np.uint8],
    contour: NDArray[np.int32],
    lights: tuple[Rgb, ...],
    mm_per_pixel: float | None,
) -> PillFace:
    """What an outline encloses on a photo.

    Args:
        photo: (H, W, 3) uint8 RGB.
        contour: (N, 1, 2) its pixels, as OpenCV has it.
        lights, mm_per_pixel: see `PillFace`.
    """
    x, y, w, h = cv2.boundingRect(contour)
    crop, mask = photo[y : y + h, x : x + w].copy(), inside(contour).astype(bool)
    return PillFace(crop, mask, (x, y, x + w, y + h), lights, mm_per_pixel)
