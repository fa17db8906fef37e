"""The fusion model against one catalogue: from what was seen and read to a score of every row."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.catalog.matching import Matches
from rxmm.catalog.table import Catalog
from rxmm.models.evidence import evidence_table, looks_vector
from rxmm.models.facts import facts_of_catalog
from rxmm.models.fusion import FusionModel, Query, open_fusion
from rxmm.models.image_encoder import FaceFeatures, prepare
from rxmm.models.references import References
from rxmm.models.row_texts import row_texts
from rxmm.models.rows import Candidates, Gallery
from rxmm.models.text_encoder import spell, text_of
from rxmm.results import ImprintReading, Looks, PillFace


class FusionRanker:
    """Scores all rows of a catalogue at once; nothing is cut to a shortlist.

    Args:
        model: ready for use.
        catalog: whose rows are ranked.
        references: photographs of its pills; by default none.
        version: of the model's weights, for the record.
    """

    @torch.inference_mode()
    def __init__(
        self,
        model: FusionModel,
        catalog: Catalog,
        references: References | None = None,
        version: str = "unreleased",
    ) -> None:
        self.version = version
        self._model, self._catalog = model, catalog
        self._facts = facts_of_catalog(catalog)
        self._token_counts = np.array([len(set(tokens)) for tokens in catalog.imprint_tokens])
        self._text = row_texts(model.text, catalog, version)
        self._rows: Tensor = model.head.rows(self._text, self._facts)
        seen = references or References.none(model.settings.dim, version)
        self._gallery = seen.gallery(catalog)

    @classmethod
    def released(cls, catalog: Catalog, weights: Path | None = None) -> Self:
        """The model that travels with rxmm, and its reference photographs.

        Args:
            weights: folder of another model; no photographs travel with that.

        Raises:
            WeightsError: weights or photographs are missing or changed, or not for each other.
        """
        model, entry = open_fusion(weights)
        references = None
        if weights is None:
            references = References.released(catalog, model.settings.dim, entry.version)
        return cls(model, catalog, references, entry.version)

    @property
    def dim(self) -> int:
        """Of its embeddings."""
        return self._model.settings.dim

    @property
    def photographed(self) -> set[int]:
        """Rows of which there are reference photographs."""
        return set(self._gallery.row.tolist())

    def with_references(self, references: References) -> Self:
        """The same ranker with further reference photographs."""
        more = references.gallery(self._catalog)
        return self._with(Gallery(*map(torch.cat, zip(self._gallery, more, strict=True))))

    def without_references(self) -> Self:
        """The same ranker without its reference photographs."""
        return self._with(Gallery(self._gallery.embedding[:0], self._gallery.row[:0]))

    def _with(self, gallery: Gallery) -> Self:
        other = copy.copy(self)
        other._gallery = gallery
        return other

    @torch.inference_mode()
    def text_similarity(self, readings: Sequence[ImprintReading]) -> NDArray[np.float64]:
        """Cosine of what was read and of each row's imprint, by the text encoder alone, (N,)."""
        read: Tensor = self._model.text(spell([text_of(readings)]))
        return (self._text @ read[0]).double().numpy()

    @torch.inference_mode()
    def __call__(
        self,
        faces: Sequence[PillFace],
        readings: Sequence[ImprintReading],
        looks: Sequence[Looks],
        matches: Matches,
    ) -> NDArray[np.float64]:
        """Logits of the N rows and, last, of "none of these", (N + 1,).

        Args:
            faces, readings, looks: of one pill, one each per face; ``faces`` may be empty.
            matches: of the same with all rows.
        """
        words = text_of(readings)
        sure = sum(confidence for _, confidence in words) / max(len(words), 1)
        # Without a face a blank one holds its place, and counts for nothing.
        side = self._model.settings.side
        images = prepare(faces, side) if faces else torch.zeros(1, 3, side, side)
        present = torch.full((1, len(images)), bool(faces))
        features = self._model.see(images[None])
        query = Query(
            FaceFeatures(*(part * present[..., None] for part in features)),
            present,
            self._model.text(spell([words])),
            torch.tensor([sure]),
            looks_vector(looks)[None],
        )
        table = evidence_table(self._facts, self._token_counts, matches, looks)
        every = torch.arange(len(self._rows))
        seen = query.faces.embedding
        candidates = Candidates(
            torch.from_numpy(table)[None],
            self._rows[None],
            self._text[None],
            self._facts.take(every[None]),
            self._gallery.similarity(seen, present, every[None], self._model.head.typical_likeness),
        )
        logits: Tensor = self._model.head(query, candidates)[0]
        return logits.double().numpy()
