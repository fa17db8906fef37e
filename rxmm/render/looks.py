"""Kinds of photograph: where the pill lies, the light, the ground and the camera."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rxmm.catalog.vocabulary import Color
from rxmm.render.colors import sample_color
from rxmm.render.scene import Background, Camera, Light, Pose
from rxmm.results import Rgb

Rng = np.random.Generator
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Look:
    """A kind of photograph.

    Attributes:
        backgrounds: weights.
        radius: range of `Pose.radius`; 0.5 fills the frame.
        turn: standard deviation of the in-plane rotation in radians; any angle when ≥ 3.
        tilt: standard deviation of the slope of the face's plane.
        wander: standard deviation of the centre, as a fraction of the frame.
        roughness: of the camera, from 0 (a clean copy) to 1 (a bad phone).
    """

    backgrounds: Mapping[Background, float]
    radius: tuple[float, float]
    turn: float
    tilt: float
    wander: float
    roughness: float


LAB = Look({Background.BLACK: 1.0}, (0.47, 0.5), 0.1, 0.02, 0.004, 0.25)
"""A laboratory photograph, cut out on black."""

PHONE = Look(
    {
        Background.PLAIN: 4,
        Background.PAPER: 2,
        Background.CLOTH: 1,
        Background.WOOD: 1,
        Background.SKIN: 1,
        Background.CLUTTER: 1,
        Background.RULER: 1,
    },
    (0.3, 0.47),
    9.0,
    0.12,
    0.03,
    1.0,
)
"""A photograph by hand: any background, direction and light."""


DESK = Look(
    {Background.PLAIN: 2, Background.PAPER: 1, Background.WOOD: 2, Background.CLOTH: 1},
    (0.27, 0.36),
    0.2,
    0.06,
    0.02,
    0.4,
)
"""A careful photograph on a desk, the pill nearly upright."""


def sample_pose(look: Look, background: Background, rng: Rng) -> Pose:
    """Where the pill lies in such a photograph; beside a ruler it leaves room for the scales."""
    radius = rng.uniform(*look.radius) * (0.7 if background is Background.RULER else 1.0)
    angle = rng.uniform(-np.pi, np.pi) if look.turn >= 3 else rng.normal(0, look.turn)
    x, y = 0.5 + rng.normal(0, look.wander, 2)
    tilt_x, tilt_y = rng.normal(0, look.tilt, 2).clip(-0.4, 0.4)
    return Pose(float(x), float(y), radius, float(angle), (tilt_x, tilt_y))


def sample_light(rng: Rng) -> Light:
    """One to three lamps and some light from everywhere."""
    count = int(rng.integers(1, 4))
    directions, powers = [], []
    for index in range(count):
        around = rng.uniform(0, 2 * np.pi)
        height = np.radians(rng.uniform(22, 65) if index == 0 else rng.uniform(15, 80))
        flat = np.cos(height)
        directions.append((flat * np.cos(around), flat * np.sin(around), float(np.sin(height))))
        powers.append(1.0 if index == 0 else rng.uniform(0.1, 0.7))
    return Light(
        tuple(directions),
        tuple(powers),
        ambient=rng.uniform(0.3, 1.6),
        size=rng.uniform(0.05, 0.4),
        shadow=rng.uniform(0.2, 0.8),
    )


def sample_camera(roughness: float, rng: Rng) -> Camera:
    """A camera; ``roughness`` as in `Look`."""
    warmth, tint = rng.normal(0, 0.1 * roughness), rng.normal(0, 0.04 * roughness)
    blur = abs(rng.normal(0, 5.0 * roughness))
    return Camera(
        exposure=float(np.exp(rng.normal(-0.35, 0.2 * (0.5 + roughness)))),
        white=(1 + warmth, 1 + tint, 1 - warmth),
        vignette=rng.uniform(0, 0.3 * roughness),
        blur=blur,
        motion=rng.exponential(6.0 * roughness) if rng.random() < 0.2 * roughness else 0.0,
        motion_angle=rng.uniform(0, np.pi),
        noise=rng.exponential(0.012 * roughness),
        contrast=float(np.exp(rng.normal(0, 0.12 * roughness))),
        detail=rng.uniform(0.4, 1.0) if rng.random() < 0.3 * roughness else 1.0,
        quality=int(rng.integers(45, 96)) if rng.random() < roughness else 95,
    )


def sample_ground(rng: Rng) -> Rgb:
    """A random colour of the ground, linear RGB."""
    return sample_color(choose(_GROUNDS, rng), rng)


_GROUNDS = {Color.WHITE: 4, Color.GRAY: 4, Color.BROWN: 2, Color.BLUE: 1, Color.GREEN: 1}


def choose(weights: Mapping[Choice, float], rng: Rng) -> Choice:
    """A key of ``weights``, with probability proportional to its weight."""
    choices = list(weights)
    share = np.array([weights[choice] for choice in choices], float)
    return choices[int(rng.choice(len(choices), p=share / share.sum()))]
