"""Measurements of a pill face that tell its colours, outline and score lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.results import PillFace, Rgb

Floats = NDArray[np.float64]

SIDE = 96
"""Longest extent in pixels at which a face is measured."""

HARMONICS = 8
"""Waves around the outline that are measured; 3 is strong in a triangle, 4 in a square."""

ANGLES = 24
"""Directions in which score lines are looked for, over half a turn."""


def rim(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n, 2) row and column of the first and the last pixel of a face in each row: the smallest
    rectangle around these is that around all its pixels."""
    rows = np.flatnonzero(mask.any(axis=1))
    filled = mask[rows]
    first, last = filled.argmax(axis=1), mask.shape[1] - 1 - filled[:, ::-1].argmax(axis=1)
    return np.concatenate([np.stack([rows, ends], axis=1) for ends in (first, last)])


def median_color(pixels: NDArray[np.uint8]) -> Floats:
    """`np.median` over the first axis of colours (n, 3), n ≥ 1, as (3,), without sorting them."""
    counts = [np.bincount(channel, minlength=256).cumsum() for channel in pixels.T]
    middle = np.array([(len(pixels) - 1) // 2, len(pixels) // 2])
    return np.array([np.searchsorted(below, middle, side="right").mean() for below in counts])


@dataclass(frozen=True, slots=True, eq=False)
class OutlineFeatures:
    """What the outline of a face measures.

    Attributes:
        values: (13,) features for the shape model, none depends on size or turn.
        aspect_ratio: longest over shortest extent, ≥ 1.
        length: longest extent in pixels of the crop.
        angle: of the long axis, degrees clockwise on the screen.
    """

    values: Floats
    aspect_ratio: float
    length: float
    angle: float


def outline(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(n, 1, 2) x and y along the edge of the largest region of a (h, w) mask."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(contours, key=cv2.contourArea), np.int32)


def length_and_breadth(points: NDArray[np.generic]) -> tuple[float, float]:
    """In pixels, of the smallest rectangle around points (n, 2) or (n, 1, 2), edges included."""
    _, sides, _ = cv2.minAreaRect(points)
    return max(sides) + 1, min(sides) + 1


def corner_gaps(contour: NDArray[np.int32], box: cv2.typing.RotatedRect) -> Floats:
    """(4,) distances in pixels from the corners of a rectangle to an outline (n, 1, 2)."""
    corners = cv2.boxPoints(box)
    x, y = (contour[None, :, 0, axis] - corners[:, axis, None] for axis in (0, 1))
    return np.asarray(np.sqrt((x * x + y * y).min(axis=1)))


def radii(outline: Floats, count: int) -> Floats:
    """(count,) the radius of an outline (n, 2) around 0, at even angles from -π on."""
    x, y = outline.T
    angle = np.arctan2(y, x)
    order = np.argsort(angle)
    grid = np.linspace(-np.pi, np.pi, count, endpoint=False)
    return np.asarray(np.interp(grid, angle[order], np.hypot(x, y)[order], period=2 * np.pi))


def outline_features(mask: NDArray[np.bool_]) -> OutlineFeatures:
    """Measure the outline of a (h, w) mask."""
    contour = outline(mask)
    area = max(cv2.contourArea(contour), 1.0)
    hull = cv2.convexHull(contour)
    box = cv2.minAreaRect(contour)
    (width, height), angle = box[1], box[2]
    long, short = length_and_breadth(contour)
    gaps = corner_gaps(contour, box)
    rows, columns = np.nonzero(mask)
    waves = _waves(contour[:, 0] - (columns.mean(), rows.mean()))
    values = [
        np.log(long / short),
        area / (long * short),
        area / max(cv2.contourArea(hull), area),
        4 * np.pi * cv2.contourArea(hull) / cv2.arcLength(hull, True) ** 2,
        gaps.min() / short,
        gaps.max() / short,
        *np.log(waves + 0.002),
    ]
    return OutlineFeatures(
        np.array(values), long / short, long, angle if width >= height else angle + 90
    )


def _waves(outline: Floats) -> Floats:
    """(HARMONICS - 1,) strengths, from 2 waves on, in the radius of an outline (n, 2) around 0."""
    radius = radii(outline, 128)
    strengths: Floats = np.abs(np.fft.rfft(radius / (radius.mean() + 1e-9))) / 64
    return strengths[2 : HARMONICS + 1]


@dataclass(frozen=True, slots=True, eq=False)
class ColorFeatures:
    """What the colours of a face measure under each of its L lights.

    Attributes:
        whole: (L, 11) of all of the body.
        parts: (L, 11) each, of the larger and of the smaller part that a cut across could separate.
        differ: (5,) how much the two parts differ, and how well one cut parts them.
    """

    whole: Floats
    parts: tuple[Floats, Floats]
    differ: Floats


def color_features(face: PillFace) -> ColorFeatures:
    """Measure the colours of a face; the likeliest light decides where it is cut."""
    linear, mask = _reduced(face)
    labs = [_under(light, linear) for light in face.lights]
    rows, columns = np.nonzero(_body(labs[0], mask))
    lit = [lab[rows, columns] for lab in labs]
    pixels = lit[0]  # (n, 3)
    points = np.stack([columns, rows], axis=1) - (columns.mean(), rows.mean())
    spread, axes = np.linalg.eigh(np.cov(points.T) + 1e-6 * np.eye(2))
    along = points @ axes[:, 1]
    place = (along - along.min()) / (np.ptp(along) + 1e-6)  # 0 … 1 along the long axis
    slices = np.stack([_slice(pixels, place, i / 20, (i + 1) / 20) for i in range(20)])  # (20, 3)
    errors = [
        np.abs(slices[:k] - np.median(slices[:k], axis=0)).sum()
        + np.abs(slices[k:] - np.median(slices[k:], axis=0)).sum()
        for k in range(5, 16)
    ]
    cut = 5 + int(np.argmin(errors))
    first, second = np.median(slices[:cut], axis=0), np.median(slices[cut:], axis=0)
    whole_error = np.abs(slices - np.median(slices, axis=0)).sum() + 1.0
    chroma = float(np.hypot(*(first - second)[1:]))
    differ = np.array(
        [
            np.log(np.linalg.norm(first - second) + 1),
            np.log(chroma + 1),
            min(errors) / whole_error,
            np.log(np.sqrt(spread[1] / max(spread[0], 1e-6))),
            abs(cut / 20 - 0.5),
        ]
    )
    before = place < cut / 20
    larger, smaller = (before, ~before) if cut >= 10 else (~before, before)
    return ColorFeatures(
        np.stack([_color_features(under) for under in lit]),
        (
            np.stack([_color_features(under[larger]) for under in lit]),
            np.stack([_color_features(under[smaller]) for under in lit]),
        ),
        differ,
    )


def _reduced(face: PillFace) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Crop, linear in the light, and mask, both `SIDE` pixels long."""
    scale = SIDE / max(face.mask.shape)
    crop = cv2.resize(face.crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(face.mask.astype(np.uint8), crop.shape[1::-1], interpolation=cv2.INTER_AREA)
    return (crop.astype(np.float32) / 255) ** 2.2, np.asarray(mask, np.uint8)


def _under(light: Rgb, linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lab of a crop from which a light is divided out."""
    neutral = linear / np.asarray(light, np.float32) ** 2.2
    lab = cv2.cvtColor(neutral.clip(0, 1) ** np.float32(1 / 2.2), cv2.COLOR_RGB2LAB)
    return np.asarray(lab, np.float32)


def _body(lab: NDArray[np.float32], mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where the body shows: not the rim, not ink, not a highlight."""
    depth = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    core = depth > 0.25 * depth.max()
    lightness = cv2.GaussianBlur(lab[:, :, 0], (0, 0), 1)
    smooth = cv2.medianBlur(lightness.clip(0, 100).astype(np.uint8), 21).astype(np.float32)
    even = np.abs(lightness - smooth) < 6  # letters, grooves and highlights stand out from it
    inside = core & even
    shown = inside if inside.sum() > 0.2 * core.sum() else core
    return np.asarray(shown, bool)


def _slice(pixels: NDArray[np.float32], place: Floats, start: float, stop: float) -> Floats:
    chosen = pixels[(place >= start) & (place <= stop)]
    return np.median(chosen if len(chosen) else pixels, axis=0).astype(float)


def _color_features(pixels: NDArray[np.float32]) -> Floats:
    """(11,) features of some Lab pixels, in which colour words are nearly linear."""
    light, a, b = np.median(pixels, axis=0) / (100, 50, 50)
    chroma = float(np.hypot(a, b))
    hue = np.arctan2(b, a)
    strength = np.tanh(4 * chroma)
    return np.array(
        [
            light, a, b, chroma, light**2, light * chroma, chroma**2,
            strength * np.cos(hue), strength * np.sin(hue),
            strength * np.cos(2 * hue), strength * np.sin(2 * hue),
        ]
    )  # fmt: skip


def score_features(face: PillFace, outline: OutlineFeatures) -> Floats:
    """(8,) how strong straight lines through the face are, and how they lie."""
    turn = np.asarray(  # takes the face, its long axis level, to a square of SIDE pixels
        cv2.getRotationMatrix2D(
            ((face.mask.shape[1] - 1) / 2, (face.mask.shape[0] - 1) / 2),
            outline.angle,
            (SIDE - 8) / outline.length,
        ),
        float,
    )
    turn[:, 2] += SIDE / 2 - 0.5 - (turn[:, :2] @ _middle(face.mask) + turn[:, 2])
    gray = cv2.cvtColor(face.crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    upright = cv2.warpAffine(gray, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    mask = cv2.warpAffine(face.mask.astype(np.uint8), turn, (SIDE, SIDE), flags=cv2.INTER_NEAREST)
    inside = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8)), np.uint8)
    relief = np.abs(upright - cv2.GaussianBlur(upright, (0, 0), 3)) * inside
    relief /= relief[inside > 0].mean() + 0.5 if inside.any() else 1.0
    strengths = np.stack([_profile(relief, inside, i * 180 / ANGLES) for i in range(ANGLES)])
    middle = strengths[:, SIDE // 2 - 3 : SIDE // 2 + 4].max(axis=1)  # (ANGLES,) through the centre
    best = int(middle.argmax())
    cross = middle[(best + ANGLES // 2) % ANGLES]
    thirds = [strengths[0, SIDE // 2 + side * SIDE // 6 - 4 :][:9].max() for side in (-1, 1)]
    return np.array(
        [
            middle[best], middle[0], cross, float(np.median(middle)), min(thirds),
            float(np.quantile(strengths, 0.98)), outline.values[0],
            middle[best] - np.sort(middle)[-4],
        ]
    )  # fmt: skip


def _middle(mask: NDArray[np.bool_]) -> Floats:
    rows, columns = np.nonzero(mask)
    return np.array([(columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2])


def _profile(relief: NDArray[np.float32], inside: NDArray[np.uint8], angle: float) -> Floats:
    """(SIDE,) share of each line across the face, turned by the angle, on which relief is seen."""
    turn = cv2.getRotationMatrix2D((SIDE / 2 - 0.5, SIDE / 2 - 0.5), angle, 1.0)
    seen = cv2.warpAffine(relief, turn, (SIDE, SIDE))
    within = cv2.warpAffine(inside.astype(np.float32), turn, (SIDE, SIDE))
    length = within.sum(axis=0)
    covered = (np.minimum(seen, 2.0) * (within > 0.5)).sum(axis=0)
    profile: Floats = np.where(length > 0.3 * length.max(), covered / (length + 4), 0.0)
    return profile
