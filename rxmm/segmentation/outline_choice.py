"""Chooses the faces of a pill among proposed outlines."""

from __future__ import annotations

from itertools import combinations
from math import dist

from rxmm.segmentation.outlines import UNLIKE, Outline, covered

MIN_QUALITY = 0.35
"""Least quality of an outline that passes for a pill."""

PAIR_BONUS = 2.2
"""Two faces alike are taken rather than one that scores up to so many times better."""

ALSO = 0.8
"""Further faces are taken that score at least so much of the first."""

PAIRED = 80
"""Outlines of which any two may be a pair."""


def choose(outlines: list[Outline]) -> list[Outline]:
    """The best pill or the best two alike, and whatever is as good and alike, without overlaps."""
    good = [outline for outline in outlines if outline.quality >= MIN_QUALITY]
    if not good:
        return []
    chosen = _best_pair(good, good[0].score / PAIR_BONUS) or [good[0]]
    for outline in good:
        if outline.score < ALSO * chosen[0].score:
            break
        if _similar(outline, chosen[0]) and apart(outline, chosen):
            chosen.append(outline)
    return sorted(chosen, key=lambda outline: outline.box[:2])


def pairs(outlines: list[Outline]) -> list[tuple[Outline, Outline]]:
    """Any two of the first outlines that are alike in size and colour and lie apart."""
    return [
        (one, other)
        for one, other in combinations(outlines[:PAIRED], 2)
        if _similar(one, other) and dist(one.color, other.color) < UNLIKE and apart(one, [other])
    ]


def apart(outline: Outline, others: list[Outline]) -> bool:
    """Whether the outline overlaps none of the others by much."""
    return all(max(covered(outline.box, o.box), covered(o.box, outline.box)) < 0.2 for o in others)


def _best_pair(outlines: list[Outline], least: float) -> list[Outline]:
    """Two outlines alike of a mean score over ``least``; else nothing."""
    rated = [((one.score + other.score) / 2, [one, other]) for one, other in pairs(outlines)]
    for score, pair in sorted(rated, key=lambda each: each[0], reverse=True):
        if score < least:
            break
        if not any(_one_pill(pair, outline) for outline in outlines[:PAIRED]):
            return pair
    return []


def _one_pill(pair: list[Outline], whole: Outline) -> bool:
    """Whether ``whole`` holds the two and is better than they are: they are parts of its face."""
    return (
        sum(o.area for o in pair) > 0.3 * whole.area
        and whole.quality > 1.1 * sum(o.quality for o in pair) / 2
        and all(covered(o.box, whole.box) > 0.9 for o in pair)
    )


def _similar(one: Outline, other: Outline) -> bool:
    """Whether two outlines are of a size that both faces of one pill may have."""
    return 0.85 < one.area / other.area < 1.18
