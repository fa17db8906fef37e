"""Real pills laid on drawn grounds: photographs by hand, made of laboratory cut-outs.

What no drawing has, the relief, gloss and wear of real pills, under light, shadow and camera of a
drawn scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from rxmm.render.background import draw_backgrounds
from rxmm.render.camera import expose
from rxmm.render.scene import Light, Pose, Scene
from rxmm.results import PillFace

Floats = NDArray[np.float32]

BRIGHTER = (1.2, 2.2)
"""Factor on a cut-out's light: laboratories leave white pills grey."""
WALL = (0.15, 0.5)
"""Height of a pill above its ground, in halves of its longest dimension."""
SHADOW_STEPS = 6
FRINGE, ROOM = 1.5, 4
"""Pixels over which a cut-out's edge is made smooth, and by which its picture is widened."""


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """A pill without its ground.

    Attributes:
        light: (h, w, 3) linear RGB, 0 to 1.
        cover: (h, w) the pill's share of each pixel, 0 to 1.
    """

    light: Floats
    cover: Floats

    @classmethod
    def of(cls, face: PillFace) -> Self:
        """A face that was found on a photograph, less the dark fringe of its edge."""
        soft = cv2.GaussianBlur(np.pad(face.mask, ROOM).astype(np.float32), (0, 0), FRINGE)
        cover = ((soft - 0.55) / 0.3).clip(0, 1)
        picture = cv2.copyMakeBorder(face.crop, *(ROOM,) * 4, cv2.BORDER_REPLICATE)
        light = (picture.astype(np.float32) / 255) ** 2.2
        return cls(np.asarray(light, np.float32), np.asarray(cover, np.float32))


def lay(
    cut_outs: Sequence[CutOut], poses: Sequence[Pose], scene: Scene, side: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A photograph of pills that lie where the poses say.

    Args:
        poses: one for each cut-out; of a tilt nothing is seen.
        scene: its ground, light and camera; its own pill is left out.
        side: of the square photograph in pixels.

    Returns:
        (side, side, 3) uint8 sRGB, and (side, side) True on pills.
    """
    rng = np.random.default_rng([scene.seed, 7])
    seeds = torch.tensor([2 * scene.seed + scene.side])
    light = draw_backgrounds([scene], seeds, side, side)[0].permute(1, 2, 0).numpy()
    everywhere = np.zeros((side, side), np.float32)
    for cut_out, pose in zip(cut_outs, poses, strict=True):
        matrix = placing(cut_out, pose, side)
        cover, pill = (
            cv2.warpAffine(part, matrix, (side, side), flags=cv2.INTER_LINEAR)
            for part in (cut_out.cover, cut_out.light * np.float32(rng.uniform(*BRIGHTER)))
        )
        dark = _shadow(cover, scene.light, pose.radius * side, rng.uniform(*WALL))
        light = light * (1 - scene.light.shadow * dark)[..., None]
        light = light * (1 - cover[..., None]) + pill * cover[..., None]
        everywhere = np.maximum(everywhere, cover)
    picture = torch.from_numpy(np.asarray(light, np.float32)).permute(2, 0, 1)[None]
    seen = expose([scene], picture, seeds)[0].permute(1, 2, 0)
    return np.ascontiguousarray(seen.numpy()), everywhere > 0.5


def placing(cut_out: CutOut, pose: Pose, side: int) -> Floats:
    """(2, 3) from pixels of the cut-out to those of the photograph, see `lay`."""
    height, width = cut_out.cover.shape
    scale = 2 * pose.radius * side / (max(height, width) - 2 * ROOM)
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), -np.degrees(pose.angle), scale)
    turned[:, 2] += np.array([pose.x * side - width / 2, pose.y * side - height / 2])
    return np.asarray(turned, np.float32)


def _shadow(cover: Floats, light: Light, radius: float, wall: float) -> Floats:
    """How much of the key light each pixel of the ground misses, 0 to 1.

    Args:
        cover: (H, W) of the pill.
        radius: half its longest dimension in pixels.
        wall: its height, in these.
    """
    x, y, up = light.directions[0]
    cast = np.zeros_like(cover)
    for step in np.linspace(0, wall * radius / up, SHADOW_STEPS):
        away = np.array([[1, 0, -x * step], [0, 1, -y * step]], np.float32)
        cast = np.maximum(cast, cv2.warpAffine(cover, away, cover.shape[::-1]))
    return np.asarray(cv2.GaussianBlur(cast, (0, 0), max(0.5, 0.3 * light.size * radius)))
