"""What the matchers and the looks say of catalogue rows, as the columns that the fusion weighs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.catalog.matching import Matches
from rxmm.catalog.rows import LEAST, color_fit
from rxmm.catalog.table import Catalog
from rxmm.models.facts import COLORS, MAX_SCORE, NO_SHAPE, SHAPES, PillFacts
from rxmm.results import Looks, measured_size

COLUMNS = (
    "fuzzy", "lattice", "looks", "color", "shape", "size", "score", "tokens", "blank", "products",
)  # fmt: skip
"""Of `evidence_table`. Match scores are in tens, tokens in fours, the others logarithms."""

LOOKS_WIDTH = len(COLORS) + len(SHAPES) + MAX_SCORE + 3
MATCH_UNIT = 10.0
_WORST = float(np.log(LEAST))


class RowCounts(NamedTuple):
    """What is counted of N catalogue rows, each (N,).

    Attributes:
        tokens: distinct tokens of the imprint.
        products: sold with that appearance; of two that fit alike, the commoner is the likelier.
    """

    tokens: NDArray[np.int64]
    products: NDArray[np.int64]

    @classmethod
    def of(cls, catalog: Catalog) -> Self:
        """Of every row of a catalogue."""
        tokens = [len(set(imprint)) for imprint in catalog.imprint_tokens]
        return cls(np.array(tokens, dtype=np.int64), np.bincount(catalog.product_rows))

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Of some rows."""
        return type(self)(self.tokens[rows], self.products[rows])


def evidence_table(
    facts: PillFacts,
    counts: RowCounts,
    matches: Matches,
    looks: Sequence[Looks],
) -> NDArray[np.float32]:
    """The columns for N rows, (N, len(`COLUMNS`)).

    Args:
        facts: of the rows.
        counts: of the rows.
        matches: of the rows.
        looks: of each face; without any, the looks say nothing.
    """
    said = {
        "fuzzy": matches.fuzzy / MATCH_UNIT,
        "lattice": matches.lattice / MATCH_UNIT,
        "tokens": counts.tokens / 4,
        "blank": counts.tokens == 0,
        "products": np.log(counts.products),
    }
    if looks:
        shape = np.mean([[face.shape.get(s, 0.0) for s in SHAPES] for face in looks], axis=0)
        pieces = range(1, MAX_SCORE + 1)
        score = np.mean([[face.score.get(n, 0.0) for n in pieces] for face in looks], axis=0)
        said |= {
            "looks": matches.looks,
            "color": np.mean([color_fit(facts.colors.numpy(), face) for face in looks], axis=0),
            "shape": _log_of(shape, facts.shape.numpy(), unknown=NO_SHAPE),
            "size": matches.size,
            "score": _log_of(score, facts.score.numpy() - 1, unknown=-1),
        }
    table = np.zeros((len(counts.tokens), len(COLUMNS)), dtype=np.float32)
    for column, values in said.items():
        table[:, COLUMNS.index(column)] = values
    return table


def looks_vector(looks: Sequence[Looks]) -> Tensor:
    """What all faces look like, (LOOKS_WIDTH,); zeros without a face.

    The probability of each colour being on the pill, of shapes and of scores; the logarithm of
    longest over shortest extent; size in 20 mm, and whether it is known.
    """
    if not looks:
        return torch.zeros(LOOKS_WIDTH)
    colors = [[max(part.get(c, 0.0) for part in face.colors) for c in COLORS] for face in looks]
    shapes = [[face.shape.get(s, 0.0) for s in SHAPES] for face in looks]
    scores = [[face.score.get(n, 0.0) for n in range(1, MAX_SCORE + 1)] for face in looks]
    size = measured_size(looks)
    vector = [
        *np.mean(colors, axis=0),
        *np.mean(shapes, axis=0),
        *np.mean(scores, axis=0),
        np.mean([np.log(face.aspect_ratio) for face in looks]),
        size / 20,
        size > 0,
    ]
    return torch.tensor(np.array(vector), dtype=torch.float32)


def _log_of(
    probability: NDArray[np.float64], index: NDArray[np.int64], *, unknown: int
) -> NDArray[np.float64]:
    """Log probability of each row's term; a middling one where the row does not tell."""
    likely = np.append(np.log(np.clip(probability, LEAST, 1.0)), _WORST / 2)
    return np.asarray(likely[np.where(index == unknown, len(probability), index)])
