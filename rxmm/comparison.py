"""In words: what of an appearance agrees with what was seen, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.imprint_text import fold_look_alikes, tokens
from rxmm.catalog.sides import on_other_face
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import Appearance, ImprintReading, Looks

NEAR_SHAPES = ({Shape.CAPSULE, Shape.OVAL},)
"""Shapes that labelers themselves confuse."""
PLAUSIBLE = 0.15
"""Least probability of a colour or shape to call it in agreement."""
SIZE_TOLERANCE_MM = 1.5


def compare(
    appearance: Appearance, readings: Sequence[ImprintReading], looks: Sequence[Looks]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Short phrases for a person: (what agrees, what differs).  What was not seen is in neither.

    Args:
        readings: spelt by this appearance, see `rxmm.imprint.decoding`, or as they were read.
    """
    agrees: list[str] = []
    differs: list[str] = []
    seen = [(word, line) for r in readings for line in r.tokens for word in tokens(line.text)]
    read = {word for word, _ in seen}
    elsewhere = on_other_face(appearance, read) if len(readings) == 1 else set()
    for token in dict.fromkeys(tokens(appearance.imprint)):
        word, line = min(
            seen, key=lambda pair: Levenshtein.distance(pair[0], token), default=("", None)
        )
        unaided = line.read if line and line.read is not None else word
        if token == unaided:
            agrees.append(f"imprint {token}")
        elif token == word:
            agrees.append(f"imprint {token} ({f'read {unaided}' if unaided else 'faint'})")
        elif word and fold_look_alikes(token) == fold_look_alikes(word):
            agrees.append(f"imprint {token} (read {word})")
        else:
            where = ", likely on the other face" if token in elsewhere else ""
            differs.append(f"imprint {token} not read{where}")
    if looks:
        _compare_looks(appearance, looks, agrees, differs)
    return tuple(agrees), tuple(differs)


def _compare_looks(
    appearance: Appearance, looks: Sequence[Looks], agrees: list[str], differs: list[str]
) -> None:
    if appearance.colors:
        named = "/".join(color.lower() for color in appearance.colors)
        parts = [part for seen in looks for part in seen.colors]
        fits = [sum(part.get(color, 0.0) for color in appearance.colors) for part in parts]
        if min(fits) >= PLAUSIBLE:
            agrees.append(f"colour {named}")
        else:
            differs.append(f"colour {named}, seen {likely_colors(looks[0])}")
    if appearance.shape:
        near = {appearance.shape}.union(*(p for p in NEAR_SHAPES if appearance.shape in p))
        fit = float(np.mean([sum(seen.shape.get(s, 0.0) for s in near) for seen in looks]))
        named = appearance.shape.lower()
        if fit >= PLAUSIBLE:
            agrees.append(f"shape {named}")
        else:
            differs.append(f"shape {named}, seen {likely_shape(looks[0]).lower()}")
    sizes = [seen.size_mm for seen in looks if seen.size_mm is not None]
    if sizes and appearance.size_mm is not None:
        seen_mm = float(np.mean(sizes))
        fitting = abs(seen_mm - appearance.size_mm) <= SIZE_TOLERANCE_MM
        phrase = f"size {appearance.size_mm:g} mm"
        (agrees if fitting else differs).append(
            phrase if fitting else f"{phrase}, seen {seen_mm:.1f} mm"
        )


def likely_colors(looks: Looks) -> str:
    """The most likely colour of each part, e.g. ``blue/white``."""
    best: list[Color] = [max(part, key=lambda color: part[color]) for part in looks.colors]
    return "/".join(color.lower() for color in dict.fromkeys(best))


def likely_shape(looks: Looks) -> Shape:
    """The most likely shape."""
    return max(looks.shape, key=lambda shape: looks.shape[shape])
