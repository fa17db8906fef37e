"""Typefaces of the renderer: every character once as a signed distance field.

A distance field makes stroke width, slope and softness cheap to vary afterwards.  Cells are square,
measured in *em*: the baseline lies at 0, capitals are about 0.7 em high, and one cell spans
`CELL_EM` em around its middle.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rxmm._resources import data_dir

CHARACTERS = string.ascii_letters + string.digits + "-./&+"
"""What the typefaces can draw; `LOGO` comes on top."""

LOGO = "*"
"""Stands in a line's text for a company's mark, a sign that is no letter: drawn at random."""

LOGO_COUNT = 48
CELL = 64
CELL_EM = 1.5

HELD_OUT_FONTS = (
    "unseen-sans",
    "unseen-tech",
    "unseen-grotesque",
    "unseen-rounded",
    "unseen-mono",
    "unseen-serif",
)
"""Families kept for evaluation: never given to a dataset that trains something."""

_SCALE = 4  # oversampling while a glyph is rasterised
_BASELINE = 0.75  # of the cell's height, from its top
_MARGIN = 0.25  # from the cell's left edge to the glyph's origin, em


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of one typeface.

    Attributes:
        cell: index into `Atlas.fields`.
        advance: distance to the next glyph's origin, em.
        box: ink box (left, top, right, bottom), em, relative to the origin on the baseline, y down.
    """

    cell: int
    advance: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """All glyphs of all typefaces.

    Attributes:
        fields: (G, CELL, CELL) float32, signed distance to the outline in em, negative inside.
        glyphs: by (typeface, character); logos are (``"logo"``, ``"0"`` ... ).
    """

    fields: torch.Tensor
    glyphs: dict[tuple[str, str], Glyph]


def font_names() -> tuple[str, ...]:
    """Typefaces for training, sorted."""
    return tuple(sorted(set(_font_files()) - set(HELD_OUT_FONTS)))


def cell_center() -> tuple[float, float]:
    """The cell's centre relative to the glyph's origin, em, y down."""
    return CELL_EM / 2 - _MARGIN, CELL_EM / 2 - _BASELINE * CELL_EM


@cache
def atlas() -> Atlas:
    """The atlas of all typefaces and logos; built once per process in about two seconds."""
    fields: list[NDArray[np.float32]] = []
    glyphs: dict[tuple[str, str], Glyph] = {}
    resolution = CELL * _SCALE / CELL_EM  # pixels per em
    origin = (_MARGIN * resolution, _BASELINE * CELL * _SCALE)
    for name, path in _font_files().items():
        font = ImageFont.truetype(path, round(resolution), layout_engine=ImageFont.Layout.BASIC)
        for character in CHARACTERS:
            picture = Image.new("L", (CELL * _SCALE, CELL * _SCALE))
            ImageDraw.Draw(picture).text(origin, character, 255, font=font, anchor="ls")
            box = picture.getbbox()
            if box is None:
                continue
            left, right = ((x - origin[0]) / resolution for x in (box[0], box[2]))
            top, bottom = ((y - origin[1]) / resolution for y in (box[1], box[3]))
            advance = font.getlength(character) / resolution
            glyphs[name, character] = Glyph(len(fields), advance, (left, top, right, bottom))
            fields.append(_distance(np.asarray(picture)))
    for index in range(LOGO_COUNT):
        glyphs["logo", str(index)] = Glyph(len(fields), 0.8, (0.05, -0.7, 0.75, 0.0))
        fields.append(_distance(_logo(np.random.default_rng(index))))
    return Atlas(torch.from_numpy(np.stack(fields)), glyphs)


def covers(font: str, text: str) -> bool:
    """Whether the typeface has every character of ``text`` (logos aside)."""
    return all(c == LOGO or (font, c) in atlas().glyphs for c in text)


def drawable(segments: Sequence[str]) -> tuple[str, ...]:
    """The segments without characters that no typeface has; empty segments drop out."""
    kept = ("".join(c for c in s if c == LOGO or c in CHARACTERS) for s in segments)
    return tuple(s for s in kept if s)


@cache
def _font_files() -> dict[str, str]:
    folder = data_dir() / "fonts"
    files = (*folder.glob("*.ttf"), *folder.glob("*.otf"))
    return {path.stem: str(path) for path in sorted(files, key=lambda file: file.stem)}


def _distance(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Signed distance in em of an oversampled glyph picture, at the cell's own resolution."""
    inside = (picture > 127).astype(np.uint8)
    outer = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inner = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    field = cv2.resize(outer - inner, (CELL, CELL), interpolation=cv2.INTER_AREA)
    return np.asarray(field * (CELL_EM / (CELL * _SCALE)), np.float32)


def _logo(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random sign: a few strokes, rings and polygons inside a capital's box."""
    side = CELL * _SCALE
    unit = side / CELL_EM
    middle = np.array([(0.4 + _MARGIN) * unit, _BASELINE * side - 0.35 * unit])
    picture = np.zeros((side, side), np.uint8)
    stroke = int(rng.uniform(0.06, 0.12) * unit)
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.integers(4)
        center = middle + rng.normal(0, 0.06, 2) * unit
        x, y = (int(value) for value in center)
        if kind == 0:
            axes = rng.uniform(0.12, 0.33, 2) * unit
            size = (int(axes[0]), int(axes[1]))
            cv2.ellipse(picture, (x, y), size, 0, 0, 360, 255, stroke)
        elif kind == 1:
            corners = rng.integers(3, 7)
            angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, np.pi)
            ring = center + rng.uniform(0.2, 0.33) * unit * np.stack(
                [np.cos(angle), np.sin(angle)], axis=1
            )
            cv2.polylines(picture, [ring.astype(np.int32)], True, 255, stroke)
        elif kind == 2:
            path = middle + rng.uniform(-0.33, 0.33, (int(rng.integers(2, 5)), 2)) * unit
            cv2.polylines(picture, [path.astype(np.int32)], False, 255, stroke)
        else:
            start = int(rng.integers(360))
            size = (int(0.3 * unit), int(rng.uniform(0.1, 0.3) * unit))
            cv2.ellipse(
                picture, (x, y), size, int(rng.integers(180)), start, start + 200, 255, stroke
            )
    return picture
