"""Lines of imprint from face banks, straightened and augmented, as batches for the recogniser."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from rxmm.catalog.imprint_text import rotate_180
from rxmm.imprint.geometry import (
    grow_ribbon,
    line_strips,
    ribbon_aspect,
    ribbon_height,
    upside_down,
)
from rxmm.imprint.network import CHARACTERS, STRIP_HEIGHT, STRIP_SIGMA
from rxmm.imprint.reader import MAX_ASPECT
from rxmm.imprint.regions import SQUARISH, TURNS
from rxmm.shading import flatten_shading
from rxmm.training.augment import photometric
from rxmm.training.bank_data import HELD_BACK, BankDataModule
from rxmm.training.face_bank import FaceBank

WIDE = 0.25
"""Share of lines that are shown with much around them."""
UPSIDE_DOWN = 0.09
"""Share of lines that are turned so that nothing is to be read."""
ON_ITS_SIDE = 0.06
"""Share of squarish lines that are turned by a quarter, so that nothing is to be read."""
TEXT_ON_ITS_SIDE = frozenset("01378CEHILMNOUVWXZ")
"""Characters that look like one of these when turned by a quarter."""


class LineBatch(NamedTuple):
    """Straightened lines.

    Attributes:
        strips: (N, 1, STRIP_HEIGHT, W) float in [-1, 1].
        texts: N strings over `CHARACTERS`; empty where there is nothing to read.
    """

    strips: Tensor
    texts: list[str]


class LineDataModule(BankDataModule[LineBatch]):
    """Batches of lines from one or more face banks; an epoch goes through every line."""

    def _loader(self, *, validation: bool) -> DataLoader[LineBatch]:
        lines = LineBatches(
            self.banks(validation=validation), self.batch_size, self.seed, validation
        )
        return DataLoader(
            lines,
            batch_size=None,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            prefetch_factor=8 if self.workers else None,
        )


@dataclass(eq=False)
class LineBatches(IterableDataset[LineBatch]):
    """Goes through the lines of face banks in a new order each time, lines of like length together.

    Some lines are shown upside down and labelled as empty, so that the reader learns to say nothing
    rather than to make something up.  Those of validation are not, and come the same each time.
    """

    banks: Sequence[tuple[FaceBank, int]]
    batch_size: int
    seed: int
    validation: bool = False
    epoch: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        super().__init__()
        lines, aspects = [], []
        for number, (bank, repeats) in enumerate(self.banks):
            chosen = np.tile(self._chosen(bank), repeats)
            lines.append(np.stack([np.full_like(chosen, number), chosen], axis=1))
            aspects.append(ribbon_aspect(torch.from_numpy(bank.ribbons[chosen])).numpy())
        self._lines = np.concatenate(lines)  # (M, 2): bank, line
        self._aspects = np.concatenate(aspects)

    def _chosen(self, bank: FaceBank) -> NDArray[np.int64]:
        """The lines of a bank on this side of the split that the alphabet can spell."""
        held_back = bank.owner >= int(len(bank.faces) * (1 - HELD_BACK))
        readable = np.array([set(text.upper()) <= set(CHARACTERS) for text in bank.texts])
        return np.flatnonzero(readable & (held_back == self.validation))

    def __len__(self) -> int:
        return -(-len(self._lines) // self.batch_size)

    def __iter__(self) -> Iterator[LineBatch]:
        self.epoch += 1
        worker = torch.utils.data.get_worker_info()
        share, shares = (worker.id, worker.num_workers) if worker else (0, 1)
        # What is held back is loosened alike each time, or the epochs could not be compared.
        epoch = 0 if self.validation else self.epoch
        rng = np.random.default_rng([self.seed, epoch, self.validation])
        random = torch.Generator().manual_seed(int(rng.integers(2**31)) + share)
        # Alike in length, but never the same lines together twice.
        order = np.argsort(self._aspects * rng.uniform(0.8, 1.25, len(self._aspects)))
        batches = np.array_split(order, len(self))
        for number in rng.permutation(len(batches))[share::shares]:
            yield self._batch(self._lines[batches[number]], random)

    def _batch(self, lines: NDArray[np.int64], random: torch.Generator) -> LineBatch:
        faces, ribbons, texts = [], [], []
        for bank_number, line in lines.tolist():
            bank = self.banks[bank_number][0]
            faces.append(bank.faces[bank.owner[line]])
            ribbons.append(bank.ribbons[line])
            texts.append(str(bank.texts[line]).upper())
        ribbon = torch.from_numpy(np.stack(ribbons))
        if not self.validation:
            ribbon, texts = _mislead(ribbon, texts, random)
        ribbon = _loosen(ribbon, random)
        pictures = torch.from_numpy(np.stack(faces))[:, None].float()
        width = int(STRIP_HEIGHT * float(ribbon_aspect(ribbon).clamp(0.7, MAX_ASPECT).max()))
        strips = line_strips(pictures, torch.arange(len(faces)), ribbon, STRIP_HEIGHT, width)
        if not self.validation:
            strips = photometric(strips, random)
        return LineBatch(flatten_shading(strips, STRIP_SIGMA), texts)


def _loosen(ribbon: Tensor, random: torch.Generator) -> Tensor:
    """Ribbons as a finder would give them: with a margin, shifted and turned a little."""
    count = len(ribbon)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=random) * (high - low) + low

    squarish = ribbon_aspect(ribbon) < SQUARISH
    # Some as wide as the parts of a face, which are read beside found lines.
    wide = (torch.rand(count, generator=random) < WIDE).float()
    along = uniform(0.02, 0.5) + wide * uniform(0.0, 0.8)
    across = uniform(0.0, 0.25) + wide * uniform(0.0, 0.5)
    ribbon = grow_ribbon(ribbon, along=along, across=across)
    height = ribbon_height(ribbon)[:, None]
    shift = torch.stack([uniform(-0.08, 0.08), uniform(-0.08, 0.08)], dim=1) * height
    # Squarish lines are read in steps of `TURNS`, so up to half a step beside their direction.
    most = torch.where(squarish, math.radians(TURNS[0] / 2), 0.12)
    moved: Tensor = _turned(ribbon, uniform(-1, 1) * most) + shift[:, None, None]
    return moved


def _turned(ribbon: Tensor, angle: Tensor) -> Tensor:
    """Ribbons (N, C, 2, 2) turned about their centres by (N,) radians."""
    center = ribbon.mean(dim=(1, 2), keepdim=True)
    cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x, y = (ribbon - center).unbind(dim=-1)
    return torch.stack([x * cosine - y * sine, x * sine + y * cosine], dim=-1) + center


def _mislead(ribbon: Tensor, texts: list[str], random: torch.Generator) -> tuple[Tensor, list[str]]:
    """Turn some lines upside down or on their side, where that leaves nothing to read, and half of
    those that hold nothing."""
    ribbon, texts = ribbon.clone(), list(texts)
    squarish = ribbon_aspect(ribbon) < SQUARISH
    chance, quarter = torch.rand(2, len(texts), generator=random)
    for line, text in enumerate(texts):
        if chance[line] < (UPSIDE_DOWN if text else 0.5):
            if not text or rotate_180(text) is None:
                ribbon[line] = upside_down(ribbon[line : line + 1])[0]
                texts[line] = ""
        elif squarish[line] and quarter[line] < ON_ITS_SIDE and text not in TEXT_ON_ITS_SIDE:
            side = math.copysign(math.pi / 2, float(quarter[line]) - ON_ITS_SIDE / 2)
            ribbon[line] = _turned(ribbon[line : line + 1], torch.tensor([side]))[0]
            texts[line] = ""
    return ribbon, texts
