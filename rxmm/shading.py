"""Taking a pill's own shading off a picture: what is left of pressed-in text is its edges.

It stands outside the rooms because two take it from here that know nothing of each other: the
networks of the imprint stage, and the pill map of segmentation, are shown pictures made even.
"""

from __future__ import annotations

import torch
from torch import Tensor

_FLOOR = 2.0  # grey levels: noise on a blank face is not raised to full contrast
_CONTRAST = 0.4


def flatten_shading(pictures: Tensor, sigma: float) -> Tensor:
    """Remove slow changes of brightness and even out the contrast.

    Args:
        pictures: (N, 1, H, W) float, 0 to 255.
        sigma: of the blur that estimates the shading, in pixels.

    Returns:
        (N, 1, H, W) in [-1, 1].
    """
    height, width = pictures.shape[2:]
    down, along = (_blur(size, sigma).to(pictures) for size in (height, width))
    blurred = down @ pictures @ along.T
    detail = pictures - blurred
    spread = detail.std(dim=(1, 2, 3), keepdim=True) + _FLOOR
    return (detail / spread * _CONTRAST).clamp(-1, 1)


def _blur(size: int, sigma: float) -> Tensor:
    """Gaussian blur of ``size`` pixels, the outermost repeated beyond the edge, as a matrix: many
    times faster than a convolution with so wide a kernel."""
    reach = 2 * int(sigma) + 1
    steps = torch.arange(-reach, reach + 1)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    source = (torch.arange(size)[:, None] + steps).clamp(0, size - 1)
    share = (kernel / kernel.sum()).expand(size, -1)
    return torch.zeros(size, size).scatter_add_(1, source, share)
