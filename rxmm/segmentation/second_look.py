"""A second look at a photo with a ruler, in which the first did not find two faces.

Beside a ruler lie both faces of a pill: two outlines alike are believed here that each alone would
be too faint.  The ruler's ink is taken out of the photo first, since pills that touch it share its
outline, and the contrast is raised, since white pills on white paper have little.
"""

from __future__ import annotations

import cv2
import numpy as np

from rxmm.face_features import length_and_breadth
from rxmm.segmentation.edges import Contour, EdgeMap, Floats
from rxmm.segmentation.outline_choice import apart, pairs
from rxmm.segmentation.outline_shape import end_to_end
from rxmm.segmentation.outlines import Bytes, Outline, disc, ink_of, inside, propose

CONTRAST = 3.0
"""Factor on every difference from the ground."""

INK_WIDTH, INK_DEPTH = 0.012, 5.0
"""Half the widest line that is taken out, as a share of the photo, and its least depth in Lab."""

MIN_QUALITY = 0.2
"""Least quality of each outline of a pair."""

MIN_PAIR = 0.105
"""Least mean score of a pair, times how alike the two are: digits and shadows reach 0.1."""

MOST_OF_FOUND = 0.55
"""Least share that the two are of what was found at first, when they are its parts."""

SIZES_MM = (4.2, 35.0)
"""Lengths of pills; the digits of a ruler are shorter, a page is longer."""

MOSTLY_INK = 0.45
"""Share of ink from which an outline is that of a digit."""


def pair_beside_ruler(
    lab: Floats, ground: Floats, rim: int, found: list[Outline], mm_per_pixel: float
) -> list[Outline]:
    """The two faces of a pill in a photo that has a ruler, or nothing when none are sure.

    Args:
        lab: (h, w, 3) float32, the photo in CIE Lab.
        ground: (h, w, 3) float32, what the background would look like everywhere.
        rim: width in pixels of the photo's rim, where no edge is believed.
        found: what the first look found: one of the two, or both in one outline, or nothing.
        mm_per_pixel: the ruler's scale.
    """
    ink = ink_of(lab)
    raised = CONTRAST * (_without_ink(lab) - ground)
    outlines = [
        outline
        for outline in propose(raised, np.zeros_like(ground), EdgeMap(raised, rim))
        if outline.quality >= MIN_QUALITY
        and is_pill_sized(outline.contour, mm_per_pixel)
        and _inked(outline, ink) < MOSTLY_INK
    ]
    rated = [
        ((one.score + other.score) / 2 * _likeness(one, other), [one, other])
        for one, other in pairs(outlines)
        if all(_explained(whole, one, other) for whole in found)
        and not end_to_end(one.contour, other.contour)
    ]
    score, pair = max(rated, key=lambda each: each[0], default=(0.0, []))
    return sorted(pair, key=lambda outline: outline.box[:2]) if score >= MIN_PAIR else []


def is_pill_sized(contour: Contour, mm_per_pixel: float) -> bool:
    """Whether an outline is as long as pills are."""
    return SIZES_MM[0] <= length_and_breadth(contour)[0] * mm_per_pixel <= SIZES_MM[1]


def _explained(whole: Outline, one: Outline, other: Outline) -> bool:
    """Whether what was found at first is one of the two, or mostly the two."""
    meets = not (apart(one, [whole]) and apart(other, [whole]))
    return meets and one.area + other.area >= MOST_OF_FOUND * whole.area


def _without_ink(lab: Floats) -> Floats:
    """(h, w, 3) the photo with dark lines painted over in the lightness beside them."""
    light = lab[:, :, 0]
    wide = disc(max(2, round(INK_WIDTH * max(light.shape))))
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, wide)
    ink = cv2.dilate((closed - light > INK_DEPTH).astype(np.uint8), disc(1))  # its blurred rim too
    clean = lab.copy()
    clean[:, :, 0] = np.where(ink > 0, closed, light)
    return np.asarray(cv2.GaussianBlur(clean, (0, 0), 1.0), dtype=np.float32)


def _inked(outline: Outline, ink: Bytes) -> float:
    """Share of what the outline encloses that is ink."""
    left, top, right, bottom = outline.box
    return float(ink[top:bottom, left:right][inside(outline.contour) > 0].mean())


def _likeness(one: Outline, other: Outline) -> float:
    """How near two outlines are in length and in breadth: 1 when the same."""
    ratio = np.array(length_and_breadth(one.contour)) / length_and_breadth(other.contour)
    return float(np.minimum(ratio, 1 / ratio).prod())
