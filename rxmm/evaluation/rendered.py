"""The rendered query sets: rows of the US catalogue drawn in typefaces that nothing trains on.

The rows themselves are not held out: any catalogue row may be drawn for training too.  Every set is
always the same; its pictures are drawn when asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import rotate_180, tokens
from rxmm.catalog.table import Catalog
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.render import HELD_OUT_FONTS, LAB, PHONE, Look, Scene, render, sample_scene
from rxmm.results import Appearance

ROWS = 300
TURNED_ROWS = 150
"""Of the turned set, each drawn twice."""
TURNED_RADIUS = (0.33, 0.35)
"""Of the turned pills, over the frame's side: the corners of a square one stay in the picture."""
SEED = 20
SIDE = 320
"""Pixels of the square pictures."""

_STYLES = {"lab": LAB, "phone": PHONE}
_WAYS_UP = ("upright", "upside down")

Imprint = tuple[str, ...]


def rendered_pills() -> list[Query]:
    """Random rows with an imprint, half in each style."""
    catalog = Catalog.load("us")
    marked = [row for row, imprint in enumerate(catalog.imprint_tokens) if imprint]
    return _in_both_styles(catalog, _choose(marked, ROWS))


def phone_pills(catalog: Catalog, count: int) -> list[Query]:
    """Random rows with an imprint drawn as by phone, to calibrate on; of another catalogue than the
    sets, which show pills of the US."""
    marked = [row for row, imprint in enumerate(catalog.imprint_tokens) if imprint]
    # Seeds beyond those of the sets: never in the light and place of one of their pills.
    return [
        _query(catalog.appearance(row), ROWS + number, "phone")
        for number, row in enumerate(_choose(marked, count))
    ]


def rendered_single() -> list[Query]:
    """Random rows with a token of a single character, half in each style."""
    catalog = Catalog.load("us")
    single = [row for row, imprint in enumerate(catalog.imprint_tokens) if 1 in map(len, imprint)]
    return _in_both_styles(catalog, _choose(single, ROWS))


def rendered_turned() -> list[Query]:
    """Rows with a token that reads as another upside down, each drawn upright and upside down.

    Every row is there that becomes another imprint of the catalogue when one token, or all, are
    turned; the rest are random rows with a token that, turned, is some other token of the
    catalogue.  Each pill is drawn twice, the same but for the way up: turned by up to 90° to
    either side of upright, and by 180° more; each face by an angle of its own.
    """
    catalog = Catalog.load("us")
    imprints = catalog.imprint_tokens
    known = set(catalog.imprint_keys)
    words = {token for imprint in imprints for token in imprint}
    paired = [row for row, own in enumerate(imprints) if not known.isdisjoint(_turned(own))]
    readable = [
        row
        for row, own in enumerate(imprints)
        if row not in paired and any(_other(token) in words for token in own)
    ]
    rows = paired[:TURNED_ROWS]
    rows += _choose(readable, TURNED_ROWS - len(rows))
    return [
        _query(catalog.appearance(row), seed, list(_STYLES)[seed % len(_STYLES)], way)
        for seed, row in enumerate(rows)
        for way in _WAYS_UP
    ]


def _turned(imprint: Imprint) -> Iterator[Imprint]:
    """What the imprint may be taken for when a token, or all of it, is read upside down.

    Sorted, and never the imprint itself.
    """
    for place, token in enumerate(imprint):
        other = _other(token)
        if other:
            yield tuple(sorted((*imprint[:place], other, *imprint[place + 1 :])))
    whole = [rotate_180(token) for token in imprint]
    readable = tuple(sorted(token for token in whole if token))
    if len(readable) == len(imprint) and readable != tuple(sorted(imprint)):
        yield readable


def _other(token: str) -> str | None:
    """What ``token`` reads as upside down, None where that is nothing or the same."""
    turned = rotate_180(token)
    return None if turned == token else turned


def _choose(rows: Sequence[int], count: int) -> list[int]:
    return [int(row) for row in np.random.default_rng(SEED).choice(rows, count, replace=False)]


def _in_both_styles(catalog: Catalog, rows: Sequence[int]) -> list[Query]:
    return [
        _query(catalog.appearance(row), seed, list(_STYLES)[seed % len(_STYLES)])
        for seed, row in enumerate(rows)
    ]


def _query(appearance: Appearance, seed: int, style: str, way: str = "") -> Query:
    """The pill drawn in a style, any way up that the style has, or in the one given."""
    return Query(
        id=f"{seed}-{appearance.appearance_id}{f'-{way}' if way else ''}",
        group=appearance.appearance_id,
        photos=lambda: _draw(appearance, seed, _STYLES[style], way),
        faces=(1, 1),
        label=Label(
            imprint=tokens(appearance.imprint),
            colors=appearance.colors,
            shape=appearance.shape,
            score=appearance.score,
            size_mm=appearance.size_mm,
            imprint_type=appearance.imprint_type,
            generic=appearance.products[0].generic,
            labeler=appearance.products[0].labeler,
        ),
        style=way or style,
    )


def _draw(appearance: Appearance, seed: int, look: Look, way: str) -> tuple[NDArray[np.uint8], ...]:
    """Both faces, (SIDE, SIDE, 3) uint8 RGB each."""
    if way:
        look = replace(look, turn=math.inf, radius=TURNED_RADIUS)
    scenes = [sample_scene(appearance, side, seed, look, HELD_OUT_FONTS) for side in (0, 1)]
    if way:
        scenes = [_way_up(scene, upside_down=way == "upside down") for scene in scenes]
    return tuple(picture.image.permute(1, 2, 0).numpy() for picture in render(scenes, SIDE, SIDE))


def _way_up(scene: Scene, *, upside_down: bool) -> Scene:
    """A scene at any angle brought to within 90° of upright, or of upside down."""
    angle = scene.pose.angle / 2 + (math.pi if upside_down else 0.0)
    return replace(scene, pose=replace(scene.pose, angle=angle))
