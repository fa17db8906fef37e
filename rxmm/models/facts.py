"""What a table says of pills, imprint aside, as tensors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import pandas as pd
import torch
from torch import Tensor

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS, tokens
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import Color, Shape

COLORS, SHAPES = tuple(Color), tuple(Shape)
NO_SHAPE = len(SHAPES)
MAX_SCORE = 4

_COLOR = {color: index for index, color in enumerate(COLORS)}
_SHAPE = {shape: index for index, shape in enumerate(SHAPES)}


class Pill(Protocol):
    """What an `Appearance` and a photograph's label have in common."""

    @property
    def imprint(self) -> tuple[str, ...]: ...
    @property
    def colors(self) -> tuple[Color, ...]: ...
    @property
    def shape(self) -> Shape | None: ...
    @property
    def score(self) -> int | None: ...
    @property
    def size_mm(self) -> float | None: ...


class PillFacts(NamedTuple):
    """Facts of N pills, imprint aside; any leading dimensions stand for N.

    Attributes:
        colors: (N, 12) float, 1 for each recorded colour.
        shape: (N,) int64, place in `SHAPES`; `NO_SHAPE` when not recorded.
        score: (N,) int64, 1 to `MAX_SCORE` equal pieces; 0 when not recorded.
        size: (N,) float, mm; 0 when not recorded.
    """

    colors: Tensor
    shape: Tensor
    score: Tensor
    size: Tensor

    def take(self, rows: Tensor) -> PillFacts:
        """The facts of these rows; ``rows`` may have any shape."""
        return PillFacts(*(fact[rows] for fact in self))

    def to(self, device: torch.device) -> PillFacts:
        """The same facts on another device."""
        return PillFacts(*(fact.to(device) for fact in self))


def facts_of(pills: Sequence[Pill]) -> PillFacts:
    """The facts of appearances or labels."""
    return _facts(
        [pill.colors for pill in pills],
        [pill.shape for pill in pills],
        [pill.score or 0 for pill in pills],
        [pill.size_mm or 0.0 for pill in pills],
    )


def facts_of_catalog(catalog: Catalog) -> PillFacts:
    """The facts of every row of a catalogue, N = ``len(catalog)``."""
    table = catalog.appearances
    return _facts(
        [[Color.parse(color) for color in split(colors)] for colors in table["color"]],
        [Shape.parse(shape) if shape else None for shape in table["shape"]],
        [0 if pd.isna(score) else int(score) for score in table["score"]],
        [0.0 if pd.isna(size) else float(size) for size in table["size_mm"]],
    )


def imprints_of(pills: Iterable[Pill]) -> list[tuple[str, ...]]:
    """The imprint tokens of each pill."""
    return [tokens(pill.imprint) for pill in pills]


def vocabulary_hash() -> str:
    """Twelve digits that change with the order or the terms of any vocabulary used here."""
    terms = [*IMPRINT_CHARACTERS, "", *COLORS, "", *SHAPES, "", str(MAX_SCORE)]
    return hashlib.sha256("\x1f".join(terms).encode()).hexdigest()[:12]


def _facts(
    colors: Sequence[Sequence[Color]],
    shapes: Sequence[Shape | None],
    scores: Sequence[int],
    sizes: Sequence[float],
) -> PillFacts:
    marked = torch.zeros(len(colors), len(COLORS))
    for row, named in enumerate(colors):
        marked[row, [_COLOR[color] for color in named]] = 1.0
    return PillFacts(
        marked,
        torch.tensor([_SHAPE[s] if s else NO_SHAPE for s in shapes], dtype=torch.long),
        torch.tensor(scores, dtype=torch.long).clamp(0, MAX_SCORE),
        torch.tensor(sizes, dtype=torch.float32),
    )
