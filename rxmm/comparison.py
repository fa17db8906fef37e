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
    appearance: Appearance,
    readings: Sequence[ImprintReading],
    looks: Sequence[Looks],
    unaided: Sequence[ImprintReading] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Short phrases for a person: (what agrees, what differs).  What was not seen is in neither.

    Args:
        readings: spelt by this appearance, see `rxmm.imprint.decoding`, or as they were read.
        unaided: where they were spelt, as they were read.
    """
    agrees: list[str] = []
    differs: list[str] = []
    seen = [(word, line) for r in readings for line in r.tokens for word in tokens(line.text)]
    as_read = {word for r in unaided for word in tokens(r.text)}
    read = {word for word, _ in seen} | as_read
    elsewhere = on_other_face(appearance, read) if len(readings) == 1 else set()
    imprint = tuple(dict.fromkeys(tokens(appearance.imprint)))
    for token in imprint:
        word, line = min(
            seen, key=lambda pair: Levenshtein.distance(pair[0], token), default=("", None)
        )
        by_itself = line.read if line and line.read is not None else word
        if token == by_itself or token in as_read:
            agrees.append(f"imprint {token}")
        elif token == word:
            agrees.append(f"imprint {token} ({f'read {by_itself}' if by_itself else 'faint'})")
        elif word and fold_look_alikes(token) == fold_look_alikes(word):
            agrees.append(f"imprint {token} (read {word})")
        else:
            where = ", likely on the other face" if token in elsewhere else ""
            differs.append(f"imprint {token} not read{where}")
    differs += [f"read {word}, not on it" for word in unborne(imprint, [*readings, *unaided])]
    if looks:
        _compare_looks(appearance, looks, agrees, differs)
    return tuple(agrees), tuple(differs)


def unborne(
    imprint: Sequence[str], readings: Sequence[ImprintReading], sure: float = SURE
) -> tuple[str, ...]:
    """Words of two characters or more that a reader is sure of and that stand nowhere on a pill of
    these tokens, not even misread."""
    words = dict.fromkeys(
        word
        for reading in readings
        for line in reading.tokens
        if line.confidence >= sure
        for word in tokens(line.text)
        if len(word) > 1
    )
    return tuple(word for word in words if not _resembles_any(word, imprint))


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
        fits = [
            min(sum(part.get(color, 0.0) for color in appearance.colors) for part in seen.colors)
            for seen in looks
        ]
        seen_as = likely_colors(looks[int(np.argmin(fits))])
        if min(fits) < PLAUSIBLE:
            differs.append(f"colour {named}, seen {seen_as}")
        elif set(seen_as.split("/")).isdisjoint(named.split("/")):
            agrees.append(f"colour {named} possible, seen {seen_as}")
        else:
            agrees.append(f"colour {named}")
    if appearance.shape:
        near = [shape for shape in Shape if near_shapes(shape, appearance.shape)]
        each = [sum(seen.shape.get(s, 0.0) for s in near) for seen in looks]
        named = appearance.shape.lower()
        if np.mean(each) >= PLAUSIBLE:
            agrees.append(f"shape {named}")
        else:
            seen_shape = likely_shape(looks[int(np.argmin(each))])
            differs.append(f"shape {named}, seen {seen_shape.lower()}")
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
