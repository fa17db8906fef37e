"""Reference photographs of pills as embeddings: what travels with rxmm, and what a user enrols."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from rxmm._resources import data_dir
from rxmm.catalog.table import Catalog
from rxmm.errors import WeightsError
from rxmm.models import embedding_file
from rxmm.models.rows import Gallery


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """Photographed faces, one entry each.

    Attributes:
        embedding: (M, dim) of the image encoder; mapped from its file, in half precision, where it
            was loaded and nothing was added.
        appearance_ids: which pill each face belongs to.
        weights: version of the model that embedded them.
    """

    embedding: Tensor
    appearance_ids: tuple[str, ...]
    weights: str

    @classmethod
    def none(cls, dim: int, weights: str) -> Self:
        """No photographs at all."""
        return cls(torch.zeros(0, dim), (), weights)

    @classmethod
    def load(cls, path: Path, weights: str) -> Self:
        """Read a file of references.

        Args:
            weights: version of the model in use.

        Raises:
            WeightsError: not such a file, or made by other weights.
        """
        found = cls(*embedding_file.load(path))
        if found.weights != weights:
            raise WeightsError(
                f"{path} was made by {found.weights}, this rxmm has {weights}: embeddings of one "
                "say nothing to the other. Remove it and enroll the pills again; what travels with "
                "rxmm is made by `python -m rxmm.training.gallery`."
            )
        return found

    @classmethod
    def released(cls, catalog: Catalog, dim: int, weights: str) -> Self:
        """Those that travel with rxmm for this catalogue, by its name; none for other catalogues.

        Raises:
            WeightsError: they were made by other weights than those that travel with rxmm.
        """
        path = data_dir() / "gallery" / f"{catalog.name}.safetensors"
        return cls.load(path, weights) if path.is_file() else cls.none(dim, weights)

    def save(self, path: Path) -> None:
        """Write the file; a reader sees the old one or the whole new one, nothing between."""
        embedding_file.save(path, self.embedding, self.appearance_ids, self.weights)

    def with_faces(self, embedding: Tensor, appearance_id: str) -> Self:
        """These and further faces (n, dim) of one pill."""
        ids = (*self.appearance_ids, *[appearance_id] * len(embedding))
        return type(self)(torch.cat([self.embedding, embedding]), ids, self.weights)

    def without(self, appearance_ids: Collection[str]) -> Self:
        """These but for the photographs of some pills."""
        kept = [n for n, name in enumerate(self.appearance_ids) if name not in appearance_ids]
        ids = tuple(self.appearance_ids[n] for n in kept)
        return type(self)(self.embedding[kept], ids, self.weights)

    def gallery(self, catalog: Catalog) -> Gallery:
        """As rows of a catalogue; photographs of pills that it does not have are left out."""
        rows = torch.tensor([catalog.row_of_id.get(n, -1) for n in self.appearance_ids]).long()
        kept = rows >= 0
        if kept.all():
            return Gallery(self.embedding, rows)
        return Gallery(self.embedding[kept], rows[kept])
