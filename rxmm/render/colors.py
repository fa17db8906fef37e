"""Colours of pills by their FDA name, as they come out under neutral light.

The anchors are cluster centres of the colours of some two thousand laboratory photographs of
single-coloured US pills (the training part), scaled so that white is white; black and one green are
by hand.  FDA names are broad (a *pink* pill may be brick or lilac), and most pills are pale.
"""

from __future__ import annotations

import numpy as np

from rxmm.catalog.vocabulary import Color
from rxmm.results import Rgb

_WHITE = 195.0  # brightness of a white pill in those photographs

# sRGB, most frequent first
_ANCHORS: dict[Color, tuple[tuple[int, int, int], ...]] = {
    Color.BLACK: (
        (28, 27, 28),
        (45, 42, 42),
    ),
    Color.BLUE: (
        (136, 157, 169),
        (103, 165, 184),
        (87, 125, 154),
        (20, 107, 158),
        (165, 175, 182),
        (37, 58, 109),
    ),
    Color.BROWN: (
        (168, 139, 121),
        (177, 111, 71),
        (185, 167, 152),
        (148, 68, 28),
        (94, 33, 25),
        (128, 97, 81),
    ),
    Color.GRAY: (
        (114, 111, 115),
        (158, 161, 164),
        (73, 64, 63),
    ),
    Color.GREEN: (
        (116, 142, 119),
        (152, 168, 149),
        (172, 183, 170),
        (91, 186, 162),
        (31, 90, 66),
        (150, 170, 60),
    ),
    Color.ORANGE: (
        (199, 144, 112),
        (169, 121, 95),
        (188, 162, 148),
        (202, 111, 53),
        (213, 82, 15),
        (159, 56, 31),
    ),
    Color.PINK: (
        (174, 136, 135),
        (188, 165, 164),
        (177, 116, 118),
        (157, 96, 96),
        (206, 61, 111),
        (147, 56, 63),
    ),
    Color.PURPLE: (
        (158, 145, 161),
        (145, 125, 136),
        (125, 108, 120),
        (98, 42, 76),
        (116, 71, 93),
        (66, 39, 48),
    ),
    Color.RED: (
        (165, 97, 83),
        (159, 33, 39),
        (112, 37, 33),
        (113, 6, 6),
        (194, 159, 157),
        (193, 6, 26),
    ),
    Color.TURQUOISE: (
        (90, 187, 195),
        (80, 145, 154),
        (134, 168, 174),
        (145, 199, 201),
    ),
    Color.WHITE: (
        (175, 174, 171),
        (182, 181, 180),
        (190, 188, 185),
        (196, 196, 194),
    ),
    Color.YELLOW: (
        (188, 182, 150),
        (170, 159, 121),
        (172, 139, 85),
        (201, 171, 95),
        (185, 140, 37),
        (134, 90, 41),
    ),
}


def sample_color(color: Color, rng: np.random.Generator) -> Rgb:
    """A random pill colour of that name: linear RGB reflectance in [0.003, 0.95]."""
    anchors = np.array(_ANCHORS[color], float)
    first, second = anchors[rng.integers(len(anchors), size=2)]
    srgb = (first + rng.uniform(0, 0.35) * (second - first)) / _WHITE
    srgb = srgb * rng.uniform(0.93, 1.04) + rng.normal(0, 0.012, 3)
    red, green, blue = np.clip(to_linear(srgb), 0.003, 0.95)
    return float(red), float(green), float(blue)


def sample_ink(color: Color, rng: np.random.Generator) -> Rgb:
    """A random ink of that name, linear RGB: deeper than pill coats, which are mostly pale."""
    red, green, blue = sample_color(color, rng)
    if color is Color.WHITE:
        return red, green, blue
    darkest, depth = min(red, green, blue), rng.uniform(0.25, 0.6)
    saturated = (channel - 0.8 * darkest for channel in (red, green, blue))
    red, green, blue = (depth * channel for channel in saturated)
    return red, green, blue


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """sRGB in [0, 1] to linear light, by the usual power of 2.2."""
    return np.asarray(np.clip(srgb, 0, None) ** 2.2)
