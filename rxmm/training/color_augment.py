"""Augmentation of cut-out faces in colour: spatial, photometric, noise; and mixing of pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rxmm.training.augment import blur, low_resolution

_ROUND = 0.88
"""Shorter over longer side of a pill's outline from which it has no upright."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strongly faces are varied; 0 leaves a thing as it is.

    Attributes:
        tilt: degrees by which an elongated face is turned either way, besides half turns; round
            ones are turned by any angle as soon as this is above 0.
        zoom, shift: share of the side.
        exposure, contrast, cast: standard deviation of the logarithm of overall brightness, of
            contrast, and of the gain of each colour.
        shade: brightness lost from one side of the face to the other, at most.
        soft: share of faces that are blurred, and of those with low resolution.
        noise: standard deviation at most, of 255.
        erase: share of faces of which a patch is hidden.
    """

    tilt: float = 6.0
    zoom: float = 0.08
    shift: float = 0.03
    exposure: float = 0.12
    contrast: float = 0.15
    cast: float = 0.03
    shade: float = 0.25
    soft: float = 0.25
    noise: float = 10.0
    erase: float = 0.15

    def __call__(self, cutouts: Tensor, random: torch.Generator) -> Tensor:
        """Vary cut-outs (B, side, side, 4) uint8; so is the result."""
        planes = self._place(cutouts.movedim(-1, 1).float(), random)
        rgb = self._light(planes[:, :3], random)
        rgb = self._blemish(rgb, random)
        varied = torch.cat([rgb, planes[:, 3:]], dim=1).clamp(0, 255)
        return varied.round().to(torch.uint8).movedim(1, -1).contiguous()

    def _place(self, planes: Tensor, random: torch.Generator) -> Tensor:
        count = len(planes)

        def spread(reach: float) -> Tensor:
            return (2 * torch.rand(count, generator=random) - 1) * reach

        tilt = spread(math.radians(self.tilt))
        turned = (torch.rand(count, generator=random) < 0.5).float() * math.pi
        anyhow = spread(math.pi)
        if self.tilt > 0:
            tilt = torch.where(_is_round(planes[:, 3]), anyhow, tilt + turned)
        zoom = torch.exp(spread(self.zoom))
        cosine, sine = tilt.cos() * zoom, tilt.sin() * zoom
        shift = spread(2 * self.shift), spread(2 * self.shift)
        rows = torch.stack([cosine, -sine, shift[0]], 1), torch.stack([sine, cosine, shift[1]], 1)
        grid = functional.affine_grid(torch.stack(rows, 1), list(planes.shape), align_corners=False)
        # Colours are continued beyond the frame, the mask ends there.
        inside = functional.grid_sample(planes[:, 3:], grid, align_corners=False)
        colors = functional.grid_sample(
            planes[:, :3], grid, padding_mode="border", align_corners=False
        )
        return torch.cat([colors, inside], dim=1)

    def _light(self, rgb: Tensor, random: torch.Generator) -> Tensor:
        count, _, height, width = rgb.shape

        def normal(spread: float, channels: int = 1) -> Tensor:
            return torch.randn(count, channels, 1, 1, generator=random) * spread

        mean = rgb.mean(dim=(2, 3), keepdim=True)
        rgb = mean + (rgb - mean) * torch.exp(normal(self.contrast))
        rgb = rgb * torch.exp(normal(self.exposure) + normal(self.cast, 3))
        angle = torch.rand(count, 1, 1, 1, generator=random) * 2 * math.pi
        down = torch.linspace(-0.5, 0.5, height)[:, None]
        across = torch.linspace(-0.5, 0.5, width)
        slope = angle.cos() * across + angle.sin() * down
        return rgb * (1 - torch.rand(count, 1, 1, 1, generator=random) * self.shade * slope)

    def _blemish(self, rgb: Tensor, random: torch.Generator) -> Tensor:
        count, _, height, width = rgb.shape

        def some(share: float) -> Tensor:
            return torch.rand(count, 1, 1, 1, generator=random) < share

        rgb = torch.where(some(self.soft), blur(rgb), rgb)
        small = some(self.soft).flatten()
        rgb[small] = low_resolution(rgb[small], random)
        strength = torch.rand(count, 1, 1, 1, generator=random) * self.noise
        rgb = rgb + torch.randn(rgb.shape, generator=random) * strength
        middle = torch.rand(count, 2, 1, 1, generator=random)
        reach = 0.04 + 0.11 * torch.rand(count, 1, 1, generator=random)
        down = (torch.linspace(0, 1, height)[:, None] - middle[:, 0]).abs() < reach
        across = (torch.linspace(0, 1, width) - middle[:, 1]).abs() < reach
        hidden = (down & across)[:, None] & some(self.erase)
        return torch.where(hidden, rgb.mean(dim=(2, 3), keepdim=True), rgb)


def _is_round(mask: Tensor) -> Tensor:
    """(B,) whether the outline in (B, H, W) is about as high as wide."""
    inside = mask > 127
    height, width = inside.any(dim=2).sum(dim=1), inside.any(dim=1).sum(dim=1)
    return torch.minimum(height, width) > _ROUND * torch.maximum(height, width)


@dataclass(frozen=True, slots=True)
class Mixing:
    """Mixup and cutmix of whole batches.

    Attributes:
        share: of batches that are mixed.
        mixup, cutmix: parameter of the beta distribution of the mixture; 0 turns that kind off.
    """

    share: float = 0.3
    mixup: float = 0.2
    cutmix: float = 1.0

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor, float]:
        """Mix (B, 3, H, W) with its own permutation.

        Returns:
            The mixed batch, the partner of each (B,), and the share of the original in it, 0 to 1.
        """
        partner = torch.randperm(len(images), device=images.device)
        kinds = [kind for kind in ("mixup", "cutmix") if getattr(self, kind) > 0]
        if not kinds or float(torch.rand(())) >= self.share:
            return images, partner, 1.0
        kind = kinds[int(torch.randint(len(kinds), ()))]
        strength = float(getattr(self, kind))
        kept = float(torch.distributions.Beta(strength, strength).sample())
        if kind == "mixup":
            return kept * images + (1 - kept) * images[partner], partner, kept
        height, width = images.shape[2:]
        high, wide = (max(1, round(side * math.sqrt(1 - kept))) for side in (height, width))
        top = int(torch.randint(height - high + 1, ()))
        left = int(torch.randint(width - wide + 1, ()))
        mixed = images.clone()
        patch = (..., slice(top, top + high), slice(left, left + wide))
        mixed[patch] = images[partner][patch]
        return mixed, partner, 1 - high * wide / (height * width)
