"""Where the characters of an imprint lie on a face.

Everything is in face units (see `rxmm.render.shapes`); angles are radians, clockwise on the screen.
A *run* is one line of text along a path, straight or circular; the arrangement of several runs on a
face is chosen in `rxmm.render.arrange`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rxmm.imprint.geometry import CROSS_SECTIONS
from rxmm.render.shapes import SPAN, TEXTURE, Outline
from rxmm.render.typography import LOGO, Glyph, atlas, cell_center

Points = NDArray[np.float64]

CAP_HEIGHT = 0.7
"""Height of a capital in em."""


@dataclass(frozen=True, slots=True)
class Path:
    """The middle line of a run.

    Attributes:
        center: the run's middle when ``radius`` is 0, else the circle's centre.
        angle: direction of the text when straight; else the direction from the circle's centre to
            the run's middle.
        radius: 0 for a straight run; positive when the text's top points away from the centre,
            negative when it points to it.
    """

    center: tuple[float, float]
    angle: float
    radius: float = 0.0

    def at(self, s: Points) -> tuple[Points, Points]:
        """Points (N, 2) at arc length ``s`` (N,) from the middle, and the text's angles (N,)."""
        if self.radius == 0:
            angle = np.full(len(s), self.angle)
            step = np.stack([np.cos(angle), np.sin(angle)], axis=1) * s[:, None]
            return np.asarray(self.center) + step, angle
        around = self.angle + s / self.radius
        outward = np.stack([np.cos(around), np.sin(around)], axis=1)
        turn = np.copysign(np.pi / 2, self.radius)
        return np.asarray(self.center) + abs(self.radius) * outward, around + turn


@dataclass(frozen=True, slots=True)
class Lettering:
    """How characters are drawn.

    Attributes:
        font: typeface.
        stretch: horizontal scale.
        tracking: extra space between characters, em.
        bold: outline moved outwards by this, em; negative thins.
        logo: number of the sign drawn for `rxmm.render.typography.LOGO`.
    """

    font: str
    stretch: float = 1.0
    tracking: float = 0.05
    bold: float = 0.0
    logo: int = 0


@dataclass(frozen=True, slots=True)
class PlacedGlyph:
    """A glyph on the face: its cell's centre, size and direction."""

    cell: int
    x: float
    y: float
    angle: float
    em: float
    stretch: float
    bold: float


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One line of text, placed.

    Attributes:
        text: what is drawn, `rxmm.render.typography.LOGO` standing for a sign.
        ribbon: (CROSS_SECTIONS, 2, 2) tight around the ink, see `rxmm.imprint.geometry`.
        boxes: (len(text), 4, 2) ink box of every character, clockwise from its top left.
    """

    text: str
    glyphs: tuple[PlacedGlyph, ...]
    ribbon: Points
    boxes: Points

    @property
    def corners(self) -> Points:
        """(4 · len(text), 2) corners of all boxes."""
        return self.boxes.reshape(-1, 2)


def natural_width(text: str, lettering: Lettering) -> float:
    """Width of ``text`` in em, without the space around it."""
    glyphs = _glyphs(text, lettering)
    return lettering.stretch * (
        sum(g.advance for g in glyphs) + lettering.tracking * (len(text) - 1)
    )


def place(text: str, lettering: Lettering, em: float, path: Path) -> Run:
    """Set ``text`` along ``path`` with ``em`` face units per em, centred on the path's middle."""
    glyphs = _glyphs(text, lettering)
    advance = np.array([g.advance for g in glyphs]) + lettering.tracking
    start = np.cumsum(advance) - advance
    middle = (start + advance / 2 - advance.sum() / 2) * lettering.stretch * em
    points, angles = path.at(middle)
    ink = np.array([g.box for g in glyphs])  # (N, 4) left, top, right, bottom
    ink[:, [0, 2]] -= np.array([g.advance for g in glyphs])[:, None] / 2
    ink[:, [0, 2]] *= lettering.stretch
    ink[:, [1, 3]] += CAP_HEIGHT / 2
    ink = (ink + lettering.bold * np.array([-1, -1, 1, 1])) * em
    boxes = _turn(ink[:, [[0, 1], [2, 1], [2, 3], [0, 3]]], angles[:, None])
    boxes += points[:, None]

    cell_x, cell_y = cell_center()
    offset = np.array(
        [[(cell_x - g.advance / 2) * lettering.stretch, cell_y + CAP_HEIGHT / 2] for g in glyphs]
    )
    centers = points + _turn(offset * em, angles)
    placed = tuple(
        PlacedGlyph(
            glyph.cell,
            float(center[0]),
            float(center[1]),
            float(angle),
            em,
            lettering.stretch,
            lettering.bold,
        )
        for glyph, center, angle in zip(glyphs, centers, angles, strict=True)
    )
    along = np.linspace(middle[0] + ink[0, 0], middle[-1] + ink[-1, 2], CROSS_SECTIONS)
    spine, directions = path.at(along)
    edges = [np.array([[0, ink[:, 1].min()]]), np.array([[0, ink[:, 3].max()]])]
    ribbon = np.stack([spine + _turn(edge, directions) for edge in edges], axis=1)
    return Run(text, placed, ribbon, boxes)


def inside(points: Points, outline: Outline, margin: float) -> bool:
    """Whether all points (N, 2) lie at least ``margin`` inside the outline."""
    pixels = ((points / SPAN + 1) / 2 * TEXTURE).astype(int).clip(0, TEXTURE - 1)
    return bool((outline.field[0].numpy()[pixels[:, 1], pixels[:, 0]] < -margin).all())


def _turn(vectors: Points, angle: Points) -> Points:
    """Vectors (..., 2) turned clockwise by ``angle`` (...)."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def _glyphs(text: str, lettering: Lettering) -> Sequence[Glyph]:
    table = atlas().glyphs
    return [
        table["logo", str(lettering.logo)] if c == LOGO else table[lettering.font, c] for c in text
    ]
