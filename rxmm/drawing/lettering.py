"""The imprint of a drawn face: as large as the outline and the score lines leave room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rxmm.render.arrange import Groove
from rxmm.render.shapes import SPAN, TEXTURE, Outline
from rxmm.results import Rgb

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]

_EM = 100  # size at which text is measured, pixels
_LARGEST, _TALLEST = 0.8, 1.25  # em, face units and half heights: a letter does not fill a pill
_LEADING = 1.05  # from baseline to baseline, em
_EDGE = 0.08  # least distance to the outline, face units
_STEPS = 11  # middles tried along each axis
_FILL = 0.88  # of the room found
_LUMA = np.array([0.3, 0.59, 0.11], np.float32)
_AROUND = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
_SAMPLES = 9  # along a line's upper and lower edge, for outlines that are not convex


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: its ink is centred on (x, y); lengths in face units."""

    text: str
    x: float
    y: float
    em: float


@dataclass(frozen=True, slots=True)
class _Part:
    """A rectangle that score lines leave; text stays inside."""

    left: float
    top: float
    right: float
    bottom: float


def arrange(tokens: Sequence[str], outline: Outline, grooves: Sequence[Groove]) -> list[Line]:
    """Lines for the words of one face, in reading order, inside the outline."""
    words = " ".join(tokens).split()
    parts = _parts(outline, grooves)[: len(words)]
    if not words:
        return []
    cuts = np.linspace(0, len(words), len(parts) + 1).round().astype(int)
    shares = [words[a:b] for a, b in pairwise(cuts)]
    return [
        line
        for own, part in zip(shares, parts, strict=True)
        for line in _largest(own, outline, part)
    ]


def ink_mask(lines: Sequence[Line], size: tuple[int, int], radius: float) -> Pixels:
    """How much of each pixel the text covers, (H, W) in [0, 1].

    Args:
        size: (width, height), the pill's middle in its middle.
        radius: pixels per face unit.
    """
    picture = Image.new("L", size)
    draw = ImageDraw.Draw(picture)
    for line in lines:
        font = ImageFont.load_default(max(line.em * radius, 1))
        left, top, right, bottom = font.getbbox(line.text, anchor="ls")
        at = (
            size[0] / 2 + line.x * radius - (left + right) / 2,
            size[1] / 2 + line.y * radius - (top + bottom) / 2,
        )
        draw.text(at, line.text, 255, font, anchor="ls")
    return np.asarray(picture, np.float32) / np.float32(255)


def printed(face: Pixels, mask: Pixels, ink: Rgb) -> Pixels:
    """The face (H, W, 3), sRGB in [0, 1], with text in that ink; edged where it hardly shows."""
    color = np.asarray(ink, np.float32)
    tone = float(color @ _LUMA)
    around = np.max([np.roll(mask, shift, (0, 1)) for shift in _AROUND], axis=0) - mask
    hidden = (1 - np.abs(face @ _LUMA - tone) / 0.4).clip(0, 1)
    face = _mixed(face, np.float32(tone < 0.5), 0.6 * hidden * around.clip(0))
    return _mixed(face, color, 0.92 * mask)


def pressed(face: Pixels, mask: Pixels, height: int, radius: float) -> Pixels:
    """The face (H, W, 3), sRGB in [0, 1], with text in relief under light from the upper left.

    Args:
        height: -1 pressed in, 1 raised, 0 a flat darker tone.
        radius: pixels per face unit.
    """
    step = max(1, round(0.014 * radius))
    away, towards = np.roll(mask, (step, step), (0, 1)), np.roll(mask, (-step, -step), (0, 1))
    nothing = np.float32(0)
    lit, shaded = np.maximum(away - mask, nothing), np.maximum(towards - mask, nothing)
    if height > 0:
        lit, shaded = shaded, lit
    luma = float(np.median(face[mask > 0] @ _LUMA)) if mask.any() else 1.0
    lighter = height > 0 or luma < 0.35
    face = _mixed(face, np.float32(lighter), (0.3 if height > 0 else 0.46) * mask)
    if height:
        face = _mixed(face, np.float32(1), np.float32(0.6) * lit)
        face = _mixed(face, np.float32(0), np.float32(0.3 if height < 0 else 0.6) * shaded)
    return face


def _mixed(face: Pixels, tone: Pixels | np.float32, share: Pixels) -> Pixels:
    return np.asarray(face + (tone - face) * share[..., None], np.float32)


def _parts(outline: Outline, grooves: Sequence[Groove]) -> list[_Part]:
    """What the score lines, upright or level, leave of the face, in reading order."""
    half_width, half_height = outline.half_size
    upright = sorted((g.offset, g.width) for g in grooves if g.angle > 0)
    level = sorted((g.offset, g.width) for g in grooves if g.angle == 0)
    across, down = _gaps(upright, half_width), _gaps(level, half_height)
    return [_Part(left, top, right, bottom) for top, bottom in down for left, right in across]


def _gaps(cuts: Sequence[tuple[float, float]], half: float) -> list[tuple[float, float]]:
    """Intervals of [-half, half] between cuts given as (middle, half width)."""
    starts = [-half, *(middle + width for middle, width in cuts)]
    ends = [*(middle - width for middle, width in cuts), half]
    return list(zip(starts, ends, strict=True))


def _largest(words: Sequence[str], outline: Outline, part: _Part) -> list[Line]:
    """The words on as many lines as let them be largest."""
    found = [_fit(texts, outline, part) for texts in _line_breaks(words)]
    return max(found, key=lambda lines: lines[0].em)


def _line_breaks(words: Sequence[str]) -> Iterator[list[str]]:
    """For every number of lines the way to break that keeps the widest line shortest."""
    for count in range(1, len(words) + 1):
        breaks = (
            [" ".join(words[a:b]) for a, b in pairwise((0, *cuts, len(words)))]
            for cuts in combinations(range(1, len(words)), count - 1)
        )
        yield min(breaks, key=lambda texts: max(_ink(text)[2] for text in texts))


@cache
def _ink(text: str) -> tuple[float, float, float, float]:
    """Ink box of the text, em, relative to its start on the baseline, y down."""
    left, top, right, bottom = ImageFont.load_default(_EM).getbbox(text, anchor="ls")
    return left / _EM, top / _EM, right / _EM, bottom / _EM


def _fit(texts: Sequence[str], outline: Outline, part: _Part) -> list[Line]:
    """The lines below each other, as large as fits anywhere in the part."""
    boxes = np.array([_ink(text) for text in texts])
    width, tops = boxes[:, 2] - boxes[:, 0], boxes[:, 1] + _LEADING * np.arange(len(texts))
    bottoms = boxes[:, 3] + _LEADING * np.arange(len(texts))
    middle = (tops[0] + bottoms[-1]) / 2
    tops, bottoms = tops - middle, bottoms - middle
    along = np.linspace(-0.5, 0.5, _SAMPLES)[:, None] * width
    ys = np.broadcast_to(np.stack([tops, bottoms])[:, None], (2, *along.shape))
    points = np.stack([np.broadcast_to(along, ys.shape), ys], axis=-1).reshape(-1, 2)
    (x, y), em = _room(points, outline, part)
    return [
        Line(text, float(x), float(y + em * (top + bottom) / 2), em)
        for text, top, bottom in zip(texts, tops, bottoms, strict=True)
    ]


def _room(points: Floats, outline: Outline, part: _Part) -> tuple[Floats, float]:
    """Middle and size at which points (N, 2), given in em, lie inside and are largest."""
    xs = np.linspace(part.left, part.right, _STEPS + 2)[1:-1]
    ys = np.linspace(part.top, part.bottom, _STEPS + 2)[1:-1]
    middles = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 1, 2)
    largest = min(_LARGEST, _TALLEST * outline.half_size[1])
    low, high = np.zeros(len(middles)), np.full(len(middles), largest / _FILL)
    for _ in range(9):
        size = (low + high) / 2
        fits = _inside(middles + size[:, None, None] * points, outline, part)
        low, high = np.where(fits, size, low), np.where(fits, high, size)
    center = middles[_inside(middles, outline, part)].mean(axis=0)
    away = np.linalg.norm(middles[:, 0] - center, axis=1)
    best = int(np.argmax(low - low.max() * away))  # nearly as large and more central wins
    return middles[best, 0], float(_FILL * low[best])


def _inside(points: Floats, outline: Outline, part: _Part) -> NDArray[np.bool_]:
    """Which groups (G, N, 2) of points lie inside the part and the outline, clear of the edge."""
    x, y = points[..., 0], points[..., 1]
    column, row = (
        ((value / SPAN + 1) / 2 * TEXTURE).astype(int).clip(0, TEXTURE - 1) for value in (x, y)
    )
    clear = outline.field[0].numpy()[row, column] < -_EDGE
    clear &= (x > part.left) & (x < part.right) & (y > part.top) & (y < part.bottom)
    return np.asarray(clear.all(axis=1))
