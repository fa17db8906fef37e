"""Lightning module of the image encoder: faces beside the descriptions of their pills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightning
from torch import Tensor
from torch.nn import functional

from rxmm.errors import InputError
from rxmm.models.facts import NO_SHAPE, PillFacts
from rxmm.models.fusion import FusionModel, FusionSettings, open_fusion
from rxmm.models.image_encoder import FaceFeatures
from rxmm.training.checkpoints import load, load_network
from rxmm.training.color_augment import Mixing
from rxmm.training.image_data import ImageBatch
from rxmm.training.schedule import freeze, one_cycle
from rxmm.training.text import contrastive_loss, cosines


class ImageModule(lightning.LightningModule):
    """Trains the image encoder and the encoder of catalogue rows.

    Each face is brought beside the description of its pill (imprint, colours, shape, score, size)
    and away from those of the batch's other pills; heads learn colours, shape and score lines.

    Args:
        text: checkpoint of the text recipe, or ``nothing``.
        start: ``nothing`` or the checkpoint of an earlier run of this recipe, see `begin`.
        settings: form of a new model; a start brings its own.
        frozen: parts of the model that stay as they are.
        attributes: weight of the heads' loss.
        instance: weight of the loss that tells a face from others by two views; wants
            ``views: 2`` of the data.
        teacher: ``nothing``, or a trained model whose embeddings are copied, named as a start is.
        distilled: weight of the loss for embeddings that differ from the teacher's.
        mixing: mixup and cutmix.
        learning_rate: the highest, reached after a tenth of the run.
    """

    def __init__(
        self,
        text: str = "nothing",
        start: str = "nothing",
        settings: FusionSettings | None = None,
        frozen: Sequence[str] = ("text",),
        attributes: float = 0.5,
        instance: float = 0.0,
        teacher: str = "nothing",
        distilled: float = 1.0,
        mixing: Mixing | None = None,
        learning_rate: float = 1e-3,
    ) -> None:
        super().__init__()
        self.learning_rate, self.attributes, self.instance = learning_rate, attributes, instance
        self.mixing = mixing or Mixing()
        self.network = begin(start, settings or FusionSettings())
        self.teacher, self.distilled = None, distilled
        if teacher != "nothing":
            known = begin(teacher, FusionSettings())
            # The rows that its embeddings lie beside.
            self.network.head.rows.load_state_dict(known.head.rows.state_dict())
            freeze(known, ["image"])
            self.teacher = known.image
        if text != "nothing":
            load_network(self.network.text, Path(text))
        # Of the head, only what stands on the catalogue's side is trained here.
        self.network.head.requires_grad_(False)
        self.network.head.rows.requires_grad_(True)
        self.network.head.log_scale.requires_grad_(True)
        freeze(self.network, frozen)

    def training_step(self, batch: ImageBatch) -> Tensor:
        """Loss of a batch, mixed at times."""
        images, partner, share = self.mixing(batch.images[0])
        features = self.network.image(images)
        rows = self._rows(batch)
        loss = share * self._loss(features, rows, batch.facts, batch.same)
        if share < 1:
            facts, same = batch.facts.take(partner), batch.same[partner][:, partner]
            loss = loss + (1 - share) * self._loss(features, rows[partner], facts, same)
        if len(batch.images) > 1:
            other = self.network.image(batch.images[1]).embedding
            logits = self.network.head.scale * cosines(features.embedding, other)
            loss = loss + self.instance * contrastive_loss(logits, batch.same)
        if self.teacher is not None:
            taught = functional.cosine_similarity(
                features.embedding, self.teacher(images).embedding, dim=1
            )
            loss = loss + self.distilled * (1 - taught).mean()
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: ImageBatch) -> None:
        """Loss; shares of faces beside the right description in the batch, of right attributes."""
        self._measure(batch, "val")

    def test_step(self, batch: ImageBatch) -> None:
        """As in validation."""
        self._measure(batch, "test")

    def predict_step(self, batch: ImageBatch) -> Tensor:
        """Embeddings of the faces, (B, dim)."""
        embedded: Tensor = self.network.image(batch.images[0]).embedding
        return embedded

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle over the whole run."""
        return one_cycle(self, self.learning_rate)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the form of the model beside its weights, in plain values."""
        checkpoint["settings"] = asdict(self.network.settings)

    def _rows(self, batch: ImageBatch) -> Tensor:
        rows: Tensor = self.network.head.rows(self.network.text(batch.imprints), batch.facts)
        return rows

    def _loss(self, faces: FaceFeatures, rows: Tensor, facts: PillFacts, same: Tensor) -> Tensor:
        logits = self.network.head.scale * cosines(faces.embedding, rows)
        described = contrastive_loss(logits, same)
        return described + self.attributes * attribute_loss(faces, facts)

    def _measure(self, batch: ImageBatch, part: str) -> None:
        faces, rows, facts = self.network.image(batch.images[0]), self._rows(batch), batch.facts
        best = cosines(faces.embedding, rows).argmax(dim=1)
        color = (faces.colors > 0) == (facts.colors > 0)
        colored, shaped = facts.colors.any(dim=1), facts.shape != NO_SHAPE
        figures = {
            "loss": self._loss(faces, rows, facts, batch.same),
            "top1": batch.same.gather(1, best[:, None]).float().mean(),
            "color": color.all(dim=1)[colored].float().mean(),
            "shape": (faces.shape.argmax(dim=1) == facts.shape)[shaped].float().mean(),
        }
        for name, figure in figures.items():
            count = len(rows)
            self.log(
                f"{part}_{name}", figure, batch_size=count, sync_dist=True, prog_bar=name == "top1"
            )


def attribute_loss(faces: FaceFeatures, facts: PillFacts) -> Tensor:
    """Loss of the heads on faces (B, …); what is not recorded does not count."""
    colors = functional.binary_cross_entropy_with_logits(
        faces.colors.float(), facts.colors, reduction="none"
    )
    shape = functional.cross_entropy(
        faces.shape.float(), facts.shape, ignore_index=NO_SHAPE, reduction="none"
    )
    score = functional.cross_entropy(
        faces.score.float(), facts.score - 1, ignore_index=-1, reduction="none"
    )
    each = colors.sum(dim=1) * facts.colors.any(dim=1) + shape + score
    return each.sum() / max(len(each), 1)


def load_model(checkpoint: Path) -> FusionModel:
    """The model of a checkpoint of the image or fusion recipe, ready for use.

    Raises:
        InputError: it is no such checkpoint.
    """
    saved = load(checkpoint)
    if "settings" not in saved:
        raise InputError(
            f"{checkpoint} is no checkpoint of the image or fusion recipe. Give one that "
            "rxmm-train image or rxmm-train fusion wrote."
        )
    model = FusionModel.of_plain(saved["settings"])
    load_network(model, checkpoint)
    return model.eval()


def begin(start: str, settings: FusionSettings) -> FusionModel:
    """A model to train.

    Args:
        start: ``nothing``; the checkpoint of a run of the image or fusion recipe; ``released``; or
            a folder of weights that `rxmm export` wrote.
        settings: form of a new model; a start brings its own.

    Raises:
        InputError: it is no such checkpoint.
        WeightsError: there are no such released weights.
    """
    if start == "nothing":
        return FusionModel(settings)
    if start == "released" or Path(start).is_dir():
        return open_fusion(None if start == "released" else Path(start))[0].train()
    return load_model(Path(start)).train()
