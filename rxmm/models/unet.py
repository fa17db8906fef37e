"""A small U-Net: pictures to maps of half their resolution."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


class UNet(nn.Module):
    """Five levels of two convolutions each, 0.45 million parameters at width 16, 1.8 at 32.

    Args:
        inputs: channels of the pictures.
        outputs: maps.
        width: channels of the finest level.
    """

    STRIDE = 2

    def __init__(self, inputs: int, outputs: int, width: int = 16) -> None:
        super().__init__()
        sizes = [width, width * 2, width * 3, width * 4, width * 5]
        self.stem = _double(inputs, sizes[0], stride=2)
        self.down = nn.ModuleList(
            _double(fine, coarse, stride=2) for fine, coarse in pairwise(sizes)
        )
        self.up = nn.ModuleList(
            _double(coarse + fine, fine, stride=1) for fine, coarse in pairwise(sizes)
        )
        self.head = nn.Conv2d(sizes[0], outputs, 1)
        # On a CPU up to twice as fast; torch's overloads do not name it.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / 2, W / 2); H and W are multiples of 32."""
        levels = [self.stem(pictures)]
        for down in self.down:
            levels.append(down(levels[-1]))
        maps = levels.pop()
        for up in reversed(list(self.up)):
            fine = levels.pop()
            maps = functional.interpolate(maps, size=fine.shape[2:], mode="nearest")
            maps = up(torch.cat([maps, fine], dim=1))
        out: Tensor = self.head(maps)
        return out


def _double(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
    )  # fmt: skip
