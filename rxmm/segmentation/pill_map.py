"""Where on a photo pills are, by a small network: what outlines alone cannot tell apart.

White pills on white paper have hardly an edge, the squares of a ruler have better ones, and so has
the grain of wood.  One network has learnt from whole photos beside a ruler, one from what lies
around their pills, from near, one from photos by hand, on any ground, and one from such photos on
which many pills are small.
"""

from __future__ import annotations

from typing import Literal, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.models.unet import UNet
from rxmm.models.weights import load_into
from rxmm.shading import flatten_shading

SIDE = 256
"""Pixels of the square that a photo is brought into."""
SIGMA = 10.0
"""Pixels over which shading is taken off."""
View = Literal["whole", "near", "hand", "far"]
"""What a network has learnt from."""
WEIGHTS: dict[View, str] = {
    "whole": "pill_map",
    "near": "pill_map_near",
    "hand": "pill_map_hand",
    "far": "pill_map_far",
}
"""Names of the networks in the registry."""


class PillMap:
    """Tells where pills are on a photo.

    Args:
        network: see `new_network`.
    """

    def __init__(self, network: UNet) -> None:
        self._network = network.eval()

    @classmethod
    def released(cls, view: View) -> Self:
        """A network that travels with rxmm.

        Raises:
            WeightsError: its weights are missing or changed.
        """
        network = new_network()
        load_into(network, WEIGHTS[view], side=SIDE)
        return cls(network)

    @torch.inference_mode()
    def __call__(self, photo: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probability of a pill at each pixel of a photo (H, W, 3) uint8 RGB, (H, W)."""
        picture, (height, width) = squared(photo)
        logits = self._network(to_input(to_planes(torch.from_numpy(picture)[None])))
        likely = logits.sigmoid()[0, 0].numpy()
        shown = likely[: -(-height // UNet.STRIDE), : -(-width // UNet.STRIDE)]
        return np.asarray(cv2.resize(shown, photo.shape[1::-1]), dtype=np.float32)


def new_network() -> UNet:
    """The network before training."""
    return UNet(inputs=4, outputs=1)


def squared(photo: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """A photo (H, W, 3) scaled into the top left of a square, and its height and width there.

    The rest is middle grey.
    """
    scale = SIDE / max(photo.shape[:2])
    height, width = (max(1, round(scale * extent)) for extent in photo.shape[:2])
    square = np.full((SIDE, SIDE, 3), 128, dtype=np.uint8)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[:height, :width] = cv2.resize(photo, (width, height), interpolation=interpolation)
    return square, (height, width)


def to_planes(squares: Tensor) -> Tensor:
    """Photos (N, SIDE, SIDE, 3) uint8 as colour planes, (N, 3, SIDE, SIDE) in [-1, 1]."""
    return squares.movedim(-1, 1).float() / 127.5 - 1


def to_input(planes: Tensor) -> Tensor:
    """Colour planes as the network takes them, (N, 4, SIDE, SIDE): with the brightness once more,
    its shading taken off, since white on white differs by little else."""
    brightness = (planes.mean(dim=1, keepdim=True) + 1) * 127.5
    return torch.cat([planes, flatten_shading(brightness, SIGMA)], dim=1)
