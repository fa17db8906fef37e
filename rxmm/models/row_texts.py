"""Embeddings of the imprints of a catalogue, stored so that nobody waits for them at every start.

Those of the catalogues that travel with rxmm travel along; `rxmm catalog embed` makes those of
another one.  They are stored by imprint: a catalogue that was changed, or joined with a user's own
pills, finds most of its rows there.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from rxmm._resources import data_dir
from rxmm.catalog.table import Catalog
from rxmm.models import embedding_file
from rxmm.models.text_encoder import TextEncoder, embed_imprints

_BLOCK = 65536
"""Stored embeddings that are read into memory together."""


class RowTexts(NamedTuple):
    """Embeddings of the imprints of N rows; those that are stored stay in their file.

    Attributes:
        stored: (S, dim) of stored imprints, mapped, in half precision.
        others: (K, dim) of imprints that are not stored.
        number: (N,) place of each row's imprint, those of ``others`` counted on from S.
    """

    stored: Tensor
    others: Tensor
    number: Tensor

    def take(self, rows: Tensor) -> Tensor:
        """The embeddings of some rows, (K, dim)."""
        number = self.number[rows]
        known = number < len(self.stored)
        found = torch.empty(len(number), self.others.shape[1])
        found[known] = self.stored[number[known]].float()
        found[~known] = self.others[number[~known] - len(self.stored)]
        return found

    def similarity(self, text: Tensor) -> Tensor:
        """Dot product of each row and a text (dim,), (N,)."""
        starts = range(0, len(self.stored), _BLOCK)
        parts = [self.stored[start : start + _BLOCK].float() @ text for start in starts]
        return torch.cat([*parts, self.others @ text])[self.number]


def row_texts(encoder: TextEncoder, catalog: Catalog, weights: str) -> RowTexts:
    """Embeddings of the rows' imprints: as stored by these weights, otherwise computed.

    Args:
        weights: version of the encoder.

    Raises:
        WeightsError: the stored ones are damaged.
    """
    stored = torch.zeros(0, encoder.projection.out_features, dtype=torch.half)
    place: dict[tuple[str, ...], int] = {}
    path = path_of(catalog)
    if path.is_file():
        file = embedding_file.load(path)
        if file.weights == weights:
            stored = file.embedding
            place = {tuple(name.split()): number for number, name in enumerate(file.names)}
    missing = [imprint for imprint in set(catalog.imprint_tokens) if imprint not in place]
    others = embed_imprints(encoder, missing) if missing else stored[:0].float()
    place.update({imprint: len(stored) + number for number, imprint in enumerate(missing)})
    number = torch.tensor([place[imprint] for imprint in catalog.imprint_tokens])
    return RowTexts(stored, others, number)


def store_row_texts(encoder: TextEncoder, catalog: Catalog, weights: str) -> Path:
    """Write the file for a catalogue."""
    imprints = sorted(set(catalog.imprint_tokens))
    embedding = embed_imprints(encoder, imprints)
    path = path_of(catalog)
    embedding_file.save(path, embedding, [" ".join(imprint) for imprint in imprints], weights)
    return path


def path_of(catalog: Catalog) -> Path:
    """Where they are: beside a catalogue file, or in the gallery of those that travel with rxmm."""
    if catalog.path is None or catalog.path.is_relative_to(data_dir()):
        return data_dir() / "gallery" / f"{catalog.name}-rows.safetensors"
    return catalog.path.with_suffix(".rows.safetensors")
