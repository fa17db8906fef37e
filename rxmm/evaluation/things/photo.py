"""Things on a ground, as a phone would photograph them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from rxmm.evaluation.things.thing import Floats, Thing
from rxmm.render import PHONE, Scene, sample_scene
from rxmm.render.background import draw_backgrounds
from rxmm.render.camera import expose
from rxmm.results import Appearance

Pixels = NDArray[np.uint8]

HAND = replace(
    PHONE,
    backgrounds={ground: w for ground, w in PHONE.backgrounds.items() if ground.name != "RULER"},
    radius=(0.22, 0.4),
    tilt=0.0,
    roughness=0.5,
)
"""A photograph by hand, seen from above, without a ruler."""


def setting(seed: int) -> Scene:
    """Ground, light, camera and place of one photograph by hand."""
    return sample_scene(Appearance("nothing", ()), 0, seed, HAND)


def photograph(things: Sequence[Thing], scene: Scene, shape: tuple[int, int]) -> Pixels:
    """The things on the scene's ground in its light and through its camera, (H, W, 3) RGB."""
    seeds = torch.tensor([scene.seed])
    ground = draw_backgrounds([scene], seeds, *shape)[0].permute(1, 2, 0).numpy()
    picture = np.maximum(ground.astype(np.float32), 0)
    for thing in things:
        picture *= 1 - _shadow(thing, scene)[..., None]
        picture += (_lit(thing, scene) - picture) * thing.cover[..., None]
    light = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]
    return expose([scene], light, seeds)[0].permute(1, 2, 0).contiguous().numpy()


def _lit(thing: Thing, scene: Scene) -> Floats:
    """(H, W, 3) light that comes from the thing; a flat matt part sends its colour."""
    down, right = np.gradient(thing.height * np.float32(thing.scale))
    normal = np.stack([-right, -down, np.ones_like(right)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    mirrored = 2 * normal[..., 2:] * normal - np.array([0, 0, 1], np.float32)
    lamps = list(zip(scene.light.directions, scene.light.powers, strict=True))
    around = scene.light.ambient * sum(scene.light.powers)
    flat = around + sum(power * direction[2] for direction, power in lamps)
    diffuse, highlight = np.full_like(right, around), np.zeros_like(right)
    for direction, power in lamps:
        toward = np.array(direction, np.float32)
        half = toward + np.array([0, 0, 1], np.float32)
        half /= np.linalg.norm(half)
        diffuse += power * np.maximum(normal @ toward, 0)
        highlight += power * np.maximum(normal @ half, 0) ** thing.shine
    key = np.array(scene.light.directions[0], np.float32)
    room = 0.75 + 0.35 * np.sin(2.5 * (mirrored @ key) + 3 * mirrored[..., 0])  # what metal mirrors
    body = (1 - thing.metal) * diffuse / flat + thing.metal * room * (0.5 + 0.5 * diffuse / flat)
    shaded = thing.color * (body + thing.glow)[..., None]
    shine = thing.gloss * highlight[..., None]
    return np.asarray(shaded + shine * (thing.color if thing.metal else 1), np.float32)


def _shadow(thing: Thing, scene: Scene) -> Floats:
    """(H, W) how much darker the ground is, 0 … 1."""
    x, y, z = scene.light.directions[0]
    reach = float((thing.height * thing.cover).max()) * 0.6 * thing.scale / max(z, 0.3)
    height, width = thing.cover.shape
    move = np.array([[1, 0, -x * reach], [0, 1, -y * reach]], np.float32)
    cast = cv2.warpAffine(thing.cover, move, (width, height))
    soft = max(1.0, scene.light.size * reach)
    contact = cv2.GaussianBlur(thing.cover, (0, 0), 0.03 * thing.scale)
    dark = np.maximum(cv2.GaussianBlur(cast, (0, 0), soft), 0.7 * contact)
    return np.asarray(scene.light.shadow * dark, np.float32)
