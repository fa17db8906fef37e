"""Lightning module of the text encoder: masked characters, then readings beside their imprints."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal, cast

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional

from rxmm.models.fusion import FusionSettings, text_encoder
from rxmm.models.text_encoder import (
    CLASSES,
    MASK,
    SEPARATOR,
    TextBatch,
    TextEncoder,
    embed_imprints,
)
from rxmm.training.checkpoints import load_network
from rxmm.training.schedule import one_cycle
from rxmm.training.text_data import PairBatch, TextDataModule

MASKED = 0.2
"""Share of characters that are hidden in pre-training."""


class TextModule(lightning.LightningModule):
    """Trains the text encoder.

    Args:
        objective: ``masked`` guesses hidden characters of imprints and readings; ``contrastive``
            brings each reading beside its imprint and away from all others of the batch.
        start: ``nothing`` or the checkpoint of an earlier run, of either objective.
        settings: form of the model; only what concerns text is used.
        learning_rate: the highest, reached after a tenth of the run.
    """

    def __init__(
        self,
        objective: Literal["masked", "contrastive"] = "contrastive",
        start: str = "nothing",
        settings: FusionSettings | None = None,
        learning_rate: float = 1e-3,
    ) -> None:
        super().__init__()
        self.objective, self.learning_rate = objective, learning_rate
        self.network: TextEncoder = text_encoder(settings or FusionSettings())
        if start != "nothing":
            load_network(self.network, Path(start))
        if objective == "masked":
            self.guess = nn.Linear(self.network.projection.in_features, CLASSES)
            self.network.projection.requires_grad_(False)
        else:
            self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self._known = torch.zeros(0)  # (N, dim) all imprints, while validating

    def training_step(self, batch: PairBatch) -> Tensor:
        """Loss of a batch."""
        loss = self._loss(batch)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def on_validation_start(self) -> None:
        """Embed all imprints, to search them for each reading."""
        if self.objective == "contrastive":
            data = cast(Any, self.trainer).datamodule
            assert isinstance(data, TextDataModule)
            self._known = embed_imprints(self.network, data.imprints)

    on_test_start = on_validation_start

    def validation_step(self, batch: PairBatch) -> None:
        """Loss; the share of readings whose imprint is the nearest, or among five, of all."""
        self._measure(batch, "val")

    def test_step(self, batch: PairBatch) -> None:
        """As in validation."""
        self._measure(batch, "test")

    def predict_step(self, batch: PairBatch) -> Tensor:
        """Embeddings of the readings, (B, dim)."""
        embedded: Tensor = self.network(batch.readings)
        return embedded

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle over the whole run."""
        return one_cycle(self, self.learning_rate)

    def _measure(self, batch: PairBatch, part: str) -> None:
        count = len(batch.row)
        # The same characters are hidden each time, or the epochs could not be compared.
        loss = self._loss(batch, torch.Generator(self.device).manual_seed(0))
        self.log(f"{part}_loss", loss, batch_size=count, sync_dist=True)
        if self.objective == "contrastive":
            likeness = cosines(self.network(batch.readings), self._known)  # (B, N)
            true = likeness.gather(1, batch.row[:, None])
            rank = (likeness > true).sum(dim=1)
            for top in (1, 5):
                share = (rank < top).float().mean()
                name = f"{part}_top{top}"
                self.log(name, share, batch_size=count, sync_dist=True, prog_bar=top == 1)

    def _loss(self, batch: PairBatch, random: torch.Generator | None = None) -> Tensor:
        if self.objective == "masked":
            losses = [self._masked_loss(text, random) for text in (batch.readings, batch.imprints)]
            return torch.stack(losses).mean()
        likeness = cosines(self.network(batch.readings), self.network(batch.imprints))
        logits = likeness * self.log_scale.exp().clamp_max(100.0)
        return contrastive_loss(logits, batch.same)

    def _masked_loss(self, text: TextBatch, random: torch.Generator | None) -> Tensor:
        drawn = torch.rand(text.characters.shape, generator=random, device=self.device)
        hidden = (text.characters > SEPARATOR) & (drawn < MASKED)
        shown = text._replace(characters=text.characters.masked_fill(hidden, MASK))
        logits = self.guess(self.network.characters(shown)).float()
        loss = functional.cross_entropy(logits.transpose(1, 2), text.characters, reduction="none")
        return (loss * hidden).sum() / hidden.sum().clamp_min(1)


def cosines(one: Tensor, other: Tensor) -> Tensor:
    """Of embeddings (B, dim) and (M, dim), (B, M), in full precision whatever the run's is."""
    with torch.autocast(one.device.type, enabled=False):
        return one.float() @ other.float().T


def contrastive_loss(logits: Tensor, same: Tensor) -> Tensor:
    """Symmetric InfoNCE; an item may have several right partners, or wrong ones left out.

    Args:
        logits: (B, M), M ≥ B; item ``i`` belongs to partner ``i``.
        same: (B, M) bool, whether partner ``j`` is right for item ``i`` as well.
    """
    count = len(logits)
    # Another item's equal partner is no negative; item i is compared with one right partner.
    eye = torch.eye(*logits.shape, dtype=torch.bool, device=logits.device)
    cleared = logits.masked_fill(same & ~eye, -1e4)
    target = torch.arange(count, device=logits.device)
    forth = functional.cross_entropy(cleared, target)
    back = functional.cross_entropy(cleared[:, :count].T, target)
    return (forth + back) / 2
