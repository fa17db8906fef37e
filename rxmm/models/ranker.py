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
from rxmm.models.evidence import RowCounts, evidence_table, looks_vector
from rxmm.models.facts import PillFacts, facts_of_catalog
from rxmm.models.fusion import FusionModel, Query, open_fusion
from rxmm.models.image_encoder import FaceFeatures, ImageEncoder, prepare
from rxmm.models.references import References
from rxmm.models.row_texts import row_texts
from rxmm.models.rows import Candidates, Gallery
from rxmm.models.shortlist import EXACT, shortlist, spread
from rxmm.models.text_encoder import spell, text_of
from rxmm.results import ImprintReading, PillFace, Seen


class FusionRanker:
    """Scores the rows of a catalogue.

    Up to `EXACT` rows nothing is cut to a shortlist.  Of a larger catalogue the rows that matches
    and looks, or the text encoder, find best are scored, and all that were photographed; each of
    the others counts as much as the least of these.  What is not scored stays in its file.

    Args:
        model: ready for use.
        catalog: whose rows are ranked.
        references: photographs of its pills; by default none.
        version: of the model's weights, for the record.
    """

    @torch.no_grad()  # not inference mode: an explanation takes gradients through these tensors
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
        self._counts = RowCounts.of(catalog)
        self._text = row_texts(model.text, catalog, version)
        self._held: tuple[Tensor, Tensor] | None = None
        if len(catalog) <= EXACT:
            self._held = self._embeddings(torch.arange(len(catalog)))
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
    def image_encoder(self) -> ImageEncoder:
        """What sees the faces."""
        return self._model.image

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
        return self._text.similarity(read[0]).double().numpy()

    @torch.inference_mode()
    def __call__(self, seen: Seen, matches: Matches) -> NDArray[np.float64]:
        """Logits of the N rows and, last, of "none of these", (N + 1,).

        Args:
            seen: of one pill.
            matches: of the same with all rows.
        """
        rows = self._candidates(seen, matches)
        logits: Tensor = self._model.head(*self._ask_rows(seen, matches, rows))
        (of_rows,) = spread(logits, rows, len(self._catalog))
        return np.asarray(of_rows)

    @torch.inference_mode()
    def samples(self, seen: Seen, matches: Matches, count: int) -> NDArray[np.float64]:
        """As a call, with the head's dropout left on each time, (count, N + 1).

        Monte-Carlo dropout (Gal and Ghahramani 2016); the same samples whenever it is asked.
        """
        rows = self._candidates(seen, matches)
        asked = self._ask_rows(seen, matches, rows)
        head = copy.deepcopy(self._model.head).train()  # that others ask may be in use meanwhile
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            drawn: Tensor = torch.cat([head(*asked) for _ in range(count)])
        return spread(drawn, rows, len(self._catalog))

    def images(self, faces: Sequence[PillFace]) -> Tensor:
        """What the image encoder is shown of at least one face, (1, F, 3, side, side)."""
        return prepare(faces, self._model.settings.side)[None]

    def terms(self, images: Tensor, seen: Seen, matches: Matches, rows: Sequence[int]) -> Tensor:
        """What adds up to the logits of K rows, (B, K, len(FEATURES) + 1), see `FusionHead.terms`.

        Args:
            images: (B, F, 3, side, side), B versions of what `images` gives for the faces;
                gradients reach them.
            seen, matches: as for a call, the same for all versions; at least one face.
            rows: K row numbers.
        """
        query, candidates = self._ask(images, seen, matches, torch.tensor(rows))
        terms: Tensor = self._model.head.terms(query, candidates)
        return terms

    def _candidates(self, seen: Seen, matches: Matches) -> Tensor:
        """The rows that are scored, rising."""
        if self._held is not None:
            return torch.arange(len(self._catalog))
        return shortlist([matches.score, self.text_similarity(seen.readings)], self.photographed)

    def _embeddings(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Of the imprints of rows, and of the rows themselves, each (K, dim)."""
        if self._held is not None:
            return self._held[0][rows], self._held[1][rows]
        text = self._text.take(rows)
        return text, self._model.head.rows(text, self._facts.take(rows))

    def _ask_rows(self, seen: Seen, matches: Matches, rows: Tensor) -> tuple[Query, Candidates]:
        """The query beside some rows."""
        # Without a face a blank one holds its place, and counts for nothing.
        side = self._model.settings.side
        images = self.images(seen.faces) if seen.faces else torch.zeros(1, 1, 3, side, side)
        return self._ask(images, seen, matches, rows)

    def _ask(
        self, images: Tensor, seen: Seen, matches: Matches, rows: Tensor
    ) -> tuple[Query, Candidates]:
        """B queries that differ in their images alone, each with the same K candidates."""
        words = text_of(seen.readings)
        sure = sum(confidence for _, confidence in words) / max(len(words), 1)
        count = len(images)
        present = torch.full(images.shape[:2], bool(seen.faces))
        query = Query(
            FaceFeatures(*(part * present[..., None] for part in self._model.see(images))),
            present,
            self._model.text(spell([words])).expand(count, -1),
            torch.full((count,), sure),
            looks_vector(seen.looks).expand(count, -1),
        )
        facts, each = self._facts.take(rows), rows.expand(count, -1)
        numbers = rows.numpy()  # a lone row of a tensor would index as a plain number
        counts, agree = self._counts.take(numbers), matches.take(numbers)
        table = evidence_table(facts, counts, agree, seen.looks)
        text, embedded = self._embeddings(rows)
        typical = self._model.head.typical_likeness
        candidates = Candidates(
            torch.from_numpy(table).expand(count, -1, -1),
            embedded.expand(count, -1, -1),
            text.expand(count, -1, -1),
            PillFacts(*(fact.expand(count, *fact.shape) for fact in facts)),
            self._gallery.similarity(query.faces.embedding, present, each, typical),
        )
        return query, candidates
