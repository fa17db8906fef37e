"""Photometric augmentation of grey pictures, vectorised over a batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def photometric(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Vary contrast, polarity, blur, resolution, noise and glare of (N, 1, H, W), 0 to 255.

    Polarity is varied because which edge of a groove is bright is only a matter of where the lamp
    stands.
    """
    count = len(pictures)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, 1, 1, 1, generator=random) * (high - low) + low

    def some(share: float) -> Tensor:
        return torch.rand(count, 1, 1, 1, generator=random) < share

    mean = pictures.mean(dim=(2, 3), keepdim=True)
    contrast = torch.exp(uniform(-0.9, 0.4)) * torch.where(some(0.3), -1.0, 1.0)
    result = (pictures - mean) * contrast + 128
    result = torch.where(some(0.4), blur(result), result)
    result = torch.where(some(0.2), blur(blur(result)), result)
    result = torch.where(some(0.25), low_resolution(result, random), result)
    ramp = torch.linspace(-1, 1, pictures.shape[3]) * uniform(-40, 40)
    result = result + ramp + torch.linspace(-1, 1, pictures.shape[2])[:, None] * uniform(-25, 25)
    # Noise in proportion to the detail there is: faint strokes must not drown in it.
    coarse = _local_mean(result, 15)
    detail = (result - coarse).std(dim=(2, 3), keepdim=True)
    noise = torch.randn(pictures.shape, generator=random)
    noise = torch.where(some(0.5), noise, blur(noise) * 2.5)
    result = result + noise * detail * uniform(0, 0.8) * some(0.7)
    return result.clamp(0, 255)


def blur(pictures: Tensor) -> Tensor:
    """Mean over 3 by 3 pixels of (N, C, H, W)."""
    return functional.avg_pool2d(
        functional.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1
    )


def _local_mean(pictures: Tensor, size: int) -> Tensor:
    """Mean of (N, C, H, W) over windows of an odd size, less of them at the edges."""
    for window in ((size, 1), (1, size)):  # one way, then the other: several times faster
        padding = (window[0] // 2, window[1] // 2)
        pictures = functional.avg_pool2d(
            pictures, window, stride=1, padding=padding, count_include_pad=False
        )
    return pictures


def low_resolution(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Pictures (N, C, H, W) as if taken with about half the pixels."""
    height, width = pictures.shape[2:]
    scale = 0.35 + 0.4 * float(torch.rand(1, generator=random))
    size = max(2, int(height * scale)), max(2, int(width * scale))
    small = functional.interpolate(pictures, size=size, mode="area")
    return functional.interpolate(small, size=(height, width), mode="bilinear")
