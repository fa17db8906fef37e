"""In words: what of an appearance agrees with what was seen, and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import TypeVar

import numpy as np
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.imprint_text import fold_look_alikes, tokens
from rxmm.catalog.sides import on_other_face
from rxmm.catalog.vocabulary import SIZE_TOLERANCE_MM, Color, Shape, near_shapes
from rxmm.results import MAX_FACES, Appearance, ImprintReading, Looks, measured_size

PLAUSIBLE = 0.15
"""Least probability of a colour or shape to call it in agreement."""
SIZE_FACTOR = 2.0
"""Most by which a measured size is larger, or smaller, than the recorded one of the same pill."""
SHARED = 0.1
"""Least probability of the colours, and of the shapes, that two faces of one pill share."""
STRETCHED = 1.28
"""Most by which one of them is longer, for its breadth, than the other."""
SURE = 0.8
"""The reader's confidence from which on a word is held against a pill that does not bear it."""

_Term = TypeVar("_Term", bound=StrEnum)


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
    imprint = tuple(dict.fromkeys(tokens(appearance.imprint)))
    for token in imprint:
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
    sure = dict.fromkeys(word for word, line in seen if len(word) > 1 and line.confidence >= SURE)
    differs += [f"read {word}, not on it" for word in sure if not _resembles_any(word, imprint)]
    if looks:
        _compare_looks(appearance, looks, agrees, differs)
    return tuple(agrees), tuple(differs)


def _resembles_any(word: str, imprint: Sequence[str]) -> bool:
    """Whether a word may be one of these tokens, a piece of one or several together, misread."""
    return any(
        word in token
        or token in word
        or Levenshtein.distance(word, token) <= max(len(word), len(token)) / 2
        for token in imprint
    )


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
        near = [shape for shape in Shape if near_shapes(shape, appearance.shape)]
        fit = float(np.mean([sum(seen.shape.get(s, 0.0) for s in near) for seen in looks]))
        named = appearance.shape.lower()
        if fit >= PLAUSIBLE:
            agrees.append(f"shape {named}")
        else:
            differs.append(f"shape {named}, seen {likely_shape(looks[0]).lower()}")
    seen_mm = measured_size(looks)
    if seen_mm and appearance.size_mm is not None:
        fitting = abs(seen_mm - appearance.size_mm) <= SIZE_TOLERANCE_MM
        phrase = f"size {appearance.size_mm:g} mm"
        (agrees if fitting else differs).append(
            phrase if fitting else f"{phrase}, seen {seen_mm:.1f} mm"
        )


def of_one_pill(looks: Sequence[Looks]) -> bool:
    """Whether these may be the faces of one pill: no more than it has, alike in colours, shape and
    outline.

    How often that is right: docs/BENCHMARK.md, "Faces of two pills".
    """
    if len(looks) > MAX_FACES:
        return False
    return all(
        _shared(_of_any_part(one), _of_any_part(other)) >= SHARED
        and _shared(one.shape, other.shape) >= SHARED
        and 1 / STRETCHED <= one.aspect_ratio / other.aspect_ratio <= STRETCHED
        for one, other in combinations(looks, 2)
    )


def of_its_size(appearance: Appearance, looks: Sequence[Looks]) -> bool:
    """Whether a measured size, if there is one, may be that of an appearance, if one is recorded.

    A coin is no small tablet.  Of Taiwan's pills 1% are told a size so far from their own.
    """
    size = measured_size(looks)
    if not size or appearance.size_mm is None:
        return True
    return 1 / SIZE_FACTOR <= size / appearance.size_mm <= SIZE_FACTOR


def _of_any_part(looks: Looks) -> dict[Color, float]:
    return {color: max(part.get(color, 0.0) for part in looks.colors) for color in Color}


def _shared(one: Mapping[_Term, float], other: Mapping[_Term, float]) -> float:
    return sum(min(probability, other.get(term, 0.0)) for term, probability in one.items())


def likely_colors(looks: Looks) -> str:
    """The most likely colour of each part, e.g. ``blue/white``."""
    best: list[Color] = [max(part, key=lambda color: part[color]) for part in looks.colors]
    return "/".join(color.lower() for color in dict.fromkeys(best))


def likely_shape(looks: Looks) -> Shape:
    """The most likely shape."""
    return max(looks.shape, key=lambda shape: looks.shape[shape])
