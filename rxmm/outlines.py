"""Proposes closed outlines in a photo and tells how much each looks like a pill's edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from rxmm.edges import Contour, EdgeMap, Floats
from rxmm.results import Box

Bytes = NDArray[np.uint8]

SEEDS = 24
"""Outlines that are pulled onto the edges around them."""

LEVELS = (4.0, 6.5, 10.0, 16.0, 25.0, 40.0)
"""Differences from the background, in Lab units, at which regions are cut out."""

EDGE_LEVELS = (5.0, 8.0, 13.0, 21.0)
"""Lab steps between neighbouring pixels that close a contour."""

SMALLEST, LARGEST = 0.0012, 0.97
"""Share of the photo that a pill may cover."""

LONGEST = 4.2
"""Longest over shortest extent of a pill; capsules reach 3.3."""


SIZE_MATTERS = 0.25
"""Exponent of the area in the score: of nested outlines as good the larger one is the pill."""

UNLIKE = 14.0
"""Lab distance from which two colours are not those of two faces of one pill."""

_POWERS = np.geomspace(1.0, 16.0, 24)
_FILLINGS = gamma(1 + 1 / _POWERS) ** 2 / gamma(1 + 2 / _POWERS)
"""Share of its box that a superellipse of each power fills: 1 a diamond, 2 an ellipse."""


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


def propose(lab: Floats, ground: Floats, rim: int) -> list[Outline]:
    """All outlines that could be a pill, best first.

    Args:
        lab: (h, w, 3) float32, the photo in CIE Lab.
        ground: (h, w, 3) float32, what the background would look like everywhere.
        rim: width in pixels of the photo's rim, where no edge is believed.
    """
    parts = [
        part
        for mask in _masks(lab, ground)
        for contour in _contours(mask)
        for part in _parts(contour)
        if _plausible(part, mask.size)
    ]
    if not parts:
        return []
    edges, ink = EdgeMap(lab, rim), _seams(lab, 0.008, 15)
    found = _judge(parts, edges, lab, ink)
    seeds = _distinct(found, SEEDS)
    bases = [o.contour for o in seeds] + [_circle(o) for o in seeds]
    snapped = [part for part in edges.snap(bases) if _plausible(part, ink.size)]
    found += _judge(snapped, edges, lab, ink)
    found += _joined(_distinct(found, SEEDS), edges, lab, ink)
    return sorted(found, key=lambda outline: outline.score, reverse=True)


def _joined(outlines: list[Outline], edges: EdgeMap, lab: Floats, ink: Bytes) -> list[Outline]:
    """Two outlines of unlike colour with a common edge as closed as theirs: two-tone capsules."""
    pairs = [
        (hull, one, other)
        for one, other in combinations(outlines, 2)
        if max(covered(one.box, other.box), covered(other.box, one.box)) < 0.4
        and np.linalg.norm(np.subtract(one.color, other.color)) > UNLIKE
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
        and _plausible(whole.contour, ink.size)
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
    discs = [_disc(max(1, round(size * share))) for share in (0.004, 0.012)]
    seams = _seams(lab, 0.012, 5)
    for cue in cues:
        for level in LEVELS:
            mask = (cue > level).astype(np.uint8)
            for disc in discs:
                yield cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
            yield cv2.morphologyEx(mask & ~seams, cv2.MORPH_OPEN, discs[0])
    step = cv2.morphologyEx(lab, cv2.MORPH_GRADIENT, _disc(1)).max(axis=2)
    for level in EDGE_LEVELS:
        closed = cv2.morphologyEx((step > level).astype(np.uint8), cv2.MORPH_CLOSE, discs[0])
        yield cv2.morphologyEx(_fill(closed), cv2.MORPH_OPEN, discs[1])


def _seams(lab: Floats, width: float, depth: float) -> Bytes:
    """(h, w) 1 on lines darker than both sides: ink, ruler marks, the gap of touching pills."""
    light = lab[:, :, 0]
    disc = _disc(max(2, round(width * max(light.shape))))
    ink = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc) > depth
    return np.asarray(ink, dtype=np.uint8)


def _disc(radius: int) -> Bytes:
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


def _parts(contour: Contour, depth: int = 2) -> Iterator[Contour]:
    """The contour itself, and its parts when notches on two sides suggest that pills touch."""
    yield contour
    cut = _notches(contour) if depth else None
    if cut is None:
        return
    first, second = cut
    for part in (
        contour[first : second + 1],
        np.concatenate([contour[second:], contour[: first + 1]]),
    ):
        yield from _parts(part, depth - 1)


def _notches(contour: Contour) -> tuple[int, int] | None:
    """Positions on the contour between which a cut would part two pills of similar size."""
    area = cv2.contourArea(contour)
    least = max(1.5, 0.07 * float(np.sqrt(area / np.pi)))
    deep = sorted(position for position, depth in _defects(contour) if depth > least)
    cuts = [
        (float(np.linalg.norm(contour[first, 0] - contour[second, 0])), first, second)
        for first, second in combinations(deep, 2)
        if 0.25 < cv2.contourArea(contour[first : second + 1]) / max(area, 1.0) < 0.75
    ]
    return min(cuts)[1:] if cuts else None


def _defects(contour: Contour) -> list[tuple[int, float]]:
    """Position on the contour and depth in pixels of each notch against the convex hull."""
    hull = cv2.convexHull(contour, returnPoints=False)
    if len(hull) < 4:
        return []
    try:
        defects = cv2.convexityDefects(contour, np.sort(hull.reshape(-1, 1), axis=0)[::-1])
    except cv2.error:  # a contour that touches itself
        return []
    if defects is None:
        return []
    return [(int(far), depth / 256.0) for _, _, far, depth in defects.reshape(-1, 4)]


def _plausible(contour: Contour, pixels: int) -> bool:
    """Whether size, proportion and convexity are those of a pill."""
    area = cv2.contourArea(contour)
    if not SMALLEST * pixels <= area <= LARGEST * pixels:
        return False
    _, sides, _ = cv2.minAreaRect(contour)
    shortest, longest = min(sides) + 1, max(sides) + 1
    return bool(
        longest <= LONGEST * shortest
        and 0.45 < area / (shortest * longest) < 0.99
        and area / max(cv2.contourArea(cv2.convexHull(contour)), 1.0) > 0.86
    )


def _judge(contours: list[Contour], edges: EdgeMap, lab: Floats, ink: Bytes) -> list[Outline]:
    if not contours:
        return []
    support = edges.support(contours)
    return [_outline(c, float(s), lab, ink) for c, s in zip(contours, support, strict=True)]


def _outline(contour: Contour, support: float, lab: Floats, ink: Bytes) -> Outline:
    area = cv2.contourArea(contour)
    radius = np.sqrt(area / np.pi)
    notch = max((depth for _, depth in _defects(contour)), default=0.0) / radius
    x, y, w, h = cv2.boundingRect(contour)
    inside = cv2.drawContours(np.zeros((h, w), np.uint8), [contour - (x, y)], -1, 1, -1)
    inked = float(ink[y : y + h, x : x + w][inside > 0].mean())
    color = cv2.mean(lab[y : y + h, x : x + w], inside)[:3]
    quality = (
        support
        * float(np.exp(-((notch / 0.15) ** 2)))
        * max(0.4, 1.0 - 2.0 * _lopsided(contour))
        * float(np.exp(-((_misfit(contour) / 0.12) ** 2)))
        * float(np.clip((_rounding(contour) - 0.02) / 0.04, 0.0, 1.0))
        * float(np.clip((0.55 - inked) / 0.2, 0.0, 1.0))
    )
    score = quality * (area / ink.size) ** SIZE_MATTERS
    return Outline(contour, area, color, support, quality, score, (x, y, x + w, y + h))


def _rounding(contour: Contour) -> float:
    """Mean gap between the box's corners and the outline over the short side: a circle 0.2."""
    box = cv2.minAreaRect(contour)
    corners = cv2.boxPoints(box)  # (4, 2)
    gaps = np.linalg.norm(contour[None, :, 0] - corners[:, None], axis=2).min(axis=1)
    return float(gaps.mean() / (min(box[1]) + 1))


def _lopsided(contour: Contour) -> float:
    """Mean difference of opposite radii over the mean radius: half a capsule 0.2, a whole one 0."""
    moments = cv2.moments(contour)
    center = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    x, y = (contour[:, 0] - center).T
    angle = np.arctan2(y, x)
    order = np.argsort(angle)
    grid = np.linspace(-np.pi, np.pi, 64, endpoint=False)
    radius = np.interp(grid, angle[order], np.hypot(x, y)[order], period=2 * np.pi)
    return float(np.abs(radius - np.roll(radius, 32)).mean() / radius.mean())


def _misfit(contour: Contour) -> float:
    """Mean distance from the superellipse of the same box and area, in half box sides."""
    (cx, cy), (w, h), angle = cv2.minAreaRect(contour)
    turn = np.deg2rad(angle)
    points = contour[:: max(1, len(contour) // 64), 0] - (cx, cy)
    u = np.abs(points @ (np.cos(turn), np.sin(turn))) * 2 / (w + 1)
    v = np.abs(points @ (-np.sin(turn), np.cos(turn))) * 2 / (h + 1)
    filling = cv2.contourArea(contour) / ((w + 1) * (h + 1))
    power = np.interp(filling, _FILLINGS, _POWERS)
    radius = (u**power + v**power) ** (1 / power)
    return float(np.abs(radius - 1).mean())
