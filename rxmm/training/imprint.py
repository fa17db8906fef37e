"""Lightning modules of the imprint stage: the recogniser and the line finder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor
from torch.nn import functional

from rxmm.catalog.imprint_text import tokens
from rxmm.imprint.lattice import Alphabet, best_path
from rxmm.imprint.network import CHARACTERS, LineFinder, Recognizer
from rxmm.imprint.reader import RECOGNIZER_WEIGHTS
from rxmm.imprint.regions import FINDER_WEIGHTS
from rxmm.models.weights import load_into
from rxmm.training.checkpoints import load_network
from rxmm.training.finder_data import FinderBatch
from rxmm.training.line_data import LineBatch
from rxmm.training.ppocr import start_from_ppocr
from rxmm.training.schedule import one_cycle

RELEASED = "released"
"""In place of a checkpoint: the weights that travel with rxmm."""
_ALPHABET = Alphabet(["", *CHARACTERS])


class RecognizerModule(lightning.LightningModule):
    """Trains the recogniser with CTC.

    Args:
        start: ``nothing``, ``ppocr`` (`rxmm.training.ppocr`), ``released``, or the checkpoint of an
            earlier run.
        learning_rate: the highest, reached after a tenth of the run.
    """

    def __init__(self, start: str = "nothing", learning_rate: float = 3e-4) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.network = Recognizer()
        if start == "ppocr":
            start_from_ppocr(self.network)
        elif start != "nothing":
            begin(self.network, start)

    def training_step(self, batch: LineBatch) -> Tensor:
        """CTC loss of a batch."""
        loss = ctc_loss(self.network(batch.strips), batch.texts)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: LineBatch) -> None:
        """Loss, share of lines read without error, and character error rate."""
        logits = self.network(batch.strips)
        read = [best_path(line)[0] for line in _ALPHABET.fold(logits.float().softmax(dim=2))]
        truths = ["".join(tokens(text)) for text in batch.texts]
        right = [text == truth for text, truth in zip(read, truths, strict=True)]
        errors = sum(map(Levenshtein.distance, read, truths))
        count = len(truths)
        self.log("val_loss", ctc_loss(logits, batch.texts), batch_size=count)
        self.log("val_lines_right", sum(right) / count, batch_size=count, prog_bar=True)
        self.log("val_cer", errors / max(1, sum(map(len, truths))), batch_size=count)

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle over the whole run."""
        return one_cycle(self, self.learning_rate)


class FinderModule(lightning.LightningModule):
    """Trains the line finder: where cores of lines are, their direction and height.

    Args:
        start: ``nothing``, ``released``, or the checkpoint of an earlier run.
        learning_rate: the highest, reached after a tenth of the run.
    """

    def __init__(self, start: str = "nothing", learning_rate: float = 3e-3) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.network = LineFinder()
        if start != "nothing":
            begin(self.network, start)

    def training_step(self, batch: FinderBatch) -> Tensor:
        """Loss of a batch."""
        loss, _ = finder_loss(self.network(batch.faces), batch)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: FinderBatch) -> None:
        """Loss and the overlap (Dice) of found and true cores."""
        loss, dice = finder_loss(self.network(batch.faces), batch)
        self.log("val_loss", loss, batch_size=len(batch.faces))
        self.log("val_dice", dice, batch_size=len(batch.faces), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle over the whole run."""
        return one_cycle(self, self.learning_rate)


def ctc_loss(logits: Tensor, texts: list[str]) -> Tensor:
    """Mean CTC loss per line of logits (N, T, classes)."""
    classes = [[CHARACTERS.index(character) + 1 for character in text] for text in texts]
    targets = torch.tensor([c for line in classes for c in line], dtype=torch.long)
    lengths = torch.tensor([len(line) for line in classes])
    frames = torch.full((len(texts),), logits.shape[1])
    return functional.ctc_loss(
        logits.float().log_softmax(dim=2).transpose(0, 1),
        targets.to(logits.device),
        frames,
        lengths,
        zero_infinity=True,
    )


def finder_loss(maps: Tensor, batch: FinderBatch) -> tuple[Tensor, Tensor]:
    """Loss of the maps (N, 4, h, w), and the Dice overlap of the cores."""
    maps = maps.float()
    core = batch.core
    logit = maps[:, :1]
    found = logit.sigmoid()
    dice = (2 * (found * core).sum() + 1) / (found.sum() + core.sum() + 1)
    weight = 1 + 3 * core
    entropy = functional.binary_cross_entropy_with_logits(logit, core, weight=weight)
    area = core.sum().clamp_min(1)
    direction = (functional.normalize(maps[:, 1:3], dim=1) * batch.direction).sum(1, keepdim=True)
    height = (maps[:, 3:] - batch.log_height).abs()
    loss = (
        entropy + (1 - dice) + ((1 - direction) * core).sum() / area + (height * core).sum() / area
    )
    return loss, dice.detach()


def begin(network: Recognizer | LineFinder, start: str) -> None:
    """Load what to go on from; the network stays in training or evaluation, as it was.

    Args:
        start: a checkpoint of this module's classes, or `RELEASED`.

    Raises:
        InputError: there is no such checkpoint, or it holds no such network.
        WeightsError: the released weights are missing or changed.
    """
    if start != RELEASED:
        load_network(network, Path(start))
        return
    training = network.training
    name, preprocessing = RECOGNIZER_WEIGHTS if isinstance(network, Recognizer) else FINDER_WEIGHTS
    load_into(network, name, **preprocessing)
    network.train(training)
