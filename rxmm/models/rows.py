"""The catalogue's side of the fusion: rows as vectors, their photographs, candidates."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from rxmm.models.facts import COLORS, MAX_SCORE, NO_SHAPE, PillFacts

DROPOUT = 0.1
FEW = 20.0
"""Photographed rows as many as which the typical likeness weighs."""
_UNKNOWN = -1.5


class Candidates(NamedTuple):
    """K catalogue rows for each of B queries; in use B is 1, and the rows are those that are
    ranked.

    Attributes:
        table: (B, K, len(COLUMNS)), see `evidence_table`.
        rows: (B, K, dim) from `RowEncoder`.
        text: (B, K, dim) from the text encoder.
        facts: of the rows, each (B, K, …).
        prototype: (B, K) from `Gallery.similarity`; 0 where there are no photographs of the row.
    """

    table: Tensor
    rows: Tensor
    text: Tensor
    facts: PillFacts
    prototype: Tensor


class Gallery(NamedTuple):
    """Reference photographs of catalogue rows, one entry per face.

    Attributes:
        embedding: (M, dim) in single or half precision.
        row: (M,) int64.
    """

    embedding: Tensor
    row: Tensor

    def similarity(
        self,
        faces: Tensor,
        present: Tensor,
        rows: Tensor,
        typical: Tensor,
        banned: Tensor | None = None,
    ) -> Tensor:
        """How like the photographs of each row a query is, against those of the other rows.

        Each face counts with the likest photograph of the row.  A row without photographs gets 0,
        which is what a row of middling likeness gets: having been photographed is no evidence.

        Args:
            faces, present: (B, F, dim) and (B, F) of the queries.
            rows: (B, K) the candidates.
            typical: likeness to a wrong row's photographs, see `typical`; it stands for other rows
                where few were photographed.
            banned: (B, M) bool, photographs that a query must not see; by default none.
        """
        if not len(self.row):
            return torch.zeros(rows.shape, device=faces.device)
        best = self._likest(faces, int(rows.max()) + 1, banned)
        known = (best > _UNKNOWN).float() * present[:, :, None]
        usual = ((best * known).sum(2) + FEW * typical) / (known.sum(2) + FEW)  # (B, F)
        ahead = ((best - usual[:, :, None]) * known).sum(1) / known.sum(1).clamp_min(1)
        return ahead.gather(1, rows.clamp_min(0))

    def typical(self) -> Tensor:
        """Mean likeness of a photograph to the likest one of each other row; NaN without others."""
        some = torch.arange(0, len(self.row), max(1, len(self.row) // 256), device=self.row.device)
        own = self.row[some][:, None] == self.row
        best = self._likest(self.embedding[some][:, None].float(), 0, own)
        return best[best > _UNKNOWN].mean()

    def _likest(self, faces: Tensor, count: int, banned: Tensor | None) -> Tensor:
        """Cosine of (B, F, dim) to the likest photograph of each row, (B, F, ≥ count).

        Below `_UNKNOWN` for rows without photographs.
        """
        alike = faces @ self.embedding.float().T  # (B, F, M)
        if banned is not None:
            alike = alike.masked_fill(banned[:, None], -2.0)
        best = alike.new_full((*alike.shape[:2], max(count, int(self.row.max()) + 1)), -2.0)
        return best.scatter_reduce(2, self.row.expand_as(alike), alike, "amax")


class RowEncoder(nn.Module):
    """A catalogue row to a vector: the embedding of its imprint, its colours, shape, score, size.

    Args:
        dim: of text embeddings and of the result.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.colors = nn.Linear(len(COLORS), dim, bias=False)
        self.shape = nn.Embedding(NO_SHAPE + 1, dim)
        self.score = nn.Embedding(MAX_SCORE + 1, dim)
        self.size = nn.Linear(2, dim, bias=False)
        self.mix = perceptron(dim, 2 * dim, dim)

    def forward(self, text: Tensor, facts: PillFacts) -> Tensor:
        """Embeddings of length 1, (…, dim), of rows with ``text`` (…, dim)."""
        size = torch.stack([facts.size / 20, (facts.size > 0).float()], dim=-1)
        row = text * math.sqrt(text.shape[-1]) + self.colors(facts.colors) + self.size(size)
        row = row + self.shape(facts.shape) + self.score(facts.score)
        return functional.normalize((row + self.mix(row)).float(), dim=-1)


def perceptron(inside: int, hidden: int, outside: int) -> nn.Sequential:
    """Two layers, with dropout between them in training."""
    between = nn.Sequential(nn.GELU(), nn.Dropout(DROPOUT))
    return nn.Sequential(nn.Linear(inside, hidden), between, nn.Linear(hidden, outside))
