"""The rendered query set: rows of the US catalogue drawn in typefaces that nothing trains on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.table import Catalog
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.render import HELD_OUT_FONTS, LAB, PHONE, Look, render, sample_scene
from rxmm.results import Appearance

ROWS = 300
SEED = 20
SIDE = 320
"""Pixels of the square pictures."""

_STYLES = {"lab": LAB, "phone": PHONE}


def rendered_pills() -> list[Query]:
    """Random rows with an imprint, always the same, half in each style, drawn when asked for.

    The rows themselves are not held out: any catalogue row may be drawn for training too.
    """
    catalog = Catalog.load("us")
    marked = [row for row, imprint in enumerate(catalog.imprint_tokens) if imprint]
    chosen = np.random.default_rng(SEED).choice(marked, ROWS, replace=False)
    return [
        _query(catalog.appearance(row), seed, list(_STYLES)[seed % len(_STYLES)])
        for seed, row in enumerate(chosen.tolist())
    ]


def _query(appearance: Appearance, seed: int, style: str) -> Query:
    return Query(
        id=f"{seed}-{appearance.appearance_id}",
        group=appearance.appearance_id,
        photos=lambda: _draw(appearance, seed, _STYLES[style]),
        faces=(1, 1),
        label=Label(
            imprint=tokens(appearance.imprint),
            colors=appearance.colors,
            shape=appearance.shape,
            score=appearance.score,
            size_mm=appearance.size_mm,
            imprint_type=appearance.imprint_type,
            generic=appearance.products[0].generic,
        ),
        style=style,
    )


def _draw(appearance: Appearance, seed: int, look: Look) -> tuple[NDArray[np.uint8], ...]:
    """Both faces, (SIDE, SIDE, 3) uint8 RGB each."""
    scenes = [sample_scene(appearance, side, seed, look, HELD_OUT_FONTS) for side in (0, 1)]
    return tuple(picture.image.permute(1, 2, 0).numpy() for picture in render(scenes, SIDE, SIDE))
