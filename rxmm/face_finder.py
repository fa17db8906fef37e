"""A small network that tells for every pixel of a picture whether it shows a pill face."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rxmm.models.weights import load_into

EDGE = 224
"""Longest edge in pixels at which the network sees a picture."""

STRIDE = 2
"""Pixels that the network sees for one point of its maps."""

WIDTHS = (16, 32, 48, 64, 96)
"""Channels at each halving of the picture; the deepest sees the whole."""


class FaceNetwork(nn.Module):
    """A U-shaped network (0.4 million parameters).

    Pictures (N, 3, H, W) in [0, 1], H and W multiples of 32, to logits (N, 2, H / 2, W / 2): of
    the core of a face, by which faces that touch are told apart, and of the whole face.
    """

    def __init__(self) -> None:
        super().__init__()
        first = WIDTHS[0]
        self.stem = nn.Sequential(
            *_convolution(3, first, stride=STRIDE), *_convolution(first, first)
        )
        self.down = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(2), *_convolution(a, b), *_convolution(b, b))
            for a, b in pairwise(WIDTHS)
        )
        self.up = nn.ModuleList(nn.Sequential(*_convolution(a + b, a)) for a, b in pairwise(WIDTHS))
        self.head = nn.Conv2d(first, 2, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of core and face."""
        levels = [self.stem(pictures)]
        for down in self.down:
            levels.append(down(levels[-1]))
        maps: Tensor = levels.pop()
        for up in reversed(self.up):
            level = levels.pop()
            grown = functional.interpolate(maps, size=level.shape[-2:], mode="bilinear")
            maps = up(torch.cat([level, grown], dim=1))
        logits: Tensor = self.head(maps)
        return logits


def _convolution(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


class FaceFinder:
    """The network, ready to be asked about pictures of any size."""

    def __init__(self, network: FaceNetwork) -> None:
        self._network = network.eval()

    @classmethod
    def load(cls) -> Self:
        """With the released weights.

        Raises:
            WeightsError: they are missing or changed.
        """
        network = FaceNetwork()
        load_into(network, "face_finder", edge=EDGE)
        return cls(network)

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(2, h, w) probability of core and of face on a grid that covers the (H, W, 3) picture."""
        seen = scale_to_edge(picture)
        height, width = seen.shape[:2]
        padded: NDArray[Any] = cv2.copyMakeBorder(
            seen, 0, -height % 32, 0, -width % 32, cv2.BORDER_REPLICATE
        )
        with torch.inference_mode():
            pixels = torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 255
            maps = self._network(pixels)[0].sigmoid().numpy()
        return np.ascontiguousarray(maps[:, : -(-height // STRIDE), : -(-width // STRIDE)])


def scale_to_edge(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with its longest edge scaled to `EDGE`, the shorter one not under 32."""
    height, width = picture.shape[:2]
    scale = EDGE / max(height, width)
    size = max(32, round(width * scale)), max(32, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=kind), np.uint8)
