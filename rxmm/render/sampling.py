"""Draws a scene at random: first the pill, the same for both faces, then one picture of a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.render.arrange import Groove, arrange, arrange_capsule
from rxmm.render.colors import sample_color, sample_ink
from rxmm.render.layout import Lettering, Run
from rxmm.render.looks import (
    Look,
    choose,
    sample_camera,
    sample_ground,
    sample_light,
    sample_pose,
)
from rxmm.render.scene import Body, Coat, Imprint, Paint, Scene
from rxmm.render.shapes import VARIANTS, Outline, outline
from rxmm.render.typography import LOGO_COUNT, covers, drawable, font_names
from rxmm.results import Appearance, Rgb

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class _Pill:
    """What both faces share."""

    outline: Outline
    body: Body
    coat: Coat
    faces: tuple[tuple[str, ...], tuple[str, ...]]
    scored: tuple[bool, bool]
    lettering: Lettering
    ink: Rgb | None
    raised: bool
    hollow: bool
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
    background = choose(look.backgrounds, setting)
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
        imprint=_imprint(tuple(runs), pill, rng),
        grooves=grooves,
        pose=sample_pose(look, background, rng),
        light=sample_light(setting),
        background=background,
        ground=sample_ground(setting),
        camera=sample_camera(look.roughness, setting),
    )


def _sample_pill(appearance: Appearance, rng: Rng, fonts: Sequence[str]) -> _Pill:
    shape = appearance.shape or Shape.ROUND
    shaped = outline(shape, int(rng.integers(VARIANTS)))
    printed = appearance.imprint_type == "PRINTED"
    capsule = shape is Shape.CAPSULE and (printed or len(appearance.colors) > 1)
    softgel = printed and not capsule and shape is Shape.OVAL and rng.random() < 0.4
    tokens = drawable(appearance.imprint)
    usable = [font for font in (*fonts, *font_names()) if covers(font, "".join(tokens))]
    usable = [font for font in usable if font in fonts] or usable
    bold = np.clip(rng.normal(0, 0.014), -0.02, 0.03)
    hollow = not printed and rng.random() < _HOLLOW
    if hollow:
        bold = rng.uniform(0.02, 0.05)  # room between the lines
    coat = _coat(appearance, capsule or softgel, softgel, rng)
    return _Pill(
        outline=shaped,
        body=_body(shaped, capsule or softgel, capsule, rng),
        coat=coat,
        faces=_share(tokens, printed, rng),
        scored=_scored(appearance.score or 1, rng),
        lettering=Lettering(
            font=choose({font: 3.0 if font in _ENGRAVED else 1.0 for font in usable}, rng),
            stretch=float(np.exp(rng.normal(0, 0.12))),
            tracking=float(min(rng.exponential(0.11), 0.4)),
            bold=float(bold),
            logo=int(rng.integers(LOGO_COUNT)),
        ),
        ink=_ink(appearance, coat, rng) if printed else None,
        raised=appearance.imprint_type == "EMBOSSED",
        hollow=hollow,
        capsule=capsule,
    )


_HOLLOW = 0.1
"""Share of pressed or raised imprints whose letters are outlines."""

_ENGRAVED = {
    "carved",
    "condensed-light",
    "din",
    "grotesque",
    "rounded",
    "rounded-narrow",
    "rounded-wide",
    "routed",
    "routed-narrow",
    "routed-wide",
    "square",
}
"""What dies are mostly cut with: even, narrow strokes."""


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
    width, depth = rng.uniform(0.04, 0.17), rng.uniform(0.03, 0.12)
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
        mottle=rng.choice([0.0, 0.05, 0.15]) * rng.uniform(0.5, 1.5) if not shiny else 0.0,
    )


def _ink(appearance: Appearance, coat: Coat, rng: Rng) -> Rgb:
    """The recorded ink; where none is, one that shows on the coat."""
    showing = Color.WHITE if max(coat.colors[0]) < 0.1 else Color.BLACK
    return sample_ink(appearance.imprint_color or showing, rng)


def _imprint(runs: tuple[Run, ...], pill: _Pill, rng: Rng) -> Imprint:
    if pill.ink:
        return Imprint(
            runs,
            depth=0.0,
            slope=0.02,
            ink=pill.ink,
            opacity=rng.uniform(0.45, 1.0),
            fading=rng.choice([0.0, 0.3]),
        )
    depth = float(np.exp(rng.normal(np.log(0.037), 0.5)))
    return Imprint(
        runs,
        depth=depth if pill.raised else -depth,
        slope=rng.uniform(0.03, 0.12),
        fading=abs(rng.normal(0, 0.25)),
        hollow=rng.uniform(0.008, 0.016) if pill.hollow else 0.0,
    )
