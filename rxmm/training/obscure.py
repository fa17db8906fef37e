"""What hides letters on a photograph: noise, haze, flakes and gloss, drawn over grey pictures.

Haze, flakes and gloss are drawn otherwise than `rxmm.evaluation.corruptions` spoils photographs, so
that a reader is asked there about what it has not seen; noise is much the same.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

GRAIN = (0.8, 2.5)
"""Standard deviation of noise, in spreads of a picture's detail."""
HAZE = (0.7, 3.0)
"""The same of haze, which varies over `HAZE_SIZES` pixels."""
HAZE_SIZES = (4, 8, 16, 32, 64)
FLAKES = (4, 40)
"""How many there are on a square of 96 pixels."""
FLAKE_LENGTHS, FLAKE_WIDTHS = (2.0, 16.0), (1, 3)
FLAKE = (2.0, 6.0)
"""How much brighter or darker than the picture flakes are, in spreads of its detail."""
GLOSS = (0.1, 0.45)
"""Radius of gloss, as a share of the shorter side."""


def obscure(picture: Tensor, detail: float, random: torch.Generator) -> Tensor:
    """A picture (1, H, W), brightness from 0 on, with one of `KINDS` over it.

    Args:
        detail: standard deviation of its fine differences, what letters stand out by.
    """
    kind = int(torch.randint(len(KINDS), (1,), generator=random))
    return KINDS[kind](picture, detail, random)


def _between(bounds: tuple[float, float], random: torch.Generator) -> float:
    low, high = bounds
    return low + (high - low) * float(torch.rand(1, generator=random))


def grain(picture: Tensor, detail: float, random: torch.Generator) -> Tensor:
    """Noise, as coarse as up to three pixels: a sensor's pixels are not those of the picture."""
    coarse = _between((1.0, 3.0), random)
    height, width = picture.shape[1:]
    size = math.ceil(height / coarse), math.ceil(width / coarse)
    noise = _enlarged(torch.randn(1, 1, *size, generator=random), height, width)
    return picture + noise * (detail * _between(GRAIN, random))


def haze(picture: Tensor, detail: float, random: torch.Generator) -> Tensor:
    """Clouds over it, and less contrast below them."""
    height, width = picture.shape[1:]
    clouds = torch.zeros(1, height, width)
    for pixels in HAZE_SIZES:
        size = -(-height // pixels) + 1, -(-width // pixels) + 1
        part = torch.randn(1, 1, *size, generator=random) * _between((0.0, 1.0), random)
        clouds += _enlarged(part, height, width)
    clouds /= clouds.std() + 1e-3
    mean = picture.mean()
    faded = mean + (picture - mean) * _between((0.5, 1.0), random)
    return faded + clouds * (detail * _between(HAZE, random))


def flakes(picture: Tensor, detail: float, random: torch.Generator) -> Tensor:
    """Specks, hairs and scratches, most of them along one direction."""
    height, width = picture.shape[1:]
    layer = np.zeros((height, width), np.float32)
    count = math.ceil(_between(FLAKES, random) * height * width / 96**2)
    direction = _between((0.0, math.pi), random)
    for _ in range(count):
        x, y = _between((0, width), random), _between((0, height), random)
        angle = direction + 0.3 * float(torch.randn(1, generator=random))
        length = _between(FLAKE_LENGTHS, random)
        end = round(x + length * math.cos(angle)), round(y + length * math.sin(angle))
        thick = round(_between(FLAKE_WIDTHS, random))
        cv2.line(layer, (round(x), round(y)), end, _between((0.5, 1.0), random), thick, cv2.LINE_AA)
    sign = 1 if _between((0, 1), random) < 0.7 else -1
    return picture + torch.from_numpy(layer) * (sign * detail * _between(FLAKE, random))


def gloss(picture: Tensor, detail: float, random: torch.Generator) -> Tensor:
    """The white oval of a lamp, fading outwards, in which little is left of the letters."""
    height, width = picture.shape[1:]
    radius = _between(GLOSS, random) * min(height, width)
    turn, stretch = _between((0, math.pi), random), _between((1.0, 2.5), random)
    y = torch.arange(height)[:, None] - _between((0, height), random)
    x = torch.arange(width) - _between((0, width), random)
    along = (x * math.cos(turn) + y * math.sin(turn)) / (stretch * radius)
    across = (y * math.cos(turn) - x * math.sin(turn)) / radius
    veil = _between((0.5, 1.0), random) * torch.exp(-(along**2 + across**2))
    return picture + (255 - picture) * veil


KINDS = (grain, haze, flakes, gloss)
"""What may lie over letters; each takes and returns what `obscure` does."""


def _enlarged(small: Tensor, height: int, width: int) -> Tensor:
    return functional.interpolate(small, size=(height, width), mode="bilinear")[0]
