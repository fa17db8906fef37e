"""Smooth sampling of textures."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def spline_sample(fields: Tensor, grid: Tensor, padding: str = "border") -> Tensor:
    """As `torch.nn.functional.grid_sample`, by cubic B-splines.

    Slopes of the result are smooth and straight ramps stay straight, which neither the bilinear nor
    the bicubic mode gives: on a glossy surface their ripples would show.  A little blur is the
    price.  Sixteen taps are folded into four bilinear ones.

    Args:
        fields: (B, C, h, w).
        grid: (B, H, W, 2), -1 … 1 from border to border.

    Returns:
        (B, C, H, W).
    """
    size = grid.new_tensor([fields.shape[3], fields.shape[2]])
    position = (grid + 1) * size / 2 - 0.5
    whole = position.floor()
    part = position - whole
    rest = 1 - part
    first = rest**3 / 6
    second = (4 - 6 * part**2 + 3 * part**3) / 6
    last = part**3 / 6
    low = first + second  # weight of the two taps before, the two taps after have the rest
    before = whole - 1 + second / low
    after = whole + 1 + last / (1 - low)
    near, far = ((tap + 0.5) * 2 / size - 1 for tap in (before, after))

    def tap(x: Tensor, y: Tensor) -> Tensor:
        at = torch.stack([x[..., 0], y[..., 1]], dim=-1)
        return functional.grid_sample(fields, at, padding_mode=padding, align_corners=False)

    across, down = low[:, None, ..., 0], low[:, None, ..., 1]
    upper = torch.lerp(tap(far, near), tap(near, near), across)
    lower = torch.lerp(tap(far, far), tap(near, far), across)
    return torch.lerp(lower, upper, down)
