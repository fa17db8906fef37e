"""Proposes closed outlines in a photo and tells how much each looks like a pill's edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from math import dist
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.results import Box
from rxmm.segmentation.edges import Contour, EdgeMap, Floats
from rxmm.segmentation.outline_shape import LARGEST, SMALLEST, notches, pill_likeness, plausible

Bytes = NDArray[np.uint8]
Picture = TypeVar("Picture", Bytes, Floats)

SEEDS = 24
"""Outlines that are pulled onto the edges around them."""

LEVELS = (4.0, 6.5, 10.0, 16.0, 25.0, 40.0)
"""Differences from the background, in Lab units, at which regions are cut out."""

EDGE_LEVELS = (5.0, 8.0, 13.0, 21.0)
"""Lab steps between neighbouring pixels that close a contour."""

SIZE_MATTERS = 0.25
"""Exponent of the area in the score: of nested outlines as good the larger one is the pill."""

UNLIKE = 14.0
"""Lab distance from which two colours are not those of two faces of one pill."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A closed outline that may be a pill.

    Attributes:
        contour: (n, 1, 2) int32, x and y.
        area: enclosed pixels.
        color: mean Lab inside.
        support: how sharp and closed the edge under the outline is, [0, 1].
        quality: how much it looks like a pill, [0, 1].
        score: quality, weighed by size.
        box: left, top, right, bottom; right and bottom excluded.
    """

    contour: Contour
    area: float
    color: tuple[float, ...]
    support: float
    quality: float
    score: float
    box: Box


def propose(lab: Floats, ground: Floats, edges: EdgeMap) -> list[Outline]:
    """All outlines that could be a pill, best first.

    Args:
        lab: (h, w, 3) float32, the photo in CIE Lab.
        ground: (h, w, 3) float32, what the background would look like everywhere.
        edges: of the same photo.
    """
    pieces = {
        part.tobytes(): part  # many masks have the same
        for mask in _masks(lab, ground)
        for contour in _contours(mask)
        for part in parts(contour)
        if plausible(part, mask.size)
    }
    if not pieces:
        return []
    ink = ink_of(lab)
    found = _judge(list(pieces.values()), edges, lab, ink)
    seeds = _distinct(found, SEEDS)
    bases = [o.contour for o in seeds] + [_circle(o) for o in seeds]
    snapped = [part for part in edges.snap(bases) if plausible(part, ink.size)]
    found += _judge(snapped, edges, lab, ink)
    found += _joined(_distinct(found, SEEDS), edges, lab, ink)
    return sorted(found, key=lambda outline: outline.score, reverse=True)


def _joined(outlines: list[Outline], edges: EdgeMap, lab: Floats, ink: Bytes) -> list[Outline]:
    """Two outlines of unlike colour with a common edge as closed as theirs: two-tone capsules."""
    pairs = [
        (hull, one, other)
        for one, other in combinations(outlines, 2)
        if max(covered(one.box, other.box), covered(other.box, one.box)) < 0.4
        and dist(one.color, other.color) > UNLIKE
        and _fill_together(hull := _hull(one, other), one, other)
    ]
    if not pairs:
        return []
    wholes = _judge(edges.snap([hull for hull, _, _ in pairs]), edges, lab, ink)
    return [
        replace(whole, score=1.01 * max(whole.score, *_scores_inside(whole, outlines)))
        for whole, (_, one, other) in zip(wholes, pairs, strict=True)
        if whole.support > (one.support + other.support) / 2 - 0.02
        and whole.quality > 0.6 * whole.support
        and plausible(whole.contour, ink.size)
    ]


def _scores_inside(whole: Outline, outlines: list[Outline]) -> list[float]:
    return [0.0, *(o.score for o in outlines if covered(o.box, whole.box) > 0.85)]


def _hull(one: Outline, other: Outline) -> Contour:
    hull: Contour = cv2.convexHull(np.concatenate([one.contour, other.contour]))
    return hull


def _fill_together(hull: Contour, one: Outline, other: Outline) -> bool:
    return 0.8 < (one.area + other.area) / max(cv2.contourArea(hull), 1.0) < 1.1


def _distinct(outlines: list[Outline], most: int) -> list[Outline]:
    """The best outlines, near copies left out."""
    kept: list[Outline] = []
    for outline in sorted(outlines, key=lambda o: o.score, reverse=True):
        if all(
            covered(outline.box, o.box) < 0.85 or covered(o.box, outline.box) < 0.85 for o in kept
        ):
            kept.append(outline)
            if len(kept) == most:
                break
    return kept


def covered(box: Box, other: Box) -> float:
    """Share of ``box`` that lies inside ``other``."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0) / ((box[2] - box[0]) * (box[3] - box[1]))


def _circle(outline: Outline) -> Contour:
    left, top, right, bottom = outline.box
    radius = np.sqrt(outline.area / np.pi)
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x, y = (left + right) / 2 + radius * np.cos(turn), (top + bottom) / 2 + radius * np.sin(turn)
    return np.round(np.stack([x, y], axis=1)).astype(np.int32)[:, None]


def _masks(lab: Floats, ground: Floats) -> Iterator[Bytes]:
    """Regions that differ from the background in some way, and regions enclosed by edges."""
    difference = lab - ground
    light = difference[:, :, 0]
    chroma = np.hypot(difference[:, :, 1], difference[:, :, 2])
    cues = (
        np.hypot(light, chroma),  # whatever differs
        np.hypot(np.maximum(light, 0), chroma),  # shadows left out
        light,
        -light,
        chroma * 1.5,
    )
    size = max(lab.shape)
    discs = [disc(max(1, round(size * share))) for share in (0.004, 0.012)]
    seams = _seams(lab, 0.012, 5)
    for cue in cues:
        for level in LEVELS:
            mask = (cue > level).astype(np.uint8)
            if not mask.any():
                break  # nothing differs by more
            for opener in discs:
                yield cv2.morphologyEx(mask, cv2.MORPH_OPEN, opener)
            yield cv2.morphologyEx(mask & ~seams, cv2.MORPH_OPEN, discs[0])
    step = strongest_channel(cv2.morphologyEx(lab, cv2.MORPH_GRADIENT, disc(1)))
    for level in EDGE_LEVELS:
        closed = cv2.morphologyEx((step > level).astype(np.uint8), cv2.MORPH_CLOSE, discs[0])
        yield cv2.morphologyEx(_fill(closed), cv2.MORPH_OPEN, discs[1])


def _seams(lab: Floats, width: float, depth: float) -> Bytes:
    """(h, w) 1 on lines darker than both sides: ink, ruler marks, the gap of touching pills."""
    light = lab[:, :, 0]
    wide = disc(max(2, round(width * max(light.shape))))
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, wide) > depth
    return np.asarray(ink, dtype=np.uint8)


def ink_of(lab: Floats) -> Bytes:
    """(h, w) 1 on the strokes of digits and letters."""
    return _seams(lab, 0.008, 15)


def inside(contour: Contour) -> Bytes:
    """(h, w) 1 inside the contour, in its box."""
    x, y, w, h = cv2.boundingRect(contour)
    filled = cv2.drawContours(np.zeros((h, w), np.uint8), [contour - (x, y)], -1, 1, -1)
    return np.asarray(filled, dtype=np.uint8)


def strongest_channel(picture: Picture) -> Picture:
    """(h, w) the greatest value of the channels of (h, w, 3) at each pixel.

    ``max(axis=2)`` is far slower, since NumPy's inner loop runs over three values.
    """
    strongest: Picture = reduce(cv2.max, cv2.split(picture))
    return strongest


def disc(radius: int) -> Bytes:
    """A disc to open and close shapes with."""
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)


def _fill(mask: Bytes) -> Bytes:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, 1, -1)
    return filled


def _contours(mask: Bytes) -> Iterator[Contour]:
    """Outer contours of a size and proportion that a pill, or a touching pair, may have."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        area = cv2.contourArea(contour)
        if SMALLEST * mask.size <= area <= LARGEST * mask.size:
            yield contour


def parts(contour: Contour, depth: int = 2) -> Iterator[Contour]:
    """The contour itself, and its parts when notches on two sides suggest that pills touch."""
    yield contour
    cut = notches(contour) if depth else None
    if cut is None:
        return
    first, second = cut
    for part in (
        contour[first : second + 1],
        np.concatenate([contour[second:], contour[: first + 1]]),
    ):
        yield from parts(part, depth - 1)


def _judge(contours: list[Contour], edges: EdgeMap, lab: Floats, ink: Bytes) -> list[Outline]:
    if not contours:
        return []
    support = edges.support(contours)
    return [_outline(c, float(s), lab, ink) for c, s in zip(contours, support, strict=True)]


def _outline(contour: Contour, support: float, lab: Floats, ink: Bytes) -> Outline:
    area = cv2.contourArea(contour)
    x, y, w, h = cv2.boundingRect(contour)
    filled = inside(contour)
    inked = cv2.mean(ink[y : y + h, x : x + w], filled)[0]
    color = cv2.mean(lab[y : y + h, x : x + w], filled)[:3]
    text = float(np.clip((0.55 - inked) / 0.2, 0.0, 1.0))  # a digit is mostly ink
    quality = support * text * pill_likeness(contour)
    score = quality * (area / ink.size) ** SIZE_MATTERS
    return Outline(contour, area, color, support, quality, score, (x, y, x + w, y + h))
