"""Colours of pills by their FDA name, as they come out under neutral light.

The anchors are cluster centres of the median colours of a thousand laboratory photographs of
single-coloured US pills, scaled so that white is white: FDA names are broad (a *pink* pill may be
brick or lilac), and most pills are pale.
"""

from __future__ import annotations

import numpy as np

from rxmm.catalog.vocabulary import Color
from rxmm.results import Rgb

_WHITE = 195.0  # brightness of a white pill in those photographs

# sRGB, most frequent first
_ANCHORS: dict[Color, tuple[tuple[int, int, int], ...]] = {
    Color.BLACK: ((28, 27, 28), (45, 42, 42)),
    Color.GRAY: ((114, 111, 115), (140, 139, 140), (95, 97, 100)),
    Color.WHITE: ((185, 184, 182), (178, 177, 174), (190, 188, 180), (196, 195, 194)),
    Color.RED: ((164, 106, 99), (158, 27, 33), (110, 32, 31), (144, 68, 66), (115, 11, 12)),
    Color.PURPLE: ((152, 148, 173), (163, 124, 146), (66, 39, 48), (116, 71, 93), (103, 30, 84)),
    Color.PINK: (
        (176, 131, 128),
        (164, 95, 96),
        (189, 157, 162),
        (160, 137, 135),
        (152, 63, 66),
        (226, 62, 123),
    ),
    Color.GREEN: (
        (151, 167, 146),
        (113, 147, 129),
        (173, 184, 174),
        (20, 95, 73),
        (102, 118, 94),
        (68, 188, 161),
        (150, 170, 60),
    ),
    Color.YELLOW: (
        (172, 160, 120),
        (188, 180, 139),
        (170, 136, 74),
        (189, 188, 168),
        (196, 140, 21),
        (136, 89, 40),
    ),
    Color.ORANGE: (
        (182, 129, 97),
        (193, 162, 144),
        (161, 53, 26),
        (202, 93, 24),
        (212, 114, 48),
        (236, 83, 4),
    ),
    Color.BROWN: (
        (170, 154, 141),
        (168, 122, 94),
        (87, 26, 24),
        (145, 69, 31),
        (126, 96, 80),
    ),
    Color.BLUE: (
        (145, 163, 174),
        (103, 133, 155),
        (100, 169, 186),
        (26, 137, 177),
        (19, 103, 157),
        (34, 55, 116),
    ),
    Color.TURQUOISE: ((95, 178, 184), (70, 165, 165), (120, 190, 190)),
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
