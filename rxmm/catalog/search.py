"""Looking a pill up by hand: what a person typed against every appearance of a catalogue.

A row stays in the answer unless a recorded fact contradicts the query; what is not recorded never
does.  The rows that stay are ranked by how their imprint fits (`Band`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_match import Band, ImprintQuery
from rxmm.catalog.search_index import SearchIndex
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import PIECES, SIZE_MM, SIZE_TOLERANCE_MM, Color, Shape, near_shapes
from rxmm.errors import InputError
from rxmm.results import Appearance


@dataclass(frozen=True, slots=True)
class SearchQuery:
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
        (least, most), (fewest, pieces) = SIZE_MM, PIECES
        if self.size_mm is not None and not least <= self.size_mm <= most:
            raise InputError(f"A size of {self.size_mm} mm is no pill's: give {least} to {most}.")
        if self.score is not None and not fewest <= self.score <= pieces:
            raise InputError(
                f"A pill scored into {self.score} pieces? Give {fewest} (unscored) to {pieces}."
            )


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


def search(catalog: Catalog, query: SearchQuery, *, top: int = 10) -> SearchResult:
    """All appearances that ``query`` does not contradict, best first."""
    fits = _fits(catalog, query)
    looks = SearchIndex.of(catalog)
    hits = tuple(
        Hit(
            row,
            catalog.appearance(row),
            Band(fits.band[place]),
            tuple(_differences(query, *looks.looks[looks.look[row]]) or ()),
        )
        for place in _shown(fits, top)
        for row in (int(fits.row[place]),)
    )
    count = {Band(band): int((fits.band == band).sum()) for band in np.unique(fits.band)}
    relax = () if set(count) - {Band.NOT_RECORDED} else tuple(_relaxations(catalog, query))
    return SearchResult(hits, count, relax)


@dataclass(frozen=True, slots=True, eq=False)
class _Fits:
    """The K rows that fit, best first: numbers and bands, each (K,)."""

    row: NDArray[np.int64]
    band: NDArray[np.int64]


def _shown(fits: _Fits, top: int) -> list[int]:
    """Places of the first ``top``; pills of unknown imprint, often many, never crowd out the last
    band."""
    bands = (fits.band < Band.NOT_RECORDED, fits.band == Band.NOT_RECORDED)
    known, unknown = (np.flatnonzero(of)[:top].tolist() for of in bands)
    last = np.flatnonzero(fits.band > Band.NOT_RECORDED).tolist()
    room = top - len(known)
    kept = max(room - len(last), room // 2)
    return [*known, *unknown[:kept], *last][:top]


def _fits(catalog: Catalog, query: SearchQuery) -> _Fits:
    index = SearchIndex.of(catalog)
    differs = [_differences(query, *look) for look in index.looks]
    apart = np.array([-1 if of is None else len(of) for of in differs])[index.look]
    band = np.full(len(index.imprints), Band.NOT_ASKED)
    distance = np.zeros(len(band))
    if query.imprint.strip():
        imprint = ImprintQuery(query.imprint)
        band[:] = -1
        for number in index.possible(imprint).tolist():
            fit = imprint.fit(index.imprints[number])
            if fit is not None:
                band[number], distance[number] = fit
    rows = np.flatnonzero((apart >= 0) & (band[index.imprint] >= 0))
    of_rows = index.imprint[rows]
    order = np.lexsort((rows, apart[rows], distance[of_rows], band[of_rows]))
    return _Fits(rows[order], band[of_rows][order])


def _differences(
    query: SearchQuery, color: str, shape: str, score: float, size_mm: float
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
        if shape and not near_shapes(shape, query.shape):
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


def _relaxations(catalog: Catalog, query: SearchQuery) -> Iterator[tuple[str, int]]:
    blank = SearchQuery()
    for part in ("size_mm", "score", "shape", "colors", "imprint"):
        if getattr(query, part) != getattr(blank, part):
            relaxed: SearchQuery = replace(query, **{part: getattr(blank, part)})
            if relaxed == blank:
                return  # leaving out the only thing asked answers nothing
            count = int((_fits(catalog, relaxed).band != Band.NOT_RECORDED).sum())
            if count:
                yield part, count
