"""Draws a scene at random: first the pill, the same for both faces, then one picture of a face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.render.arrange import Groove, arrange, arrange_capsule
from rxmm.render.colors import sample_color, sample_ink
from rxmm.render.layout import Lettering, Run
from rxmm.render.scene import (
    Background,
    Body,
    Camera,
    Coat,
    Imprint,
    Light,
    Paint,
    Pose,
    Scene,
)
from rxmm.render.shapes import VARIANTS, Outline, outline
from rxmm.render.typography import LOGO_COUNT, covers, drawable, font_names
from rxmm.results import Appearance

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


@dataclass(frozen=True, slots=True)
class _Pill:
    """What both faces share."""

    outline: Outline
    body: Body
    coat: Coat
    faces: tuple[tuple[str, ...], tuple[str, ...]]
    scored: tuple[bool, bool]
    lettering: Lettering
    printed: bool
    raised: bool
    capsule: bool


def sample_scene(
    appearance: Appearance, side: int, seed: int, look: Look, fonts: Sequence[str] = ()
) -> Scene:
    """A random picture of one face of a pill of that appearance.

    Args:
        side: 0 or 1; the two faces of one seed are faces of one pill, photographed on the same
            ground with the same camera.
        fonts: typefaces to choose from; by default those for training.
    """
    pill = _sample_pill(appearance, np.random.default_rng([seed, 2]), fonts or font_names())
    rng = np.random.default_rng([seed, side])
    setting = np.random.default_rng([seed, 3])
    grooves = _grooves(appearance.score or 1, pill, rng) if pill.scored[side] else ()
    if pill.capsule:
        runs = arrange_capsule(pill.faces[side], pill.outline, pill.lettering, rng)
    else:
        runs = arrange(pill.faces[side], pill.outline, grooves, pill.lettering, rng)
    return Scene(
        appearance=appearance,
        side=side,
        seed=seed,
        outline=pill.outline,
        body=pill.body,
        coat=pill.coat,
        imprint=_imprint(appearance, tuple(runs), pill, rng),
        grooves=grooves,
        pose=_pose(look, rng),
        light=_light(setting),
        background=choose(look.backgrounds, setting),
        ground=sample_color(choose(_GROUNDS, setting), setting),
        camera=_camera(look.roughness, setting),
    )


_GROUNDS = {Color.WHITE: 4, Color.GRAY: 4, Color.BROWN: 2, Color.BLUE: 1, Color.GREEN: 1}


def _sample_pill(appearance: Appearance, rng: Rng, fonts: Sequence[str]) -> _Pill:
    shape = appearance.shape or Shape.ROUND
    shaped = outline(shape, int(rng.integers(VARIANTS)))
    printed = appearance.imprint_type == "PRINTED"
    capsule = shape is Shape.CAPSULE and (printed or len(appearance.colors) > 1)
    softgel = printed and not capsule and shape is Shape.OVAL and rng.random() < 0.4
    tokens = drawable(appearance.imprint)
    usable = [font for font in fonts if covers(font, "".join(tokens))]
    bold = rng.normal(0, 0.014)
    return _Pill(
        outline=shaped,
        body=_body(shaped, capsule or softgel, capsule, rng),
        coat=_coat(appearance, capsule or softgel, softgel, rng),
        faces=_share(tokens, printed, rng),
        scored=_scored(appearance.score or 1, rng),
        lettering=Lettering(
            font=str(rng.choice(usable or list(fonts))),
            stretch=float(np.exp(rng.normal(0, 0.12))),
            tracking=float(rng.uniform(0.0, 0.16)),
            bold=float(np.clip(bold, -0.02, 0.03)),
            logo=int(rng.integers(LOGO_COUNT)),
        ),
        printed=printed,
        raised=appearance.imprint_type == "EMBOSSED",
        capsule=capsule,
    )


def _share(
    tokens: Sequence[str], printed: bool, rng: Rng
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which tokens are on which face: the sources list both together."""
    if printed and rng.random() < 0.6:
        return tuple(tokens), (tuple(tokens) if rng.random() < 0.4 else ())
    if len(tokens) < 2 or rng.random() < 0.2:
        cut = len(tokens)
    else:
        cut = int(rng.integers(1, len(tokens)))
    first, second = tuple(tokens[:cut]), tuple(tokens[cut:])
    return (first, second) if rng.random() < 0.5 else (second, first)


def _scored(score: int, rng: Rng) -> tuple[bool, bool]:
    if score < 2:
        return False, False
    first = bool(rng.random() < 0.5)
    return first or rng.random() < 0.1, not first or rng.random() < 0.1


def _grooves(score: int, pill: _Pill, rng: Rng) -> tuple[Groove, ...]:
    width, depth = rng.uniform(0.04, 0.13), rng.uniform(0.03, 0.1)
    half_width, half_height = pill.outline.half_size
    upright = half_height / half_width < 0.75 or rng.random() < 0.4
    if score == 4 and half_height > 0.75:
        return tuple(Groove(angle, 0.0, width, depth) for angle in (0.0, np.pi / 2))
    if score > 2:
        offsets = (np.arange(1, score) / score * 2 - 1) * half_width
        return tuple(Groove(np.pi / 2, float(offset), width, depth) for offset in offsets)
    return (Groove(np.pi / 2 if upright else 0.0, 0.0, width, depth),)


def _body(shaped: Outline, full: bool, capsule: bool, rng: Rng) -> Body:
    inner = shaped.inner_radius
    if full:
        seam = float(rng.uniform(-0.12, 0.12)) if capsule else 2.0
        return Body(inner * rng.uniform(0.85, 1.0), 0.5, (0.05, 0.0), inner, seam, capsule)
    kind = rng.random()
    if kind < 0.35:  # flat-faced with a bevelled edge
        dome, bevel = (
            inner * rng.uniform(0.0, 0.06),
            (rng.uniform(0.05, 0.14), rng.uniform(0.02, 0.09)),
        )
    elif kind < 0.92:  # convex
        dome, bevel = (
            inner * rng.uniform(0.08, 0.4),
            (rng.uniform(0.02, 0.06), rng.uniform(0.0, 0.06)),
        )
    else:  # nearly spherical
        dome, bevel = inner * rng.uniform(0.5, 0.8), (0.03, 0.0)
    return Body(dome, rng.uniform(0.75, 1.0), bevel, inner * rng.uniform(0.2, 0.7))


def _coat(appearance: Appearance, shiny: bool, softgel: bool, rng: Rng) -> Coat:
    names = appearance.colors or (Color.WHITE,)
    first = sample_color(names[0], rng)
    second = sample_color(names[1], rng) if len(names) > 1 else first
    paint = Paint.PLAIN
    if shiny and not softgel:
        paint = Paint.HALVES
    elif len(names) > 1:
        paint = Paint.SPECKLED if rng.random() < 0.6 else Paint.HALVES
    elif rng.random() < 0.07:
        paint, second = Paint.SPECKLED, sample_color(names[0], rng)
    if shiny:
        gloss, shine = rng.uniform(0.3, 0.9), float(np.exp(rng.uniform(3.2, 5.5)))
        grain, peel = 0.0, 0.01
    else:
        gloss = rng.choice([0.0, 0.03, 0.1, 0.25]) * rng.uniform(0.5, 1.5)
        shine = float(np.exp(rng.uniform(1.5, 4.0)))
        grain, peel = abs(rng.normal(0, 0.06)), abs(rng.normal(0, 0.03))
    return Coat(
        colors=(first, second),
        paint=paint,
        gloss=gloss,
        shine=shine,
        clear=rng.uniform(0.4, 0.9) if softgel else 0.0,
        grain=grain,
        peel=peel,
        wear=max(0.0, rng.normal(-0.5, 0.5)) if not shiny else 0.0,
        dust=abs(rng.normal(0, 0.04)),
    )


def _imprint(appearance: Appearance, runs: tuple[Run, ...], pill: _Pill, rng: Rng) -> Imprint:
    if pill.printed:
        ink = appearance.imprint_color or (
            Color.WHITE if max(pill.coat.colors[0]) < 0.1 else Color.BLACK
        )
        return Imprint(
            runs,
            depth=0.0,
            slope=0.02,
            ink=sample_ink(ink, rng),
            opacity=rng.uniform(0.6, 1.0),
            fading=rng.choice([0.0, 0.3]),
        )
    depth = float(np.exp(rng.normal(np.log(0.045), 0.4)))
    return Imprint(
        runs,
        depth=depth if pill.raised else -depth,
        slope=rng.uniform(0.03, 0.09),
        fading=abs(rng.normal(0, 0.25)),
    )


def _pose(look: Look, rng: Rng) -> Pose:
    angle = rng.uniform(-np.pi, np.pi) if look.turn >= 3 else rng.normal(0, look.turn)
    x, y = 0.5 + rng.normal(0, look.wander, 2)
    tilt_x, tilt_y = rng.normal(0, look.tilt, 2).clip(-0.4, 0.4)
    return Pose(float(x), float(y), rng.uniform(*look.radius), float(angle), (tilt_x, tilt_y))


def _light(rng: Rng) -> Light:
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


def _camera(roughness: float, rng: Rng) -> Camera:
    warmth, tint = rng.normal(0, 0.1 * roughness), rng.normal(0, 0.04 * roughness)
    blur = abs(rng.normal(0, 6.0 * roughness))
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


def choose(weights: Mapping[Choice, float], rng: Rng) -> Choice:
    """A key of ``weights``, with probability proportional to its weight."""
    choices = list(weights)
    share = np.array([weights[choice] for choice in choices], float)
    return choices[int(rng.choice(len(choices), p=share / share.sum()))]
