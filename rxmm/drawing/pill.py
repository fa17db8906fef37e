"""The faces of a catalogue entry, drawn from its facts with nothing left to chance.

The body, its light and its score lines are `rxmm.render`'s.  The imprint is set over them in one
plain typeface, so that it can be read on a thumbnail.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from rxmm.catalog.sides import likely_faces
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.drawing.lettering import Line, arrange, ink_mask, pressed, printed
from rxmm.render.arrange import Groove
from rxmm.render.colors import to_linear
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
from rxmm.render.shading import shade
from rxmm.render.shapes import Outline, outline
from rxmm.render.surface import build_surface
from rxmm.results import Appearance, Rgb

PAPER = (238, 240, 243)
"""What the pill lies on: darker than a white pill."""

COLORS: dict[Color, tuple[int, int, int]] = {
    Color.BLACK: (34, 33, 35),
    Color.BLUE: (122, 170, 222),
    Color.BROWN: (130, 82, 58),
    Color.GRAY: (122, 121, 124),
    Color.GREEN: (132, 186, 132),
    Color.ORANGE: (242, 158, 84),
    Color.PINK: (243, 176, 190),
    Color.PURPLE: (162, 122, 184),
    Color.RED: (190, 44, 48),
    Color.TURQUOISE: (84, 194, 198),
    Color.WHITE: (250, 249, 246),
    Color.YELLOW: (248, 224, 122),
}
"""How each FDA colour is drawn, sRGB: plainer than real pills, which are often paler."""

UNKNOWN = (222, 220, 214)
"""A pill of no recorded colour."""

_VARIANT = 5  # of each outline: a middle one
_MARGIN = 0.15  # around the pill, face units
_LONG = 0.85  # half the length of a long pill, heights of the sheet
_LIGHT = Light(((-0.42, -0.5, 0.757),), (1.0,), ambient=1.3, size=0.2, shadow=0.4)
_RELIEF = {"DEBOSSED": -1, "EMBOSSED": 1, None: 0}
_Face = tuple[tuple[Groove, ...], list[Line]]
_FACES_RECORDED = {"TW"}
"""Countries whose table lists the two faces one after the other."""


def share(appearance: Appearance) -> tuple[tuple[str, ...], ...]:
    """The segments of the imprint by face: one or two faces.

    Where the source does not say which segment is on which face, they are shared as is likeliest,
    see `rxmm.catalog.sides`.  A score line gets a face of its own where the imprint leaves one.
    """
    imprint = appearance.imprint
    cut = -(-len(imprint) // 2)
    recorded = faces_recorded(appearance)
    front, back = (imprint[:cut], imprint[cut:]) if recorded else likely_faces(appearance)
    return (front, back) if back or (_scored(appearance) and front) else (front,)


def faces_recorded(appearance: Appearance) -> bool:
    """Whether every source of it says which segment is on which face."""
    countries = {product.country for product in appearance.products}
    return bool(countries) and countries <= _FACES_RECORDED


def draw_faces(appearance: Appearance, width: int, height: int) -> Image.Image:
    """The faces side by side in the middle of a sheet of `PAPER`; same facts, same pixels.

    Args:
        width, height: of the sheet, pixels; the pill is as large as it allows, long ones lower.
    """
    faces = share(appearance)
    shaped = outline(appearance.shape or Shape.ROUND, _VARIANT)
    half_width, half_height = (half + _MARGIN for half in shaped.half_size)
    room = width / len(faces) / 2
    radius = min(height / 2 / half_height, _LONG * height / half_width, room / half_width)
    size = int(2 * half_width * radius), int(2 * half_height * radius)
    layout = _layout(faces, shaped, _grooves(appearance, shaped))
    scenes = [_scene(appearance, shaped, grooves, radius / min(size)) for grooves, _ in layout]
    sheet = Image.new("RGB", (width, height), PAPER)
    left, top = (width - len(faces) * size[0]) // 2, (height - size[1]) // 2
    for side, body in enumerate(_bodies(scenes, size)):
        mask = ink_mask(layout[side][1], size, radius)
        face = _lettered(appearance, body, mask, radius)
        pixels = Image.fromarray((face.clip(0, 1) * 255).round().astype(np.uint8))
        sheet.paste(pixels, (left + side * size[0], top))
    return sheet


def _layout(
    faces: Sequence[Sequence[str]], shaped: Outline, grooves: tuple[Groove, ...]
) -> list[_Face]:
    """Score lines and text of each face; the lines are on a blank one, or leave text largest."""
    blank = [side for side, tokens in enumerate(faces) if not tokens]
    layouts = [
        [
            (own, arrange(tokens, shaped, own))
            for side, tokens in enumerate(faces)
            for own in [grooves if side == scored else ()]
        ]
        for scored in blank or reversed(range(len(faces)))
    ]
    return max(
        layouts, key=lambda layout: min((line.em for _, on in layout for line in on), default=0)
    )


def _scored(appearance: Appearance) -> bool:
    return (appearance.score or 1) > 1


def _grooves(appearance: Appearance, shaped: Outline) -> tuple[Groove, ...]:
    """One line or a cross on a roundish pill, upright lines on a long one."""
    score = appearance.score or 1
    half_width, half_height = shaped.half_size
    long = half_height / half_width < 0.75
    if score == 4 and not long:
        return tuple(Groove(angle, 0.0, 0.06, 0.08) for angle in (0.0, np.pi / 2))
    offsets = (np.arange(1, score) / score * 2 - 1) * (half_width if long else half_height)
    angle = np.pi / 2 if long else 0.0
    return tuple(Groove(angle, float(offset), 0.06, 0.08) for offset in offsets)


def _scene(
    appearance: Appearance, shaped: Outline, grooves: Sequence[Groove], radius: float
) -> Scene:
    names = appearance.colors
    first = COLORS[names[0]] if names else UNKNOWN
    second = COLORS[names[1]] if len(names) > 1 else first
    filled = shaped.shape is Shape.CAPSULE and (
        appearance.imprint_type == "PRINTED" or len(names) > 1
    )
    inner = shaped.inner_radius
    body = (
        Body(0.8 * inner, 0.5, (0.05, 0.0), 0.2, seam=0.0)
        if filled
        else Body(0.16 * inner, 0.9, (0.07, 0.035), 0.15)
    )
    return Scene(
        appearance=appearance,
        side=0,
        seed=0,
        outline=shaped,
        body=body,
        coat=Coat(
            colors=(_linear(first), _linear(second)),
            paint=Paint.HALVES if len(names) > 1 else Paint.PLAIN,
            gloss=0.12 if filled else 0.0,
            shine=40.0,
            clear=0.0,
            grain=0.0,
            peel=0.0,
            wear=0.0,
            dust=0.0,
            mottle=0.0,
        ),
        imprint=Imprint((), depth=0.0, slope=0.02),
        grooves=tuple(grooves),
        pose=Pose(0.5, 0.5, radius, 0.0, (0.0, 0.0)),
        light=_LIGHT,
        background=Background.PLAIN,
        ground=_linear(PAPER),
        camera=Camera(),
    )


def _bodies(scenes: Sequence[Scene], size: tuple[int, int]) -> NDArray[np.float32]:
    """(B, H, W, 3) the bare pills on their paper, sRGB in [0, 1]."""
    width, height = size
    seeds = torch.zeros(len(scenes), dtype=torch.int64)
    ground = torch.tensor([scene.ground for scene in scenes])[:, :, None, None]
    with torch.inference_mode():
        surface = build_surface(scenes, seeds, height, width)
        light, _ = shade(scenes, surface, seeds, ground.expand(-1, -1, height, width))
    return np.asarray(light.clamp(0, 1).permute(0, 2, 3, 1).numpy() ** (1 / 2.2), np.float32)


def _lettered(
    appearance: Appearance, body: NDArray[np.float32], mask: NDArray[np.float32], radius: float
) -> NDArray[np.float32]:
    if appearance.imprint_type != "PRINTED":
        return pressed(body, mask, _RELIEF.get(appearance.imprint_type, 0), radius)
    return printed(body, mask, _ink(appearance))


def _ink(appearance: Appearance) -> Rgb:
    """The recorded ink, sRGB in [0, 1], deeper than a coat; else one that shows."""
    color = appearance.imprint_color
    if color is None:
        color = Color.WHITE if Color.BLACK in appearance.colors[:2] else Color.BLACK
    depth = 255.0 if color is Color.WHITE else 255.0 / 0.62
    red, green, blue = (channel / depth for channel in COLORS[color])
    return red, green, blue


def _linear(color: tuple[int, int, int]) -> Rgb:
    red, green, blue = to_linear(np.array(color) / 255)
    return float(red), float(green), float(blue)
