"""The relief of pill faces: from scenes to heights and distances on the pixel grid, batched.

Tensors are (B, H, W) unless stated otherwise, lengths in face units (see `rxmm.render.scene`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rxmm.render import noise
from rxmm.render.interpolation import spline_sample
from rxmm.render.scene import Scene
from rxmm.render.shapes import SPAN
from rxmm.render.typography import CELL_EM, atlas

_FAR = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The faces of a batch, seen by the camera.

    Attributes:
        points: (B, H, W, 2) face coordinates of each pixel.
        scale: (B, 1, 1) pixels per face unit.
        rim: signed distance to the outline of the face.
        hull: the same for face and visible wall together.
        height: over the rim, imprint and grooves included.
        stroke: signed distance to the outline of the nearest character.
        fade: how well strokes came out here, 0 … 1.
        wear: how much is chipped away here, 0 … 1.
    """

    points: Tensor
    scale: Tensor
    rim: Tensor
    hull: Tensor
    height: Tensor
    stroke: Tensor
    fade: Tensor
    wear: Tensor


def to_pixels(
    scene: Scene, points: NDArray[np.float64], height: int, width: int
) -> NDArray[np.float64]:
    """Points (..., 2) on the face, imprint coordinates, as pixels of the picture."""
    if scene.body.rolled:
        radius = scene.outline.half_size[1]
        around = np.clip(points[..., 1] / radius, -np.pi / 2, np.pi / 2)
        points = np.stack([points[..., 0], radius * np.sin(around)], axis=-1)
    matrix, center = _pose(scene, height, width)
    return np.asarray(points @ matrix.T + center)


def column(values: Sequence[float], like: Tensor) -> Tensor:
    """One number per sample, as (B, 1, 1) on the device and of the type of ``like``."""
    return like.new_tensor(values)[:, None, None]


def build_surface(scenes: Sequence[Scene], seeds: Tensor, height: int, width: int) -> Surface:
    """The relief of every scene; ``seeds`` (B,) int64 decides the device."""
    device = seeds.device
    poses = [_pose(scene, height, width) for scene in scenes]
    inverse = torch.tensor(
        np.stack([np.linalg.inv(matrix) for matrix, _ in poses]), dtype=torch.float32, device=device
    )
    center = torch.tensor(
        np.stack([center for _, center in poses]), dtype=torch.float32, device=device
    )
    rows = torch.arange(height, device=device, dtype=torch.float32) + 0.5
    columns = torch.arange(width, device=device, dtype=torch.float32) + 0.5
    pixels = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)  # (H, W, 2)
    points = torch.einsum("bij,bhwj->bhwi", inverse, pixels - center[:, None, None])
    side = min(height, width)
    scale = column([scene.pose.radius * side for scene in scenes], points)

    fields = torch.stack([scene.outline.field for scene in scenes]).to(device)
    face = spline_sample(fields, points / SPAN)
    rim, dome = face[:, 0], face[:, 1].clamp_min(0)
    stroke = _hollowed(scenes, _strokes(scenes, points, inverse, center, scale))
    fade = _fade(scenes, seeds, points)
    wear = _wear(scenes, seeds, points, rim)
    relief = _body_height(scenes, rim, dome, points) + _imprint_height(scenes, stroke) * fade
    relief = relief - _groove_depth(scenes, points) - 0.06 * wear
    hull = _hull(scenes, fields, points, inverse, rim)
    return Surface(points, scale, rim, hull, relief, stroke, fade, wear)


def _pose(scene: Scene, height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrix (2, 2) and offset (2,) from face units to pixels."""
    pose = scene.pose
    cos, sin = np.cos(pose.angle), np.sin(pose.angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    tilt = np.array(pose.tilt)
    slope = float(tilt @ tilt)
    shorten = np.eye(2) - (1 - (1 + slope) ** -0.5) * np.outer(tilt, tilt) / max(slope, 1e-9)
    scale = pose.radius * min(height, width)
    return scale * shorten @ turn, np.array([pose.x * width, pose.y * height])


def _hull(
    scenes: Sequence[Scene], fields: Tensor, points: Tensor, inverse: Tensor, rim: Tensor
) -> Tensor:
    """Distance to the union of the face's outline and its copies down the wall."""
    sides = inverse / torch.linalg.matrix_norm(inverse, ord=2)[:, None, None]
    reach = [[scene.body.wall * slope for slope in scene.pose.tilt] for scene in scenes]
    shift = torch.einsum("bij,bj->bi", sides, points.new_tensor(reach))
    steps = [
        spline_sample(fields[:, :1], (points - shift[:, None, None] * step) / SPAN)[:, 0]
        for step in (0.5, 1.0)
    ]
    return torch.stack([rim, *steps]).amin(dim=0)


def _body_height(scenes: Sequence[Scene], rim: Tensor, dome: Tensor, points: Tensor) -> Tensor:
    """Dome, bevel, and the step where a capsule's cap ends."""
    bodies = [scene.body for scene in scenes]
    depth = (-rim).clamp_min(0)
    height = column([b.dome for b in bodies], rim) * (dome + 1e-4) ** column(
        [b.roundness for b in bodies], rim
    )
    slope = (depth / column([b.bevel[0] for b in bodies], rim)).clamp(max=1)
    height = height + column([b.bevel[1] for b in bodies], rim) * slope * (2 - slope)
    beyond = (points[..., 0] - column([b.seam for b in bodies], rim)) / 0.025
    return height * (1 - 0.03 * torch.sigmoid(beyond))


def _imprint_height(scenes: Sequence[Scene], stroke: Tensor) -> Tensor:
    slope = column([scene.imprint.slope for scene in scenes], stroke)
    depth = column([scene.imprint.depth for scene in scenes], stroke)
    return depth * _smooth_step(0.35 - stroke / slope)


def _groove_depth(scenes: Sequence[Scene], points: Tensor) -> Tensor:
    """The deepest of the score lines at each pixel."""
    count = max(len(scene.grooves) for scene in scenes)
    deepest = torch.zeros_like(points[..., 0])
    for index in range(count):
        grooves = [scene.grooves[index] if index < len(scene.grooves) else None for scene in scenes]
        angle = column([g.angle if g else 0.0 for g in grooves], points)
        offset = column([g.offset if g else 0.0 for g in grooves], points)
        width = column([g.width if g else 1.0 for g in grooves], points)
        depth = column([g.depth if g else 0.0 for g in grooves], points)
        across = points[..., 0] * angle.sin() - points[..., 1] * angle.cos() - offset
        deepest = torch.maximum(deepest, depth * _smooth_step(1 - across.abs() / width))
    return deepest


def _fade(scenes: Sequence[Scene], seeds: Tensor, points: Tensor) -> Tensor:
    strength = column([scene.imprint.fading for scene in scenes], points)
    return 1 - strength * (0.4 + noise.clouds(seeds, points, 2.5, 2, stream=10)).clamp(0, 1)


def _wear(scenes: Sequence[Scene], seeds: Tensor, points: Tensor, rim: Tensor) -> Tensor:
    """Chips along the rim."""
    strength = column([scene.coat.wear for scene in scenes], points)
    chips = noise.clouds(seeds, points, 5.0, 2, stream=14) - 1.2 + 0.7 * strength
    nibbled = 4 * (chips + (0.1 + rim).clamp(-0.5, 0.1) * 3)
    return nibbled.clamp(0, 1) * (8 * strength).clamp(max=1)


def _strokes(
    scenes: Sequence[Scene], points: Tensor, inverse: Tensor, center: Tensor, scale: Tensor
) -> Tensor:
    """Signed distance to the nearest character: each glyph drawn in its own window, then merged."""
    batch, height, width = points.shape[:3]
    nearest = torch.full((batch, height, width), _FAR, device=points.device)
    glyphs = [[glyph for run in scene.imprint.runs for glyph in run.glyphs] for scene in scenes]
    flat = list(chain.from_iterable(glyphs))
    if not flat:
        return nearest
    owner = torch.tensor([i for i, own in enumerate(glyphs) for _ in own], device=points.device)
    numbers = points.new_tensor([[g.x, g.y, g.angle, g.em, g.stretch, g.bold] for g in flat])
    x, y, angle, em, stretch, bold = numbers.T[..., None, None]
    middles = [
        to_pixels(scene, np.array([[g.x, g.y] for g in own]), height, width)
        for scene, own in zip(scenes, glyphs, strict=True)
        if own
    ]
    reach = (em * stretch.clamp_min(1) * scale[owner]).max().item() * 0.72
    side = min(2 * int(reach) + 3, max(height, width))
    corner = torch.tensor(np.concatenate(middles), device=points.device).round().long() - side // 2
    steps = torch.arange(side, device=points.device)
    column_at = corner[:, 0, None, None] + steps  # (G, 1, S)
    row_at = corner[:, 1, None, None] + steps[:, None]  # (G, S, 1)
    grid = (column_at.expand(-1, side, -1), row_at.expand(-1, -1, side))
    pixel = torch.stack(grid, dim=-1) + 0.5  # (G, S, S, 2)
    local = torch.einsum("gij,ghwj->ghwi", inverse[owner], pixel - center[owner][:, None, None])
    u, v = local[..., 0] - x, _unroll(scenes, owner, local[..., 1]) - y
    right = (u * angle.cos() + v * angle.sin()) / (em * stretch)
    down = (v * angle.cos() - u * angle.sin()) / em
    cells = atlas().fields.to(points.device)[[g.cell for g in flat]]
    sampled = functional.grid_sample(
        cells[:, None],
        torch.stack([right, down], dim=-1) / (CELL_EM / 2),
        padding_mode="border",
        align_corners=False,
    )[:, 0]
    distance = (sampled - bold) * em
    outside = (column_at < 0) | (column_at >= width) | (row_at < 0) | (row_at >= height)
    target = (owner[:, None, None] * height + row_at.clamp(0, height - 1)) * width
    target = target + column_at.clamp(0, width - 1)
    flat_nearest = nearest.view(-1)
    flat_nearest.scatter_reduce_(
        0, target.flatten(), distance.masked_fill(outside, _FAR).flatten(), reduce="amin"
    )
    return nearest


def _hollowed(scenes: Sequence[Scene], stroke: Tensor) -> Tensor:
    """Distance to lines along the strokes' edges, on faces whose letters are only outlined."""
    half = column([scene.imprint.hollow for scene in scenes], stroke)
    return torch.where(half > 0, stroke.abs() - half, stroke)


def _unroll(scenes: Sequence[Scene], owner: Tensor, y: Tensor) -> Tensor:
    """Arc length around the body for faces whose print is wrapped, else y itself."""
    rolled = torch.tensor([scene.body.rolled for scene in scenes], device=y.device)
    if not rolled.any():
        return y
    radius = column([scene.outline.half_size[1] for scene in scenes], y)[owner]
    around = radius * torch.asin((y / radius).clamp(-1, 1))
    return torch.where(rolled[owner][:, None, None], around, y)


def _smooth_step(value: Tensor) -> Tensor:
    value = value.clamp(0, 1)
    return value * value * (3 - 2 * value)
