"""Scenes to pictures with their truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rxmm.render.background import draw_backgrounds
from rxmm.render.camera import expose
from rxmm.render.layout import Run
from rxmm.render.scene import Scene
from rxmm.render.shading import shade
from rxmm.render.surface import build_surface, to_pixels

_LIMB = 1.15  # radians around a rolled body from which on characters can no longer be read


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of imprint as it lies in the picture.

    Attributes:
        text: as drawn; `rxmm.render.typography.LOGO` stands for a company's sign.
        ribbon: (CROSS_SECTIONS, 2, 2) float32 pixels, tight around the ink; straight and bent lines
            alike, see `rxmm.imprint.geometry`.
        characters: (len(text), 4, 2) float32 pixels, each character's box, clockwise from its own
            top left.
    """

    text: str
    ribbon: Tensor
    characters: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A rendered face and everything known about it.

    Attributes:
        image: (3, H, W) uint8 sRGB.
        mask: (H, W) bool, True on the pill.
        lines: in reading order of the layout; empty for a blank face.
        scene: colours, shape, score, lights, seed and all other parameters.
    """

    image: Tensor
    mask: Tensor
    lines: tuple[Line, ...]
    scene: Scene


def render(scenes: Sequence[Scene], height: int, width: int) -> list[Picture]:
    """Draw a batch of scenes.

    One batch holds the intermediate planes of all its scenes at once: about 1 kB per pixel, so
    250 MB for 16 scenes of 128 px.

    Returns:
        One picture per scene.
    """
    seeds = torch.tensor([2 * s.seed + s.side for s in scenes], dtype=torch.int64)
    surface = build_surface(scenes, seeds, height, width)
    ground = draw_backgrounds(scenes, seeds, height, width)
    light, cover = shade(scenes, surface, seeds, ground)
    images = expose(scenes, light, seeds)
    masks = cover > 0.5
    return [
        Picture(image, mask, lines_of(scene, height, width), scene)
        for image, mask, scene in zip(images, masks, scenes, strict=True)
    ]


def lines_of(scene: Scene, height: int, width: int) -> tuple[Line, ...]:
    """Where the imprint of a scene lies in its picture, without drawing it."""
    lines = (_line(run, scene, height, width) for run in scene.imprint.runs)
    return tuple(line for line in lines if line is not None)


def _line(run: Run, scene: Scene, height: int, width: int) -> Line | None:
    """The run in pixels; characters that rolled out of sight are left out."""
    ribbon, boxes, text = run.ribbon, run.boxes, run.text
    if scene.body.rolled:
        limit = _LIMB * scene.outline.half_size[1]
        seen = np.abs(boxes[:, :, 1].mean(axis=1)) < limit
        if not seen.any():
            return None
        first, last = np.flatnonzero(seen)[[0, -1]]
        boxes, text = boxes[first : last + 1], text[first : last + 1]
        if not seen.all():
            ribbon = _over(ribbon, boxes)
    pixels = to_pixels(scene, ribbon, height, width)
    corners = to_pixels(scene, boxes, height, width)
    return Line(text, torch.from_numpy(pixels).float(), torch.from_numpy(corners).float())


def _over(ribbon: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The part of a straight ribbon that spans the given characters."""
    start, end = ribbon[0].mean(axis=0), ribbon[-1].mean(axis=0)
    length = np.linalg.norm(end - start)
    along = (boxes.reshape(-1, 2) - start) @ (end - start) / length**2
    steps = np.linspace(along.min(), along.max(), len(ribbon))[:, None, None]
    return np.asarray(ribbon[:1] + steps * (ribbon[-1:] - ribbon[:1]))
