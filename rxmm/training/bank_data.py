"""Face banks, drawn and real, as what a recipe of the imprint stage learns from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import lightning
from torch.utils.data import DataLoader

from rxmm.training.face_bank import FaceBank, draw_bank

_Batch = TypeVar("_Batch")


@dataclass(frozen=True, slots=True)
class BankSource:
    """A face bank and how often it is gone through in an epoch."""

    folder: Path
    repeats: int = 1


class BankDataModule(lightning.LightningDataModule, ABC, Generic[_Batch]):
    """Batches made of one or more face banks.

    Args:
        rendered: folder of the rendered bank, drawn if it does not exist.
        rendered_faces: how many faces to draw.
        real: banks of real faces whose lines were aligned, see `rxmm.training.align`.
        batch_size: lines or faces per batch.
        workers: processes that prepare batches, and that draw the rendered bank.
        seed: of what is drawn, and of the order of lines and how they are varied.
    """

    def __init__(
        self,
        rendered: Path = Path("runs/bank"),
        rendered_faces: int = 26_000,
        real: Sequence[BankSource] = (),
        batch_size: int = 48,
        workers: int = 1,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.rendered, self.real = Path(rendered), tuple(real)
        self.rendered_faces, self.batch_size = rendered_faces, batch_size
        self.workers, self.seed = workers, seed

    def prepare_data(self) -> None:
        """Draw the rendered bank once."""
        draw_bank(
            self.rendered, self.rendered_faces, seed=self.seed, workers=self.workers, made_up=0.35
        )

    def train_dataloader(self) -> DataLoader[_Batch]:
        """Every bank ``repeats`` times, varied at random."""
        return self._loader(validation=False)

    def val_dataloader(self) -> DataLoader[_Batch]:
        """What is held back, the same each time."""
        return self._loader(validation=True)

    def banks(self, *, validation: bool) -> list[tuple[FaceBank, int]]:
        """All banks, and how often each is gone through."""
        sources = [BankSource(self.rendered), *self.real]
        return [
            (FaceBank.load(source.folder), 1 if validation else source.repeats)
            for source in sources
        ]

    @abstractmethod
    def _loader(self, *, validation: bool) -> DataLoader[_Batch]: ...
