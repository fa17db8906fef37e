"""Looking a pill up by hand: what a person typed against every appearance of a catalogue.

A row stays in the answer unless a recorded fact contradicts the query; what is not recorded never
does.  The rows that stay are ranked by how their imprint fits (`Band`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rxmm.catalog.imprint_match import Band, ImprintQuery
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import InputError
from rxmm.results import Appearance

SIZE_TOLERANCE_MM = 1.5
_NEAR_SHAPES = {Shape.CAPSULE, Shape.OVAL}  # labelers use either for a caplet


# Band, distance of the imprint, number of differences, row, differences: sorts best first.
_Fit = tuple[Band, float, int, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """What is known about the pill; everything may be left out.

    Attributes:
        imprint: all or part of it, any face, any order; ``*`` stands for anything.
        colors: every colour that was seen.
        score: number of equal pieces, 1 = unscored.
        size_mm: longest dimension.

    Raises:
        InputError: an imprint without any letter or digit, a size or score that no pill has.
    """

    imprint: str = ""
    colors: tuple[Color, ...] = ()
    shape: Shape | None = None
    score: int | None = None
    size_mm: float | None = None

    def __post_init__(self) -> None:
        if self.imprint.strip():
            ImprintQuery(self.imprint)
        if self.size_mm is not None and not 0 < self.size_mm <= 100:
            raise InputError(f"A size of {self.size_mm} mm is no pill's: give 1 to 100.")
        if self.score is not None and not 1 <= self.score <= 8:
            raise InputError(f"A pill scored into {self.score} pieces? Give 1 (unscored) to 8.")


@dataclass(frozen=True, slots=True)
class Hit:
    """An appearance that fits.

    Attributes:
        row: its row number in the catalogue.
        differs: in words, what is not quite as asked; empty when all agrees.
    """

    row: int
    appearance: Appearance
    band: Band
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best hits, and the size of the whole answer.

    Attributes:
        hits: best first, at most ``top``.
        count: how many rows fit, by band, in the order of the bands.
        relax: when no recorded imprint fits: the parts of the query that, left out alone, would let
            some fit, and how many.
    """

    hits: tuple[Hit, ...]
    count: dict[Band, int]
    relax: tuple[tuple[str, int], ...] = ()


def search(catalog: Catalog, query: Query, *, top: int = 10) -> SearchResult:
    """All appearances that ``query`` does not contradict, best first."""
    fits = sorted(_fits(catalog, query))
    hits = tuple(
        Hit(row, catalog.appearance(row), band, differs)
        for band, _, _, row, differs in _shown(fits, top)
    )
    found = any(band != Band.NOT_RECORDED for band, *_ in fits)
    relax = () if found else tuple(_relaxations(catalog, query))
    return SearchResult(hits, dict(Counter(band for band, *_ in fits)), relax)


def _shown(fits: list[_Fit], top: int) -> list[_Fit]:
    """The first ``top``; pills of unknown imprint, often many, never crowd out the last band."""
    known = [fit for fit in fits if fit[0] < Band.NOT_RECORDED][:top]
    unknown = [fit for fit in fits if fit[0] == Band.NOT_RECORDED]
    last = [fit for fit in fits if fit[0] > Band.NOT_RECORDED]
    room = top - len(known)
    kept = max(room - len(last), room // 2)
    return (known + unknown[:kept] + last)[:top]


def _fits(catalog: Catalog, query: Query) -> Iterator[_Fit]:
    imprint = ImprintQuery(query.imprint) if query.imprint.strip() else None
    facts = catalog.appearances
    columns = (facts[name] for name in ("color", "shape", "score", "size_mm"))
    looks: Any = zip(*(column.tolist() for column in columns), strict=True)
    for row, (tokens, look) in enumerate(zip(catalog.imprint_tokens, looks, strict=True)):
        differs = _differences(query, *look)
        if differs is None:
            continue
        fit = imprint.fit(tokens) if imprint else (Band.NOT_ASKED, 0.0)
        if fit is not None:
            yield (*fit, len(differs), row, tuple(differs))


def _differences(
    query: Query, color: str, shape: str, score: float, size_mm: float
) -> list[str] | None:
    """What is not quite as asked, in words; None when a recorded fact contradicts the query."""
    differs = []
    if query.colors:
        colors = split(color)
        if colors and not set(query.colors) <= set(colors):
            return None
        others = [other.lower() for other in colors if other not in query.colors]
        if others:
            differs.append(f"also {' and '.join(others)}")
        if not colors:
            differs.append("color not recorded")
    if query.shape and shape != query.shape:
        if shape and {shape, query.shape} != _NEAR_SHAPES:
            return None
        differs.append(f"shape {shape.lower()}" if shape else "shape not recorded")
    if query.score and score != query.score:
        if not math.isnan(score):
            return None
        differs.append("score not recorded")
    if query.size_mm:
        if abs(size_mm - query.size_mm) > SIZE_TOLERANCE_MM:
            return None
        if math.isnan(size_mm):
            differs.append("size not recorded")
        elif abs(size_mm - query.size_mm) > 0.5:
            differs.append(f"size {size_mm:g} mm")
    return differs


def _relaxations(catalog: Catalog, query: Query) -> Iterator[tuple[str, int]]:
    blank = Query()
    for part in ("size_mm", "score", "shape", "colors", "imprint"):
        if getattr(query, part) != getattr(blank, part):
            relaxed: Query = replace(query, **{part: getattr(blank, part)})
            if relaxed == blank:
                return  # leaving out the only thing asked answers nothing
            count = sum(band != Band.NOT_RECORDED for band, *_ in _fits(catalog, relaxed))
            if count:
                yield part, count
