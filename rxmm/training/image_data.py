"""Cut-out faces from banks, balanced and augmented, as batches for the image encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, WeightedRandomSampler

from rxmm.models.facts import PillFacts
from rxmm.models.image_encoder import to_images
from rxmm.models.text_encoder import TextBatch, spell_imprints
from rxmm.training.bank_data import BankSource
from rxmm.training.batches import batches_of, new_generator
from rxmm.training.color_augment import Augmentation
from rxmm.training.cutouts import CutoutBank, draw_cutouts


class ImageBatch(NamedTuple):
    """Faces and what the tables say of their pills.

    Attributes:
        images: (V, B, 3, side, side) float in [-1, 1]: V views of each face, augmented differently.
        imprints: of the B pills.
        facts: of the B pills.
        same: (B, B) bool, whether two pills have the same imprint, colours and shape.
    """

    images: Tensor
    imprints: TextBatch
    facts: PillFacts
    same: Tensor


class ImageDataModule(lightning.LightningDataModule):
    """Batches of faces from a drawn bank and from banks of real faces.

    Classes are balanced by drawing: a face comes with a chance in proportion to the power
    ``-balance`` of how frequent its colours and shape are together.

    Args:
        drawn: folder of the drawn bank, made if it does not exist.
        drawn_pills: how many pills to draw, two faces each.
        real: banks that `rxmm.training.query_bank` wrote, with how much they count for.
        side: pixels of a face.
        views: 2 for instance contrast, else 1.
        balance: 0 leaves all as frequent as they are, 1 makes all kinds equally frequent.
        alike: batches whose faces are dealt out by colours and shape, so that those of a batch are
            hard to tell apart; 1 leaves them as they are drawn.
        augmentation: of training faces.
        workers: processes that prepare batches.
    """

    def __init__(
        self,
        drawn: Path = Path("runs/cutouts"),
        drawn_pills: int = 8_000,
        real: Sequence[BankSource] = (),
        side: int = 128,
        batch_size: int = 64,
        views: int = 1,
        balance: float = 0.5,
        alike: int = 1,
        augmentation: Augmentation | None = None,
        workers: int = 1,
        seed: int = 1,
    ) -> None:
        super().__init__()
        self.alike = alike
        self.drawn, self.real = Path(drawn), tuple(real)
        self.drawn_pills, self.side, self.batch_size = drawn_pills, side, batch_size
        self.views, self.balance, self.workers, self.seed = views, balance, workers, seed
        self.augmentation = augmentation or Augmentation()

    def prepare_data(self) -> None:
        """Draw the bank once."""
        draw_cutouts(
            self.drawn, self.drawn_pills, side=self.side, seed=self.seed, workers=self.workers
        )

    def train_dataloader(self) -> DataLoader[ImageBatch]:
        """As many faces as the banks hold for training, drawn with their chances."""
        faces = Faces(self._banks(), self.augmentation, self.views, held_back=False)
        kind = faces.kinds()
        weight = np.bincount(kind)[kind] ** -self.balance * faces.repeats
        drawn = WeightedRandomSampler(weight.tolist(), int(faces.repeats.sum()))
        return self._loader(faces, LikeTogether(drawn, kind, self.batch_size, self.alike))

    def val_dataloader(self) -> DataLoader[ImageBatch]:
        """The faces that are held back, as they are."""
        return self._loader(Faces(self._banks(), None, 1, held_back=True), None)

    test_dataloader = predict_dataloader = val_dataloader

    def _banks(self) -> list[tuple[CutoutBank, int]]:
        sources = [BankSource(self.drawn), *self.real]
        return [(CutoutBank.load(source.folder), source.repeats) for source in sources]

    def _loader(self, faces: Faces, sampler: Sampler[int] | None) -> DataLoader[ImageBatch]:
        return batches_of(faces, self.batch_size, workers=self.workers, sampler=sampler)


class Faces(Dataset[ImageBatch]):
    """The faces of banks on one side of the split, a batch at a time.

    Attributes:
        repeats: (M,) how much each counts for.
    """

    def __init__(
        self,
        banks: Sequence[tuple[CutoutBank, int]],
        augmentation: Augmentation | None,
        views: int,
        *,
        held_back: bool,
    ) -> None:
        self._banks = [bank for bank, _ in banks]
        self._augmentation, self._views = augmentation, views
        places, repeats = [], []
        for number, (bank, times) in enumerate(banks):
            chosen = np.flatnonzero(bank.held_back() == held_back)
            places.append(np.stack([np.full_like(chosen, number), chosen], axis=1))
            repeats.append(np.full(len(chosen), times))
        self._places = np.concatenate(places)  # (M, 2): bank, face
        self.repeats = np.concatenate(repeats).astype(float)
        parts = [
            bank.facts.take(torch.from_numpy(place[:, 1]))
            for bank, place in zip(self._banks, places, strict=True)
        ]
        self._facts = PillFacts(*(torch.cat(fact) for fact in zip(*parts, strict=True)))

    def __len__(self) -> int:
        return len(self._places)

    def kinds(self) -> NDArray[np.int64]:
        """(M,) the same number for faces of the same colours and shape, from 0."""
        kinds = np.column_stack([self._facts.colors.numpy(), self._facts.shape.numpy()])
        return np.unique(kinds, axis=0, return_inverse=True)[1].ravel()

    def __getitems__(self, indices: Sequence[int]) -> ImageBatch:
        """A whole batch; what a DataLoader calls."""
        places = self._places[list(indices)].tolist()
        cutouts = torch.from_numpy(np.stack([self._banks[n].faces[face] for n, face in places]))
        facts = self._facts.take(torch.tensor(indices))
        imprints = [self._banks[number].imprints[face] for number, face in places]
        names = np.array(
            [
                f"{sorted(imprint)} {colors} {shape}"
                for imprint, colors, shape in zip(
                    imprints, facts.colors.tolist(), facts.shape.tolist(), strict=True
                )
            ]
        )
        random = new_generator()
        augment = self._augmentation
        views = [augment(cutouts, random) if augment else cutouts for _ in range(self._views)]
        return ImageBatch(
            torch.stack([to_images(view) for view in views]),
            spell_imprints(imprints),
            facts,
            torch.from_numpy(names[:, None] == names),
        )


class LikeTogether(Sampler[int]):
    """Gives faces in such an order that each batch holds faces of like kinds.

    What is drawn for several batches is sorted by kind and dealt out to them in turns of random
    order; kinds too rare to fill a batch share one.

    Args:
        drawn: gives the faces.
        kind: (M,) of each face.
        batch_size: faces of a batch.
        batches: that are sorted together; 1 leaves the order as it is.
    """

    def __init__(
        self, drawn: Sampler[int], kind: NDArray[np.int64], batch_size: int, batches: int
    ) -> None:
        self._drawn, self._kind = drawn, kind
        self._batch_size, self._batches = batch_size, batches

    def __len__(self) -> int:
        return len(self._drawn)  # type: ignore[arg-type]  # a sampler with an end

    def __iter__(self) -> Iterator[int]:
        drawn = np.array(list(self._drawn))
        for pool in _parts(drawn, self._batch_size * self._batches):
            batches = [pool]
            if self._batches > 1:
                alike = pool[self._kind[pool].argsort()]
                batches = _parts(alike, self._batch_size)
            for turn in torch.randperm(len(batches)).tolist():
                yield from batches[turn].tolist()


def _parts(numbers: NDArray[np.int64], length: int) -> list[NDArray[np.int64]]:
    """So many at a time, in order; the last part may be shorter."""
    return np.split(numbers, range(length, len(numbers), length))
