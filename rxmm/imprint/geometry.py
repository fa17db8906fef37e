"""The geometry of a line of imprint: a ribbon across the picture, straight or bent.

Text on a pill runs straight, in a circle or around a capsule.  One description serves all: a
*ribbon* is a row of cross-sections from the line's start to its end, each a point on the text's top
edge and one on its bottom edge.  A quadrilateral is a ribbon of two cross-sections, an arc one of
many.  Ribbons are float tensors (N, C, 2, 2): N lines, C cross-sections, (top, bottom), (x, y) in
pixels, where the centre of the first pixel is (0.5, 0.5).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

CROSS_SECTIONS = 17
"""Cross-sections of a resampled ribbon: enough for text around a full circle."""


def quad_ribbon(quad: Tensor) -> Tensor:
    """Quadrilaterals (N, 4, 2), clockwise from the text's own top left, as ribbons (N, 2, 2, 2)."""
    top_left, top_right, bottom_right, bottom_left = quad.unbind(dim=1)
    start = torch.stack([top_left, bottom_left], dim=1)
    end = torch.stack([top_right, bottom_right], dim=1)
    return torch.stack([start, end], dim=1)


def ribbon_quad(ribbon: Tensor) -> Tensor:
    """The smallest rectangle along each ribbon's chord that holds it: (N, 4, 2), clockwise."""
    points = ribbon.flatten(1, 2)  # (N, 2C, 2)
    middle = ribbon.mean(dim=2)  # (N, C, 2)
    chord = functional.normalize(middle[:, -1] - middle[:, 0], dim=1)
    upright = (ribbon[:, :, 1] - ribbon[:, :, 0]).mean(dim=1)
    normal = torch.stack([-chord[:, 1], chord[:, 0]], dim=1)
    normal = normal * torch.where((normal * upright).sum(1, keepdim=True) < 0, -1.0, 1.0)
    along = (points * chord[:, None]).sum(dim=2)
    across = (points * normal[:, None]).sum(dim=2)
    corners = [
        along.amin(1)[:, None] * chord + across.amin(1)[:, None] * normal,
        along.amax(1)[:, None] * chord + across.amin(1)[:, None] * normal,
        along.amax(1)[:, None] * chord + across.amax(1)[:, None] * normal,
        along.amin(1)[:, None] * chord + across.amax(1)[:, None] * normal,
    ]
    return torch.stack(corners, dim=1)


def arc_ribbon(
    center: Tensor, radius: Tensor, half_height: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """Ribbons along circular arcs.

    Args:
        center: (N, 2) in pixels.
        radius: (N,) of the line's middle, in pixels.
        half_height: (N,) half the text's height, in pixels; negative when the text's top points
            towards the centre.
        start: (N,) angle at which the text starts, in radians, 0 to the right, growing clockwise
            as seen on the screen (y grows downwards).
        end: (N,) angle at which the text ends.

    Returns:
        (N, CROSS_SECTIONS, 2, 2).
    """
    steps = torch.linspace(0, 1, CROSS_SECTIONS, device=center.device, dtype=center.dtype)
    angle = start[:, None] + (end - start)[:, None] * steps
    outward = torch.stack([angle.cos(), angle.sin()], dim=-1)  # (N, C, 2)
    radii = torch.stack([radius + half_height, radius - half_height], dim=1)  # top, bottom
    return center[:, None, None] + outward[:, :, None] * radii[:, None, :, None]


def resample_ribbon(ribbon: Tensor) -> Tensor:
    """The same ribbons with `CROSS_SECTIONS`, evenly spaced along their middle line."""
    steps = torch.linspace(0, 1, CROSS_SECTIONS, device=ribbon.device, dtype=ribbon.dtype)
    return _at_fraction(ribbon, steps.expand(len(ribbon), -1))


def grow_ribbon(ribbon: Tensor, along: Tensor | float, across: Tensor | float) -> Tensor:
    """Ribbons made longer and higher: a reader likes a margin, a detector's box is never exact.

    Args:
        ribbon: (N, C, 2, 2).
        along: added at both ends, as a fraction of the line's height; a number or (N,).
        across: added at top and bottom, as a fraction of the line's height; a number or (N,).
    """
    height = ribbon_height(ribbon)
    along, across = ((torch.as_tensor(value) * height)[:, None, None] for value in (along, across))
    up = functional.normalize(ribbon[:, :, 0] - ribbon[:, :, 1], dim=-1)
    tall = torch.stack([ribbon[:, :, 0] + across * up, ribbon[:, :, 1] - across * up], dim=2)
    first = functional.normalize(tall[:, 0] - tall[:, 1], dim=-1) * along
    last = functional.normalize(tall[:, -1] - tall[:, -2], dim=-1) * along
    return torch.cat([(tall[:, 0] + first)[:, None], tall, (tall[:, -1] + last)[:, None]], dim=1)


def ribbon_aspect(ribbon: Tensor) -> Tensor:
    """(N,) length along the middle line over mean height."""
    return _lengths(ribbon).sum(dim=1) / ribbon_height(ribbon).clamp_min(1e-6)


def strip_grid(ribbon: Tensor, height: int, width: int) -> Tensor:
    """Where in the picture each pixel of the straightened line lies.

    The line keeps its aspect ratio; one that is shorter than the strip ends before it and its last
    column repeats to the right (as EasyOCR pads), a longer one is squeezed.

    Returns:
        (N, height, width, 2) in pixels.
    """
    columns = torch.arange(width, device=ribbon.device, dtype=ribbon.dtype) + 0.5
    rows = (torch.arange(height, device=ribbon.device, dtype=ribbon.dtype) + 0.5) / height
    used = (ribbon_aspect(ribbon) * height).clamp(min=1, max=width)  # (N,) columns with text
    sections = _at_fraction(ribbon, (columns / used[:, None]).clamp(max=1))  # (N, width, 2, 2)
    top, bottom = sections[:, None, :, 0], sections[:, None, :, 1]
    return top + (bottom - top) * rows[:, None, None]


def line_strips(images: Tensor, owner: Tensor, ribbon: Tensor, height: int, width: int) -> Tensor:
    """Straightened pictures of lines, text running left to right.

    Args:
        images: (B, C, H, W) float.
        owner: (N,) index of each line's image.
        ribbon: (N, S, 2, 2) in pixels of that image.
        height, width: of the strips in pixels.

    Returns:
        (N, C, height, width); beyond the image its border repeats.
    """
    size = torch.tensor([images.shape[3], images.shape[2]], device=images.device)
    grid = strip_grid(ribbon, height, width) / size * 2 - 1
    return functional.grid_sample(
        images[owner], grid.to(images.dtype), padding_mode="border", align_corners=False
    )


def angle_of(ribbon: Tensor) -> Tensor:
    """(N,) direction of the text from start to end, degrees counter-clockwise in [-180, 180]."""
    middle = ribbon.mean(dim=2)
    step = middle[:, -1] - middle[:, 0]
    return torch.atan2(-step[:, 1], step[:, 0]) * (180 / math.pi)


def ribbon_height(ribbon: Tensor) -> Tensor:
    """(N,) mean distance of top and bottom, in pixels."""
    height: Tensor = torch.linalg.vector_norm(ribbon[:, :, 0] - ribbon[:, :, 1], dim=-1)
    return height.mean(dim=1)


def turn(ribbon: Tensor, quarters: int) -> Tensor:
    """Straight ribbons read from another side: ``quarters`` of a turn, clockwise."""
    return quad_ribbon(straight_corners(ribbon).roll(-quarters, dims=1))


def upside_down(ribbon: Tensor) -> Tensor:
    """Ribbons read from their end to their start, standing on their heads."""
    return ribbon.flip(1, 2)


def straight_corners(ribbon: Tensor) -> Tensor:
    """(N, 4, 2) corners of straight ribbons, clockwise from the text's own top left."""
    start, end = ribbon[:, 0], ribbon[:, -1]
    return torch.stack([start[:, 0], end[:, 0], end[:, 1], start[:, 1]], dim=1)


def _lengths(ribbon: Tensor) -> Tensor:
    """(N, C-1) distances along the middle line from one cross-section to the next."""
    middle = ribbon.mean(dim=2)
    lengths: Tensor = torch.linalg.vector_norm(middle[:, 1:] - middle[:, :-1], dim=-1)
    return lengths


def _at_fraction(ribbon: Tensor, fraction: Tensor) -> Tensor:
    """Cross-sections (N, M, 2, 2) at ``fraction`` (N, M) of each ribbon's length."""
    lengths = functional.pad(_lengths(ribbon).cumsum(dim=1), (1, 0))  # (N, C), from 0 to the total
    position = (fraction * lengths[:, -1:]).contiguous()
    right = torch.searchsorted(lengths.contiguous(), position).clamp(1, ribbon.shape[1] - 1)
    start, end = lengths.gather(1, right - 1), lengths.gather(1, right)
    weight = ((position - start) / (end - start).clamp_min(1e-6))[..., None, None]
    index = right[..., None, None].expand(-1, -1, 2, 2)
    return torch.lerp(ribbon.gather(1, index - 1), ribbon.gather(1, index), weight)
