"""The fusion model against one catalogue: from what was seen and read to a score of every row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.catalog.table import Catalog
from rxmm.models.evidence import evidence_table, looks_vector
from rxmm.models.facts import facts_of_catalog
from rxmm.models.fusion import FusionModel, Query
from rxmm.models.image_encoder import prepare
from rxmm.models.rows import Candidates, Gallery
from rxmm.models.text_encoder import embed_imprints, spell, text_of
from rxmm.results import ImprintReading, Looks, PillFace


class FusionRanker:
    """Scores all rows of a catalogue at once; nothing is cut to a shortlist.

    Args:
        model: ready for use.
        catalog: whose rows are ranked.
        gallery: reference photographs of its rows, see `embed_references`; by default none.
    """

    @torch.inference_mode()
    def __init__(
        self, model: FusionModel, catalog: Catalog, gallery: Gallery | None = None
    ) -> None:
        self._model = model
        self._facts = facts_of_catalog(catalog)
        self._token_counts = np.array([len(set(tokens)) for tokens in catalog.imprint_tokens])
        self._text = embed_imprints(model.text, catalog.imprint_tokens)
        self._rows: Tensor = model.head.rows(self._text, self._facts)
        nothing = Gallery(torch.zeros(0, model.settings.dim), torch.zeros(0, dtype=torch.long))
        self._gallery = gallery or nothing

    @torch.inference_mode()
    def embed_references(self, faces: Sequence[PillFace], row: int) -> Gallery:
        """Reference photographs of one row, to add to a gallery."""
        seen = self._model.image(prepare(faces, self._model.settings.side))
        return Gallery(seen.embedding, torch.full((len(faces),), row))

    @torch.inference_mode()
    def __call__(
        self,
        faces: Sequence[PillFace],
        readings: Sequence[ImprintReading],
        looks: Sequence[Looks],
        fuzzy: NDArray[np.float64],
        lattice: NDArray[np.float64],
        looks_score: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Logits of the N rows and, last, of "none of these", (N + 1,).

        Args:
            faces, readings, looks: of one pill, one each per face; ``faces`` may be empty.
            fuzzy, lattice, looks_score: (N,) as of `evidence_table`.
        """
        words = text_of(readings)
        sure = sum(confidence for _, confidence in words) / max(len(words), 1)
        side = self._model.settings.side
        images = prepare(faces, side) if faces else torch.zeros(1, 3, side, side)
        present = torch.full((1, len(images)), bool(faces))
        query = Query(
            self._model.see(images[None], present),
            present,
            self._model.text(spell([words])),
            torch.tensor([sure]),
            looks_vector(looks)[None],
        )
        table = evidence_table(self._facts, self._token_counts, fuzzy, lattice, looks_score, looks)
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
