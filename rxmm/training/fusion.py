"""Lightning module of the fusion: image encoder, text encoder and head together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import lightning
import torch
from torch import Tensor
from torch.nn import functional

from rxmm.catalog.matching import TEXT_SHARE
from rxmm.models.evidence import MATCH_UNIT
from rxmm.models.facts import PillFacts
from rxmm.models.fusion import FusionSettings, Query
from rxmm.models.image_encoder import FaceFeatures, to_images
from rxmm.models.rows import Candidates, Gallery
from rxmm.models.text_encoder import embed_imprints
from rxmm.training.fusion_batch import FusionBatch, ModalityDropout
from rxmm.training.fusion_data import FusionDataModule
from rxmm.training.image import attribute_loss, begin
from rxmm.training.schedule import evaluating, freeze, one_cycle


class CatalogSide(NamedTuple):
    """What queries are compared with: rows of all catalogues, and reference photographs.

    Attributes:
        text: (R, dim) embeddings of the rows' imprints.
        facts: of the R rows.
        gallery: embeddings of reference photographs.
        shot: (M,) which photographs each face is from, see `TrainingPill`.
    """

    text: Tensor
    facts: PillFacts
    gallery: Gallery
    shot: Tensor


class Compared(NamedTuple):
    """Queries beside their candidates.

    Attributes:
        faces: of the queries.
        facts: of the candidates, each (B, K, …).
        logits: (B, K + 1) of the candidates and of none of them.
        near: (B, K) scaled cosines of query and candidate rows.
    """

    faces: FaceFeatures
    facts: PillFacts
    logits: Tensor
    near: Tensor


class FusionModule(lightning.LightningModule):
    """Trains the fusion head, and the encoders as far as they are not frozen.

    The catalogue's side (texts and reference photographs) is embedded anew at the start of each
    epoch; gradients reach the encoders through the queries.

    Args:
        image: checkpoint of the image recipe, or ``nothing``; it brings the text encoder along.
        start: ``nothing`` or, instead of ``image``, an earlier run of this recipe or released
            weights, see `rxmm.training.image.begin`.
        settings: form of a new model; a start brings its own.
        frozen: parts of the model that stay as they are, e.g. ``image``, ``text``, ``head.rows``.
        dropout: how often kinds of evidence are left out.
        absent: share of queries whose pill is taken out of the catalogue: "none of these" is right.
        retrieval, attributes: weights of those losses beside that of the candidates.
        learning_rate: the highest, reached after a tenth of the run; encoders take a tenth of it.
    """

    def __init__(
        self,
        image: str = "nothing",
        start: str = "nothing",
        settings: FusionSettings | None = None,
        frozen: Sequence[str] = ("text",),
        dropout: ModalityDropout | None = None,
        absent: float = 0.1,
        retrieval: float = 0.5,
        attributes: float = 0.1,
        learning_rate: float = 1e-3,
    ) -> None:
        super().__init__()
        self.learning_rate, self.absent = learning_rate, absent
        self.retrieval, self.attributes = retrieval, attributes
        self.dropout = dropout or ModalityDropout()
        earlier = start if start != "nothing" else image
        self.network = begin(earlier, settings or FusionSettings())
        self.network.requires_grad_(True)
        freeze(self.network, frozen)
        self._fixed = {"image", "text"} <= set(frozen)
        self._catalog: CatalogSide | None = None

    def setup(self, stage: str) -> None:
        """An encoder that stays as it is need not see the same faces in every epoch.

        Here, since Lightning starts the loaders' processes before ``on_fit_start``.
        """
        if self._fixed and stage == "fit":
            device = self.trainer.strategy.root_device
            self._data.remember(self.network.image.to(device), device)

    @property
    def _data(self) -> FusionDataModule:
        data: FusionDataModule = self.trainer.datamodule  # type: ignore[attr-defined]
        return data

    def on_train_epoch_start(self) -> None:
        """Embed the catalogue's side, unless nothing about it changes."""
        if self._catalog is None or not self._fixed:
            self._catalog = self._embed_catalog()

    def on_validation_start(self) -> None:
        """Embed the catalogue's side, if that was not done yet."""
        if self._catalog is None:
            self._catalog = self._embed_catalog()

    # A run that goes on in the middle of an epoch has none of the hooks before it.
    on_train_start = on_test_start = on_predict_start = on_validation_start

    def training_step(self, batch: FusionBatch) -> Tensor:
        """Loss of a batch, with some evidence left out and some pills not in the catalogue."""
        batch = self.dropout(batch)
        loss = self._loss(batch, self._compare(batch), self.absent)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: FusionBatch) -> None:
        """Loss; shares of queries answered with the right imprint, first and among five.

        ``matchers_top1`` is that of the matchers and looks alone, ``retrieval_top1`` that of the
        query embedding alone.
        """
        self._measure(batch, "val")

    def test_step(self, batch: FusionBatch) -> None:
        """As in validation."""
        self._measure(batch, "test")

    def predict_step(self, batch: FusionBatch) -> Tensor:
        """Probability of each candidate and of none of them, (B, K + 1)."""
        weight = functional.pad(batch.log_weight, (0, 1))
        return (self._compare(batch).logits + weight).softmax(dim=1)

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle over the whole run."""
        encoders = torch.nn.ModuleList([self.network.image, self.network.text])
        return one_cycle(self, self.learning_rate, slow=encoders)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the form of the model beside its weights, in plain values."""
        checkpoint["settings"] = asdict(self.network.settings)

    def _compare(self, batch: FusionBatch) -> Compared:
        catalog, network = self._catalog, self.network
        assert catalog is not None
        seen = batch.faces
        if not isinstance(seen, FaceFeatures):
            seen = network.see(seen)
        faces = FaceFeatures(*(part.float() * batch.present[..., None] for part in seen))
        text = network.text(batch.text)
        query = Query(faces, batch.present, text, batch.confidence, batch.looks)
        # Half precision is for the encoders: candidates differ by less than it can tell.
        with torch.autocast(self.device.type, enabled=False):
            return self._weigh(batch, query, catalog)

    def _weigh(self, batch: FusionBatch, query: Query, catalog: CatalogSide) -> Compared:
        network = self.network
        rows = batch.candidates.clamp_min(0)
        text, facts = catalog.text[rows], catalog.facts.take(rows)
        banned = (catalog.shot == batch.shot[:, None]) | ~batch.referred[:, None]
        faces = query.faces.embedding
        prototype = catalog.gallery.similarity(
            faces, batch.present, rows, network.head.typical_likeness.clone(), banned
        )
        candidates = Candidates(batch.table, network.head.rows(text, facts), text, facts, prototype)
        logits = network.head(query, candidates).float()
        near = (network.head.embed(query)[:, None] * candidates.rows).sum(dim=2)
        return Compared(query.faces, facts, logits, near * network.head.scale)

    def _loss(self, batch: FusionBatch, compared: Compared, absent: float) -> Tensor:
        true, alike = batch.relation == 2, batch.relation > 0
        known = true.any(dim=1)
        none = ~known | (torch.rand(len(true), device=self.device) < absent)
        listed = torch.cat([~(alike & none[:, None]), none.new_ones(len(none), 1)], dim=1)
        right = torch.cat([true & ~none[:, None], none[:, None]], dim=1)
        # A row that was drawn at random stands for many.
        weight = functional.pad(batch.log_weight, (0, 1))
        loss = listwise_loss(compared.logits + weight, listed, right)
        near = (compared.near + batch.log_weight)[known]
        retrieved = listwise_loss(near, torch.ones_like(true[known]), true[known])
        shown = batch.present & known[:, None]
        faces = FaceFeatures(*(part[shown] for part in compared.faces))
        place = torch.arange(len(true), device=self.device), true.float().argmax(dim=1)
        pill = PillFacts(*(fact[place] for fact in compared.facts)).take(shown.nonzero()[:, 0])
        described = attribute_loss(faces, pill)
        return loss + self.retrieval * retrieved + self.attributes * described

    def _measure(self, batch: FusionBatch, part: str) -> None:
        compared, alike = self._compare(batch), batch.relation > 0
        share = torch.tensor([TEXT_SHARE, 1 - TEXT_SHARE], device=self.device) * MATCH_UNIT
        matchers = (batch.table[..., :2] * share).sum(dim=2) + batch.table[..., 2]
        empty = batch.candidates < 0
        figures = {
            "loss": self._loss(batch, compared, absent=0.0),
            "top1": found(compared.logits[:, :-1].masked_fill(empty, -math.inf), alike, 1),
            "top5": found(compared.logits[:, :-1].masked_fill(empty, -math.inf), alike, 5),
            "matchers_top1": found(matchers.masked_fill(empty, -math.inf), alike, 1),
            "retrieval_top1": found(compared.near.masked_fill(empty, -math.inf), alike, 1),
        }
        for name, figure in figures.items():
            self.log(
                f"{part}_{name}",
                figure,
                batch_size=len(alike),
                sync_dist=True,
                prog_bar=name == "top1",
            )

    @torch.no_grad()
    def _embed_catalog(self) -> CatalogSide:
        """Embeddings of all rows' imprints and of all reference photographs."""
        data = self._data
        empty = torch.zeros(0, dtype=torch.long)
        seen = [(torch.zeros(0, self.network.settings.dim, device=self.device), empty, empty)]
        with evaluating(self.network):
            text = embed_imprints(self.network.text, data.imprints())
            for cutouts, row, shot in data.references():
                embedding = self.network.image(to_images(cutouts.to(self.device))).embedding
                seen.append((embedding, row, shot))
        embedding, row, shot = (torch.cat(parts) for parts in zip(*seen, strict=True))
        gallery = Gallery(embedding, row.to(self.device))
        if (gallery.row != gallery.row[:1]).any():
            self.network.head.typical_likeness.copy_(gallery.typical())
        facts = data.facts().to(self.device)
        return CatalogSide(text, facts, gallery, shot.to(self.device))


def listwise_loss(logits: Tensor, kept: Tensor, right: Tensor) -> Tensor:
    """Mean of -log of the probability that a softmax gives to all right ones together; 0 for none.

    Args:
        logits, kept, right: (B, K); only ``kept`` ones take part, at least one of them right.
    """
    if not len(logits):
        return logits.sum()
    among = logits.masked_fill(~kept, -math.inf)
    wanted = among.masked_fill(~right, -math.inf)
    return (among.logsumexp(dim=1) - wanted.logsumexp(dim=1)).mean()


def found(score: Tensor, right: Tensor, top: int) -> Tensor:
    """Share of queries (B, K) of which a right candidate is among the best ``top``."""
    best = score.topk(min(top, score.shape[1]), dim=1).indices
    return right.gather(1, best).any(dim=1).float().mean()
