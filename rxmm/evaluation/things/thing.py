"""A solid thing seen from above, to be shaped, painted and written on.

Lengths are *units*: half a thing's longest dimension is 1; x points right and y down, both turned
with the thing.  Colours are linear RGB.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rxmm._resources import data_dir
from rxmm.render import HELD_OUT_FONTS
from rxmm.results import Rgb

Floats = NDArray[np.float32]

METALS: tuple[Rgb, ...] = ((0.62, 0.6, 0.56), (0.66, 0.5, 0.22), (0.6, 0.3, 0.17))
"""Silver, brass, copper."""
VIVID: tuple[Rgb, ...] = (
    (0.6, 0.02, 0.02),
    (0.75, 0.2, 0.02),
    (0.8, 0.6, 0.03),
    (0.05, 0.35, 0.05),
    (0.03, 0.12, 0.5),
    (0.12, 0.04, 0.02),
    (0.5, 0.03, 0.2),
)
PALE: tuple[Rgb, ...] = ((0.8, 0.8, 0.78), (0.75, 0.66, 0.5), (0.7, 0.35, 0.4), (0.4, 0.6, 0.7))
DARK: tuple[Rgb, ...] = ((0.02, 0.02, 0.02), (0.1, 0.06, 0.03), (0.03, 0.05, 0.15))
WHITE: Rgb = (0.85, 0.85, 0.83)
BLACK: Rgb = (0.02, 0.02, 0.02)

_GLYPH = 96  # pixels per em


class Thing:
    """A solid thing on its place in a picture, to be shaped by whoever draws it.

    Args:
        shape: (H, W) of the picture.
        middle: (x, y) in pixels.
        scale: pixels per unit.
        turn: radians, clockwise.

    Attributes:
        x, y: (H, W) each pixel's place in units.
        cover: (H, W) how much of a pixel it covers, 0 … 1; nothing at first.
        height: (H, W) over the ground, in units.
        color: (H, W, 3).
        gloss, shine: strength (0 … 1) and exponent of highlights.
        metal: how much of the light it mirrors, 0 … 1.
        glow: (H, W) light of its own.
    """

    def __init__(
        self, shape: tuple[int, int], middle: tuple[float, float], scale: float, turn: float
    ) -> None:
        rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        right, down = (columns - middle[0]) / scale, (rows - middle[1]) / scale
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        self.x: Floats = right * cos + down * sin
        self.y: Floats = down * cos - right * sin
        self._middle, self.scale, self._turn = middle, scale, turn
        self.cover: Floats = np.zeros(shape, np.float32)
        self.height: Floats = np.zeros(shape, np.float32)
        self.color: Floats = np.full((*shape, 3), 0.5, np.float32)
        self.glow: Floats = np.zeros(shape, np.float32)
        self.gloss, self.shine, self.metal = 0.0, 30.0, 0.0

    def disc(self, radius: float, at: tuple[float, float] = (0, 0), aspect: float = 1.0) -> Floats:
        """(H, W) signed distance in units to a circle, negative inside.

        Args:
            aspect: height over width of an ellipse; its distance is approximate.
        """
        far: Floats = np.hypot(self.x - at[0], (self.y - at[1]) / np.float32(aspect))
        return far - np.float32(radius)

    def box(self, half: tuple[float, float], corner: float) -> Floats:
        """(H, W) signed distance to a rectangle with rounded corners, half its size given."""
        over = np.stack([np.abs(self.x) - half[0] + corner, np.abs(self.y) - half[1] + corner])
        outside = np.hypot(*np.maximum(over, 0))
        return np.asarray(outside + np.minimum(over.max(axis=0), 0) - corner, np.float32)

    def inside(self, distance: Floats, soft: float = 0.0) -> Floats:
        """(H, W) 1 where ``distance`` is negative, 0 elsewhere; between over ``soft`` units."""
        width = np.float32(max(soft, 1 / self.scale))
        return np.asarray(np.clip(0.5 - distance / width, 0, 1), np.float32)

    def paint(self, color: Rgb, where: Floats) -> None:
        """Lay a colour on where it says, 0 … 1."""
        self.color += (np.array(color, np.float32) - self.color) * where[..., None]

    def text(
        self, words: str, size: float, font: str, at: tuple[float, float] = (0, 0), turn: float = 0
    ) -> Floats:
        """(H, W) ink, 0 … 1, of a line of text of ``size`` units per em with its middle there."""
        stamp = _line(words, font)
        zoom = size * self.scale / _GLYPH
        angle = self._turn + turn
        cos, sin = np.cos(self._turn), np.sin(self._turn)
        x = self._middle[0] + (at[0] * cos - at[1] * sin) * self.scale
        y = self._middle[1] + (at[0] * sin + at[1] * cos) * self.scale
        turned = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shift = np.array([x, y]) - turned @ (np.array(stamp.shape[::-1]) / 2)
        height, width = self.cover.shape
        if zoom < 1:
            stamp = cv2.GaussianBlur(stamp, (0, 0), 0.4 / zoom)
        placed = cv2.warpAffine(stamp, np.column_stack([turned, shift]), (width, height))
        return np.asarray(placed, np.float32)

    def around(self, words: str, size: float, font: str, radius: float, top: float) -> Floats:
        """(H, W) ink of a text along a circle, its middle ``top`` radians clockwise from the top.

        Letters stand on the middle's side: their feet point to it.
        """
        ink = np.zeros_like(self.cover)
        step = 0.72 * size / radius
        for place, letter in enumerate(words):
            angle = top + (place - (len(words) - 1) / 2) * step
            at = (radius * np.sin(angle), -radius * np.cos(angle))
            if letter != " ":
                ink = np.maximum(ink, self.text(letter, size, font, at, angle))
        return ink

    def bumps(self, rng: np.random.Generator, fine: float, strength: float) -> Floats:
        """(H, W) smooth noise with ``fine`` bumps per unit and that standard deviation."""
        return self.grain(rng, (fine, fine), strength)

    def grain(self, rng: np.random.Generator, fine: tuple[float, float], strength: float) -> Floats:
        """As `bumps`, with other bumps per unit along x than along y."""
        columns, rows = (max(4, round(4 * number)) for number in fine)
        lattice = rng.normal(0, 1, (rows, columns)).astype(np.float32)
        x, y = (self.x + 2) / 4 * columns, (self.y + 2) / 4 * rows
        at = x.astype(np.float32), y.astype(np.float32)
        mirror = cv2.BORDER_REFLECT_101
        smooth = cv2.remap(lattice, *at, cv2.INTER_CUBIC, borderMode=mirror)
        return np.asarray(strength * smooth, np.float32)


def typeface(rng: np.random.Generator) -> str:
    """A typeface that nothing trains on."""
    return str(rng.choice(HELD_OUT_FONTS))


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A typeface of data/fonts at so many pixels per em."""
    (path,) = (data_dir() / "fonts").glob(f"{name}.[ot]tf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _line(words: str, name: str) -> Floats:
    """(h, w) ink of a line, cut to it with a margin."""
    face = font(name, _GLYPH)
    left, top, right, bottom = map(round, face.getbbox(words, anchor="ls"))
    picture = Image.new("L", (right - left + 8, bottom - top + 8))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), words, 255, font=face, anchor="ls")
    return np.asarray(picture, np.float32) / np.float32(255)
