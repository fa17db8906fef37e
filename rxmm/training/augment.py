"""Photometric augmentation of grey pictures, vectorised over a batch."""

from __future__ import annotations

import cv2
import torch
from torch import Tensor
from torch.nn import functional

from rxmm.training.obscure import obscure

OBSCURED = 0.25
"""Share of pictures with something over their letters."""
LEAST_SCALE, MOST_SCALE = 0.18, 0.75
"""Of a picture of low resolution, as shares of the pixels there are each way."""
COMPRESSED = 0.7
"""Share of pictures of low resolution that are compressed as JPEG."""
LEAST_QUALITY = 50
"""Of JPEG, of 100."""


def photometric(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Vary contrast, polarity, blur, resolution, light and noise of (N, 1, H, W), 0 to 255; over
    some of them lies what hides letters.

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
    small = some(0.35).flatten()
    result[small] = low_resolution(result[small], random)
    ramp = torch.linspace(-1, 1, pictures.shape[3]) * uniform(-40, 40)
    result = result + ramp + torch.linspace(-1, 1, pictures.shape[2])[:, None] * uniform(-25, 25)
    # Noise in proportion to the detail there is: faint strokes must not drown in it.
    coarse = _local_mean(result, 15)
    detail = (result - coarse).std(dim=(2, 3), keepdim=True)
    noise = torch.randn(pictures.shape, generator=random)
    noise = torch.where(some(0.5), noise, blur(noise) * 2.5)
    result = result + noise * detail * uniform(0, 0.8) * some(0.7)
    for number in some(OBSCURED).flatten().nonzero().flatten().tolist():
        result[number] = obscure(result[number], float(detail[number]), random)
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
    """Pictures (N, C, H, W), C of 1 or 3, 0 to 255, each as if taken with fewer pixels, some of
    them compressed: down to what catalogue photographs of 60 pixels a pill are."""
    height, width = pictures.shape[2:]
    results = []
    # OpenCV counts colours from blue.
    for picture in pictures.clamp(0, 255).byte().flip(1).permute(0, 2, 3, 1).numpy():
        scale, quality = torch.rand(2, generator=random).tolist()
        scale = LEAST_SCALE * (MOST_SCALE / LEAST_SCALE) ** scale
        size = max(2, round(width * scale)), max(2, round(height * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        if quality < COMPRESSED:
            level = LEAST_QUALITY + (100 - LEAST_QUALITY) * quality / COMPRESSED
            _, jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, round(level)))
            small = cv2.imdecode(jpeg, cv2.IMREAD_UNCHANGED)
        # Enlarged as `FacePicture` enlarges.
        large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        results.append(torch.from_numpy(large.reshape(height, width, -1)))
    if not results:
        return pictures
    return torch.stack(results).permute(0, 3, 1, 2).flip(1).to(pictures.dtype)
