"""How an imprint is arranged on a face: lines, arcs, beside score lines, on capsule halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rxmm.render.layout import CAP_HEIGHT, Lettering, Path, Run, inside, natural_width, place
from rxmm.render.shapes import Outline

Rng = np.random.Generator

_ROUNDISH = 0.75  # half height over half width from which lines are stacked rather than queued


@dataclass(frozen=True, slots=True)
class Groove:
    """A score line: a straight groove at ``offset`` from the centre, running along ``angle``."""

    angle: float
    offset: float
    width: float
    depth: float


@dataclass(frozen=True, slots=True)
class _Slot:
    """Room for one run: centre, half extents and direction of the text."""

    x: float
    y: float
    half_width: float
    half_height: float
    angle: float = 0.0


def arrange(
    tokens: Sequence[str],
    outline: Outline,
    grooves: Sequence[Groove],
    lettering: Lettering,
    rng: Rng,
) -> list[Run]:
    """Runs for the tokens of one tablet face, all inside the outline."""
    if not tokens:
        return []
    half_width, half_height = outline.half_size
    roundish = half_height / half_width > _ROUNDISH
    if not grooves and roundish and outline.inner_radius > 0.9 and rng.random() < 0.14:
        return _arcs(tokens, outline, lettering, rng)
    if grooves:
        slots = _beside_grooves(len(tokens), outline, grooves, rng)
    elif roundish or (len(tokens) > 1 and rng.random() < 0.25):
        slots = _stacked(len(tokens), outline, rng)
    else:
        slots = _queued(tokens, outline, rng)
    if not grooves and len(tokens) == 1 and rng.random() < (0.05 if roundish else 0.03):
        slots = [replace(slots[0], angle=-np.pi / 2)]  # reads upwards
    return [
        run
        for token, slot in zip(tokens, slots, strict=False)
        if (run := _fit(token, slot, outline, lettering, rng)) is not None
    ]


def arrange_capsule(
    tokens: Sequence[str], outline: Outline, lettering: Lettering, rng: Rng
) -> list[Run]:
    """Runs for a capsule, in coordinates unrolled from its round body.

    Along the axis, one or two lines on each half; or around the body.  The whole print may have
    rolled partly out of sight.
    """
    if not tokens:
        return []
    half_height = outline.half_size[1]
    around = rng.random() < 0.25
    roll = rng.normal(0, 0.35) * half_height if rng.random() < 0.5 else 0.0
    halves = [list(tokens), list(tokens)]
    if len(tokens) > 1 and rng.random() < 0.6:
        cut = int(rng.integers(1, len(tokens)))
        halves = [list(tokens[:cut]), list(tokens[cut:])]
    elif rng.random() < 0.5:
        halves[int(rng.integers(2))] = []
    center, reach = 0.40, 0.30  # of one half: middle, and half the length free for print
    runs = []
    for side, half in zip((-1, 1), halves, strict=True):
        count = len(half)
        for index, token in enumerate(half):
            row = (index - (count - 1) / 2) / max(count, 1)
            if around:
                slot = _Slot(
                    side * center + row * 2 * reach,
                    roll,
                    1.1 * half_height,
                    reach / count,
                    np.pi / 2,
                )
            else:
                height = min(rng.uniform(0.2, 0.5), 0.8 / count) * half_height
                slot = _Slot(side * center, roll + row * 1.6 * half_height, reach, height)
            runs.append(_set(token, slot, lettering, rng.uniform(0.55, 1.0)))
    return runs


def _set(token: str, slot: _Slot, lettering: Lettering, fill: float) -> Run:
    """The token as large as ``fill`` of its slot allows."""
    em = fill * min(
        2 * slot.half_width / natural_width(token, lettering), 2 * slot.half_height / CAP_HEIGHT
    )
    return place(token, lettering, em, Path((slot.x, slot.y), slot.angle))


def _fit(token: str, slot: _Slot, outline: Outline, lettering: Lettering, rng: Rng) -> Run | None:
    """As `_set`, made smaller until it lies inside; None when even tiny letters do not."""
    fill = rng.uniform(0.75, 1.0)
    for _ in range(10):
        run = _set(token, slot, lettering, fill)
        if inside(run.corners, outline, 0.06):
            return run
        fill *= 0.85
    return None


def _stacked(count: int, outline: Outline, rng: Rng) -> list[_Slot]:
    """Lines below each other around the middle."""
    half_width, half_height = outline.half_size
    cap = min(half_height, 1.2 * half_width) * rng.uniform(*_CAP_RANGE[min(count, 4)])
    weights = rng.uniform(0.75, 1.25, count) if rng.random() < 0.3 else np.ones(count)
    heights = cap * weights
    gap = cap * rng.uniform(0.25, 0.7)
    total = heights.sum() + gap * (count - 1)
    shrink = min(1.0, 1.7 * half_height / total)
    top = np.cumsum(heights + gap) - heights - gap
    middle = (top + heights / 2 - total / 2) * shrink
    width = half_width * rng.uniform(0.55, 0.88)
    return [
        _Slot(0.0, float(y), width, float(h * shrink) / 2)
        for y, h in zip(middle, heights, strict=True)
    ]


_CAP_RANGE = {1: (0.36, 1.15), 2: (0.32, 0.66), 3: (0.27, 0.45), 4: (0.2, 0.34)}
"""Height of capitals over the face's half height, by the number of lines."""


def _queued(tokens: Sequence[str], outline: Outline, rng: Rng) -> list[_Slot]:
    """Tokens beside each other along the long axis, room shared by their length."""
    half_width, half_height = outline.half_size
    shares = np.array([len(token) + 0.8 for token in tokens])
    room = half_width * (rng.uniform(0.75, 0.9) if len(tokens) > 1 else rng.uniform(0.4, 0.85))
    width = 2 * room * shares / shares.sum()
    left = np.cumsum(width) - width - room
    cap = half_height * rng.uniform(0.4, 0.6)
    free = 0.85 if len(tokens) > 1 else 1.0
    return [
        _Slot(float(x + w / 2), 0.0, float(free * w / 2), cap)
        for x, w in zip(left, width, strict=True)
    ]


def _beside_grooves(
    count: int, outline: Outline, grooves: Sequence[Groove], rng: Rng
) -> list[_Slot]:
    """One slot in each part that the score lines leave, in reading order; several where needed."""
    half_width, half_height = outline.half_size
    if len(grooves) == 2 and grooves[0].angle != grooves[1].angle:  # quarters
        places = [(-0.4, -0.4), (0.4, -0.4), (-0.4, 0.4), (0.4, 0.4)]
        parts = [(x * half_width, y * half_height, 0.24, 0.24) for x, y in places]
    elif grooves[0].angle == 0:  # a horizontal score: above and below
        y = rng.uniform(0.38, 0.52) * half_height
        parts = [(0.0, -y, 0.7 * half_width, 0.3 * half_height)]
        parts.append((0.0, y, 0.7 * half_width, 0.3 * half_height))
    else:  # upright scores: beside each other
        edges = [-0.92 * half_width, *sorted(g.offset for g in grooves), 0.92 * half_width]
        height = min(0.6 * half_height, 0.45 * half_width)
        parts = [((a + b) / 2, 0.0, 0.37 * (b - a), height) for a, b in pairwise(edges)]
    per_part = -(-count // len(parts))
    if count < len(parts):  # a part may stay empty
        first = int(rng.integers(len(parts) - count + 1))
        parts = parts[first : first + count]
    return [
        _Slot(x, y + (2 * row + 1 - per_part) * h / per_part, w, 0.85 * h / per_part)
        for x, y, w, h in parts
        for row in range(per_part)
    ]


def _arcs(tokens: Sequence[str], outline: Outline, lettering: Lettering, rng: Rng) -> list[Run]:
    """First token along the upper rim, second along the lower rim, a third in the middle."""
    cap = rng.uniform(0.22, 0.34)
    radius = outline.inner_radius * rng.uniform(0.86, 0.92) - cap / 2
    em = cap / CAP_HEIGHT
    runs = []
    below_outward = rng.random() < 0.3  # the lower text upside down, as if the pill were turned
    for token, below in zip(tokens[:2], (False, True), strict=False):
        loose = replace(lettering, tracking=lettering.tracking + rng.uniform(0.0, 0.6))
        spread = natural_width(token, loose) * em / radius
        size = em * min(1.0, 2.6 / spread)
        inward = below and not below_outward
        path = Path((0.0, 0.0), np.pi / 2 if below else -np.pi / 2, -radius if inward else radius)
        runs.append(place(token, loose, size, path))
    if len(tokens) > 2:
        slot = _Slot(0.0, 0.0, 0.45 * radius, 0.5 * cap)
        runs.append(_set(tokens[2], slot, lettering, 1.0))
    return runs
