"""Random fields that are the same on every machine: hashes of pixel numbers, no generator state."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from rxmm.render.interpolation import spline_sample

_MASK = 0xFFFFFFFF


def white(seed: Tensor, channels: int, height: int, width: int, stream: int) -> Tensor:
    """Independent uniform values.

    Args:
        seed: (B,) int64.
        stream: tells apart the fields of one sample.

    Returns:
        (B, channels, height, width) float32 in [0, 1).
    """
    hashed = _hashes(seed, channels * height * width, stream)
    return (hashed >> 8).to(torch.float32).mul_(2**-24).view(-1, channels, height, width)


def normal(seed: Tensor, channels: int, height: int, width: int, stream: int) -> Tensor:
    """As `white`, but nearly normal with mean 0 and variance 1: the sum of two uniforms."""
    hashed = _hashes(seed, channels * height * width, stream)
    total = (hashed >> 16).add_(hashed & 0xFFFF).to(torch.float32)
    return total.mul_(2**-16).sub_(1).mul_(6**0.5).view(-1, channels, height, width)


def texture(seed: Tensor, points: Tensor, frequency: Tensor | float, stream: int) -> Tensor:
    """Smooth noise in the plane, repeating by mirroring after 64 lattice cells.

    Args:
        seed: (B,) int64.
        points: (B, H, W, 2).
        frequency: lattice cells per unit of ``points``: a number, or broadcastable to
            (B, 1, 1, 2) to stretch the noise along an axis.

    Returns:
        (B, H, W), mean about 0, in [-1, 1].
    """
    lattice = white(seed, 1, 64, 64, stream) * 2 - 1
    grid = points * frequency / 32
    return functional.grid_sample(lattice, grid, padding_mode="reflection", align_corners=False)[
        :, 0
    ]


def waves(seed: Tensor, points: Tensor, frequency: float, stream: int) -> Tensor:
    """As `texture`, with smooth slopes: for heights rather than colours."""
    lattice = white(seed, 1, 64, 64, stream) * 2 - 1
    return spline_sample(lattice, points * frequency / 32, padding="reflection")[:, 0]


def clouds(seed: Tensor, points: Tensor, frequency: float, octaves: int, stream: int) -> Tensor:
    """Smooth noise over several scales, each twice as fine and half as strong: (B, H, W)."""
    layers = [
        texture(seed, points, frequency * 2**octave, stream + octave) * 0.5**octave
        for octave in range(octaves)
    ]
    return torch.stack(layers).sum(dim=0)


def _hashes(seed: Tensor, count: int, stream: int) -> Tensor:
    """(B, count) int64 random 32-bit values."""
    index = torch.arange(count, device=seed.device) + (stream << 26)
    return _mix(_mix(index)[None] ^ _mix(seed)[:, None])


def _mix(value: Tensor) -> Tensor:
    """The lowbias32 integer hash, on int64 tensors holding 32-bit values."""
    value = value & _MASK
    value = ((value ^ (value >> 16)) * 0x7FEB352D) & _MASK
    value = ((value ^ (value >> 15)) * 0x846CA68B) & _MASK
    return value ^ (value >> 16)
