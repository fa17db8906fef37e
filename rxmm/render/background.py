"""What pills lie on: procedural grounds, linear RGB, batched by kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from rxmm.render import noise
from rxmm.render.scene import Background, Scene

_STREAM = 40  # random streams from here on belong to backgrounds


def draw_backgrounds(scenes: Sequence[Scene], seeds: Tensor, height: int, width: int) -> Tensor:
    """(B, 3, H, W) linear RGB; ``seeds`` (B,) int64 decides the device."""
    device = seeds.device
    side = min(height, width)
    rows = (torch.arange(height, device=device, dtype=torch.float32) + 0.5 - height / 2) / side
    columns = (torch.arange(width, device=device, dtype=torch.float32) + 0.5 - width / 2) / side
    plane = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)  # (H, W, 2)
    pictures = torch.zeros(len(scenes), 3, height, width, device=device)
    for kind, draw in _GROUNDS.items():
        chosen = [i for i, scene in enumerate(scenes) if scene.background is kind]
        if chosen:
            own = [scenes[i] for i in chosen]
            pictures[chosen] = draw(own, seeds[chosen], _turned(plane, seeds[chosen]))
    return pictures


def _turned(plane: Tensor, seeds: Tensor) -> Tensor:
    """(B, H, W, 2) the plane, turned and scaled at random for every sample."""
    chance = noise.white(seeds, 4, 1, 1, _STREAM)[:, :, 0, 0]
    angle = chance[:, 0] * 2 * math.pi
    scale = torch.exp((chance[:, 1] - 0.5) * 1.4)
    matrix = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1)
    matrix = matrix.view(-1, 2, 2) * scale[:, None, None]
    return torch.einsum("bij,hwj->bhwi", matrix, plane) + chance[:, None, None, 2:]


def _base(scenes: Sequence[Scene], like: Tensor) -> Tensor:
    """(B, 3, 1, 1) the ground's colour."""
    return like.new_tensor([s.ground for s in scenes])[:, :, None, None]


def _plain(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """A table top or lab sheet: even, with a slow gradient and a little grain."""
    slow = noise.texture(seeds, plane, 0.8, _STREAM + 1)
    grain = noise.normal(seeds, 1, plane.shape[1], plane.shape[2], _STREAM + 2)[:, 0]
    return _base(scenes, plane) * (1 + 0.2 * slow + 0.015 * grain)[:, None]


def _paper(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """Paper: fibres, sometimes ruled."""
    fibres = noise.texture(seeds, plane, plane.new_tensor([20.0, 60.0]), _STREAM + 1)
    slow = noise.texture(seeds, plane, 1.0, _STREAM + 2)
    chance = noise.white(seeds, 2, 1, 1, _STREAM + 3)
    rule = (((plane[..., 1] * 9) % 1 - 0.5).abs() < 0.03) & (chance[:, 0] < 0.5)
    shade = 1 + 0.04 * fibres + 0.15 * slow
    picture = (0.35 + 0.65 * _base(scenes, plane)) * shade[:, None]
    line = picture * picture.new_tensor([0.4, 0.5, 0.75])[:, None, None]
    return torch.where(rule[:, None], line, picture)


def _cloth(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """A weave of threads with folds."""
    bend = 0.02 * noise.texture(seeds, plane, 5.0, _STREAM + 1)
    warp = torch.sin((plane[..., 0] + bend) * 260)
    weft = torch.sin((plane[..., 1] + bend) * 260)
    over = torch.where(warp * weft > 0, warp.abs(), weft.abs())
    fold = noise.texture(seeds, plane, 1.6, _STREAM + 2)
    return _base(scenes, plane) * (0.75 + 0.3 * over + 0.25 * fold)[:, None]


def _wood(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """Boards: rings cut lengthwise, pores along the grain."""
    bend = noise.texture(seeds, plane, plane.new_tensor([1.0, 3.0]), _STREAM + 1)
    rings = torch.sin(2 * math.pi * (5 * plane[..., 1] + 1.2 * bend)) * 0.5 + 0.5
    pores = noise.texture(seeds, plane, plane.new_tensor([5.0, 110.0]), _STREAM + 2)
    tone = plane.new_tensor([0.36, 0.19, 0.085])[:, None, None]
    color = torch.lerp(tone.expand(len(plane), -1, 1, 1), _base(scenes, plane), 0.3)
    return color * (0.7 + 0.5 * rings + 0.25 * pores)[:, None]


def _skin(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """A palm: blotches, and fine creases in two directions."""
    blotches = noise.clouds(seeds, plane, 2.0, 3, _STREAM + 1)
    creases = [
        noise.texture(seeds, plane, plane.new_tensor(stretch), _STREAM + 5 + i).abs()
        for i, stretch in enumerate(([6.0, 18.0], [16.0, 7.0]))
    ]
    folds = (torch.minimum(*creases) * 6).clamp(max=1)
    pale = plane.new_tensor([0.75, 0.45, 0.33])[:, None, None]
    dark = plane.new_tensor([0.22, 0.11, 0.07])[:, None, None]
    tone = torch.lerp(dark, pale, noise.white(seeds, 1, 1, 1, _STREAM + 8))
    return tone * (0.8 + 0.12 * blotches + 0.2 * folds)[:, None]


def _clutter(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """Things lying about: overlapping patches of colour with hard and soft edges."""
    picture = _plain(scenes, seeds, plane)
    for layer in range(4):
        stream = _STREAM + 10 + 4 * layer
        shape = noise.texture(seeds, plane, 2.0 + layer, stream)
        sharpness = 4 + 60 * noise.white(seeds, 1, 1, 1, stream + 1)[:, 0]
        cover = torch.sigmoid((shape - 0.3) * sharpness)
        vivid = noise.white(seeds, 3, 1, 1, stream + 2) ** 2
        color = torch.lerp(vivid, vivid.mean(dim=1, keepdim=True), 0.6)
        grain = 1 + 0.3 * noise.texture(seeds, plane, 30.0, stream + 3)
        picture = torch.lerp(picture, color * grain[:, None], cover[:, None])
    return picture


def _ruler(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """Paper with printed millimetre scales at the left and below, as regulators photograph."""
    picture = _plain(scenes, seeds, plane) * 0.3 + 0.5
    height, width = plane.shape[1:3]
    scales = [_draw_ruler(scene, height, width) for scene in scenes]
    ink = torch.from_numpy(np.stack(scales)).to(plane.device)
    return picture * (1 - 0.9 * ink[:, None])


def _draw_ruler(scene: Scene, height: int, width: int) -> np.ndarray:
    """(H, W) float32 ink of a vertical and a horizontal scale, true to the pill's size."""
    ink = np.zeros((height, width), np.uint8)
    length = scene.appearance.size_mm or 10.0
    millimetre = 2 * scene.pose.radius * min(height, width) / length
    origin_x, origin_y = 0.09 * width, 0.91 * height
    for tick in range(int(max(height, width) / millimetre)):
        reach = (0.05 if tick % 10 == 0 else 0.035 if tick % 5 == 0 else 0.02) * width
        for end in (-1, 1):
            along = tick * millimetre
            if end < 0:
                start, stop = (origin_x, origin_y - along), (origin_x - reach, origin_y - along)
            else:
                start, stop = (origin_x + along, origin_y), (origin_x + along, origin_y + reach)
            cv2.line(ink, _integer(start), _integer(stop), 255, max(1, width // 300), cv2.LINE_AA)
        if tick % 10 == 0:
            text_at = _integer((origin_x + along, origin_y + 0.085 * height))
            cv2.putText(ink, str(tick), text_at, 0, width / 700, 255, 1, cv2.LINE_AA)
    return ink.astype(np.float32) / 255


def _integer(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _black(scenes: Sequence[Scene], seeds: Tensor, plane: Tensor) -> Tensor:
    """Cut out: nothing around the pill, no shadow either."""
    return plane.new_zeros(len(scenes), 3, *plane.shape[1:3])


_GROUNDS: dict[Background, Callable[[Sequence[Scene], Tensor, Tensor], Tensor]] = {
    Background.BLACK: _black,
    Background.PLAIN: _plain,
    Background.PAPER: _paper,
    Background.CLOTH: _cloth,
    Background.WOOD: _wood,
    Background.SKIN: _skin,
    Background.CLUTTER: _clutter,
    Background.RULER: _ruler,
}
