"""Outlines by what networks take for pills, where edges and networks disagree.

Edges alone find the grain of wood, the lines of paper, rulers and captions instead of faint pills,
two pills that touch as one, and pills with their shadows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from rxmm.results import MAX_FACES
from rxmm.segmentation.capsule_halves import joined
from rxmm.segmentation.edges import Contour, EdgeMap, Floats
from rxmm.segmentation.outline_shape import enclosed, end_to_end, in_order, pill_likeness, plausible
from rxmm.segmentation.outlines import Bytes, parts

LEVELS = (0.5, 0.7, 0.9)
"""Probabilities of a pill at which regions are cut out: shadows join them at the lower ones."""
AGREEING = 0.22
"""Overlap with the map from which outlines are left as they are: right ones reach 0.28 even where
the map is poor, rulers and captions 0.17."""
ALIKE = 0.7
"""Least area of one face over that of the other, on so coarse a map."""

CLEAR, CLOSER = 0.8, 0.15
"""Least overlap of the map's own two with the map, and least by which it exceeds that of two that
were found, to take their place."""
FILLED = 0.94
"""Share of the outline around both that two halves of a capsule fill on the map: two discs 0.88."""
TINY = 0.0002
"""Least share of a photograph by hand that a region may cover: what edges alone find so small are
specks."""
MOST = 8
"""Most outlines alike, halves of capsules among them, that may be pills: a pattern has dozens."""
CERTAIN = 0.3
"""On any ground, least overlap of the map's own outlines with the map: on an empty table 0.14."""
SUPPORT, NEARER = 0.5, 0.05
"""There, what the edge under outlines counts for beside their overlap with the map, and least by
which both together exceed those of others to take their place."""
SURE = 1.3
"""Both together from which the map's own outlines need no others beside them: of 237 on the tuning
part's by phone five share less than 0.95 of their extent with what edges alone find."""
LIKE_A_PILL = 0.6
"""Least `pill_likeness` of each of these: 0.53 at most of two that touch, more of 99% of others."""
SAME = 0.45
"""Least overlap of an outline from near with that on the whole photo, to be of the same face."""


def by_map(likely: Floats, edges: EdgeMap) -> list[Contour]:
    """The map's own outlines, on the edges around them: at the level that fits best.

    Args:
        likely: (h, w) probability of a pill on a photograph by hand, which may show up to `MOST`.
        edges: of the photograph, in the same pixels.
    """
    masks = [(likely > level).astype(np.uint8) for level in LEVELS]
    regions = [[one for one in _regions(mask) if plausible(one, mask.size, TINY)] for mask in masks]
    alike = [_as_large(several) for several in regions if several]
    whole = [joined(several) for several in alike if len(several) <= MOST]
    own = [each for each in map(edges.snap, whole) if overlap(each, likely) > CERTAIN]
    best = max(own, key=lambda each: fit(each, likely, edges), default=None)
    return in_order(best) if best else []


def is_sure(own: list[Contour], likely: Floats, edges: EdgeMap) -> bool:
    """Whether the map's own outlines need no others beside them: they fit and have a pill's shape.

    Args:
        own, likely, edges: see `by_map`.
    """
    return fit(own, likely, edges) > SURE and min(map(pill_likeness, own)) > LIKE_A_PILL


def fit(outlines: list[Contour], likely: Floats, edges: EdgeMap) -> float:
    """How near outlines are to a map, and how sharp the edge under them, [0, 1 + `SUPPORT`]; 0
    without any."""
    support = float(edges.support(outlines).mean()) if outlines else 0.0
    return overlap(outlines, likely) + SUPPORT * support


def recognized(
    own: list[Contour], found: list[Contour], likely: Floats, edges: EdgeMap
) -> list[Contour]:
    """The outlines that edges alone found, or the map's own where those fit clearly better.

    Args:
        own: see `by_map`.
        found: outlines in pixels of the map.
        likely, edges: see `by_map`.
    """
    found = found if len(found) <= MOST else []
    return own if fit(own, likely, edges) > fit(found, likely, edges) + NEARER else found


def mended(found: list[Contour], likely: Floats) -> list[Contour]:
    """The outlines that were found, or the map's own two where those are far from the map.

    Args:
        found: outlines in pixels of the map.
        likely: (h, w) probability of a pill, see `rxmm.segmentation.pill_map`.
    """
    choices = [] if overlap(found, likely) >= AGREEING else _pairs(likely)
    return _nearest([found, *choices], likely)


def nearer(found: list[Contour], near: Floats) -> list[Contour]:
    """The outlines, or the map's own two where those are nearer to it: clearly, if two were found.

    A single outline is around two pills that touch, or of one of the two; two may have a shadow.
    Within what the map sees they are believed: edges tell more exactly where a pill ends.

    Args:
        found: outlines in pixels of the map.
        near: (h, w) probability of a pill, from near.
    """
    # Halves of a capsule lie end to end; so do two round pills, with a deeper waist.
    pairs = [pair for pair in _pairs(near) if not end_to_end(pair[0], pair[1], FILLED)]
    own = _nearest([found, *pairs], near)
    if len(found) != MAX_FACES:
        return own
    fit = overlap(own, near)
    clearly = fit >= CLEAR and fit >= overlap(found, near) + CLOSER
    return own if clearly and not _within(found, own, near.shape) else found


def _within(contours: list[Contour], others: list[Contour], shape: tuple[int, ...]) -> bool:
    """Whether nearly all that the outlines enclose lies inside the others."""
    inner, outer = enclosed(contours, shape), enclosed(others, shape)
    return bool((inner & outer).sum() > 0.95 * inner.sum())


def _nearest(choices: list[list[Contour]], likely: Floats) -> list[Contour]:
    return max(choices, key=lambda outlines: overlap(outlines, likely))


def overlap(contours: Sequence[Contour], likely: Floats) -> float:
    """Shared over joint extent of what the outlines enclose and what is likely a pill, [0, 1]."""
    covered = enclosed(contours, likely.shape)
    joint = np.maximum(covered, likely).sum()
    return float(np.minimum(covered, likely).sum() / max(joint, 1e-6))


def closer(before: Contour, found: Sequence[Contour], shape: tuple[int, ...]) -> Contour:
    """Of outlines found from near that of the same face as one from far; that one without any.

    Args:
        before: the one from far, in pixels of the picture from near, as the others.
        shape: (h, w) of that picture.
    """
    was = enclosed([before], shape).astype(np.float32)
    nearest = max(found, key=lambda each: overlap([each], was), default=before)
    return nearest if overlap([nearest], was) > SAME else before


def mean_inside(contour: Contour, likely: Floats) -> float:
    """Mean probability of a pill inside an outline."""
    return float(likely[enclosed([contour], likely.shape) > 0].mean())


def _pairs(likely: Floats) -> list[list[Contour]]:
    """Two outlines by the map, at each level at which there are two."""
    found = [_pair((likely > level).astype(np.uint8)) for level in LEVELS]
    return [pair for pair in found if pair]


def _pair(mask: Bytes) -> list[Contour]:
    """The two largest regions, if they are alike; a region of two that touch counts as two."""
    pieces: list[Contour] = []
    for region in _regions(mask):
        whole, *split = parts(region)
        pieces += split[:2] or [whole]
    alike = _as_large([piece for piece in pieces if plausible(piece, mask.size)])[:2]
    return in_order(alike) if len(alike) == 2 else []


def _regions(mask: Bytes) -> Sequence[Contour]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return contours


def _as_large(contours: Iterable[Contour]) -> list[Contour]:
    """Those nearly as large as the largest, that first, without the dents that a map has."""
    ordered = sorted(contours, key=cv2.contourArea, reverse=True)
    areas = [cv2.contourArea(contour) for contour in ordered]
    return [
        cv2.convexHull(contour)
        for contour, area in zip(ordered, areas, strict=True)
        if area >= ALIKE * areas[0]
    ]
