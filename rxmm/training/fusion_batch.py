"""A batch of queries for the fusion, and how kinds of evidence are left out of it at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rxmm.models.evidence import COLUMNS
from rxmm.models.image_encoder import FaceFeatures
from rxmm.models.text_encoder import PAD, TextBatch

_MATCHES = [COLUMNS.index(name) for name in ("fuzzy", "lattice")]
_LOOKS = [COLUMNS.index(name) for name in ("looks", "color", "shape", "size", "score")]


class FusionBatch(NamedTuple):
    """B queries, each with K candidates; rows count through all catalogues together.

    Attributes:
        faces: (B, 2, 3, side, side) float pictures, 0 where there is no face; or what an encoder
            that stays as it is sees on them, each (B, 2, …).
        present: (B, 2) bool.
        text, confidence, looks: see `rxmm.models.fusion.Query`.
        candidates, relation, log_weight, table, unread: (B, K, …), see `ObservedQuery`.
        shot: (B,) int64; a query's own photographs are no references for it.
        referred: (B,) bool, whether reference photographs may be looked at.
    """

    faces: Tensor | FaceFeatures
    present: Tensor
    text: TextBatch
    confidence: Tensor
    looks: Tensor
    candidates: Tensor
    relation: Tensor
    log_weight: Tensor
    table: Tensor
    unread: Tensor
    shot: Tensor
    referred: Tensor


@dataclass(frozen=True, slots=True)
class ModalityDropout:
    """How often a query does without something that it has; every share is drawn on its own.

    Attributes:
        image, reading, looks, references: all of that kind of evidence.
        face: the picture of one of two faces.
    """

    image: float = 0.15
    face: float = 0.2
    reading: float = 0.15
    looks: float = 0.1
    references: float = 0.4

    def __call__(self, batch: FusionBatch) -> FusionBatch:
        """The batch with some evidence gone; never all three of image, reading and looks."""
        count = len(batch.present)

        def some(share: float) -> Tensor:
            return torch.rand(count, device=batch.present.device) < share

        image, reading, looks = some(self.image), some(self.reading), some(self.looks)
        image &= ~(reading & looks)
        lone = some(self.face) & batch.present.all(dim=1)
        second = torch.arange(2, device=lone.device) == (some(0.5).long())[:, None]
        table = batch.table.clone()
        table[..., _MATCHES] = torch.where(
            reading[:, None, None], batch.unread, table[..., _MATCHES]
        )
        table[..., _LOOKS] = table[..., _LOOKS].masked_fill(looks[:, None, None], 0.0)
        # Only the start sign is left of a text that was not read.
        gone = reading[:, None] & (torch.arange(batch.text.characters.shape[1]) > 0).to(lone.device)
        characters = batch.text.characters.masked_fill(gone, PAD)
        return batch._replace(
            present=batch.present & ~image[:, None] & ~(lone[:, None] & second),
            text=batch.text._replace(characters=characters),
            confidence=batch.confidence.masked_fill(reading, 0.0),
            looks=batch.looks.masked_fill(looks[:, None], 0.0),
            table=table,
            referred=batch.referred & ~some(self.references),
        )
