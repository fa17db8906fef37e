"""Lines of imprint from face banks, straightened and augmented, as batches for the recogniser."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed
from torch.utils.data import DataLoader, Dataset, DistributedSampler

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
from rxmm.training.bank_data import BankDataModule
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


class Drawn(NamedTuple):
    """What a batch is made of.

    Attributes:
        lines: their numbers.
        seed: of how they are varied.
    """

    lines: NDArray[np.int64]
    seed: int


class LineDataModule(BankDataModule[LineBatch]):
    """Batches of lines from one or more face banks; an epoch goes through every line."""

    def _loader(self, *, validation: bool) -> DataLoader[LineBatch]:
        lines = Lines(self.banks(validation=validation), validation=validation)
        return _LateLoader(
            lines,
            sampler=LikeInLength(lines, self.batch_size, self.seed),
            batch_size=None,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            prefetch_factor=8 if self.workers else None,
        )


class _LateLoader(DataLoader[LineBatch]):
    """Begins with the first batch that is asked for.

    Where a run goes on, Lightning asks for an iterator before it tells the epoch.
    """

    def __iter__(self) -> Iterator[LineBatch]:  # type: ignore[override]  # any iterator will do
        yield from super().__iter__()


class Lines(Dataset[LineBatch]):
    """The lines of face banks, a batch at a time.

    Some are shown upside down and labelled as empty, so that the reader learns to say nothing
    rather than to make something up.  Those of validation are not.

    Attributes:
        aspects: (M,) length over height of each line.
        validation: whether these are the lines that are held back.
    """

    def __init__(self, banks: Sequence[tuple[FaceBank, int]], *, validation: bool = False) -> None:
        self._banks, self.validation = [bank for bank, _ in banks], validation
        lines, aspects = [], []
        for number, (bank, repeats) in enumerate(banks):
            chosen = np.tile(self._chosen(bank), repeats)
            lines.append(np.stack([np.full_like(chosen, number), chosen], axis=1))
            aspects.append(ribbon_aspect(torch.from_numpy(bank.ribbons[chosen])).numpy())
        self._lines = np.concatenate(lines)  # (M, 2): bank, line
        self.aspects = np.concatenate(aspects)

    def _chosen(self, bank: FaceBank) -> NDArray[np.int64]:
        """The lines of a bank on this side of the split that the alphabet can spell."""
        readable = np.array([set(text.upper()) <= set(CHARACTERS) for text in bank.texts])
        return np.flatnonzero(readable & (bank.held_back[bank.owner] == self.validation))

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, drawn: Drawn) -> LineBatch:
        """A whole batch."""
        random = torch.Generator().manual_seed(drawn.seed)
        faces, ribbons, texts = [], [], []
        for bank_number, line in self._lines[drawn.lines].tolist():
            bank = self._banks[bank_number]
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


class LikeInLength(DistributedSampler[Drawn]):
    """Goes through lines in a new order each epoch, lines of like length together.

    Of several processes that train, each gets batches of its own.  Which epoch it is Lightning
    tells by ``set_epoch``, also in a run that goes on after a break.  What is held back comes the
    same each time, or the epochs could not be compared.
    """

    def __init__(self, lines: Lines, batch_size: int, seed: int) -> None:
        self._lines, self._seed = lines, seed
        self._batches = -(-len(lines) // batch_size)
        processes, rank = 1, 0
        if distributed.is_initialized():
            processes, rank = distributed.get_world_size(), distributed.get_rank()
        # Of the dataset it asks no more than how many there are to share out.
        super().__init__(range(self._batches), processes, rank)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Drawn]:
        epoch = 0 if self._lines.validation else self.epoch + 1
        rng = np.random.default_rng([self._seed, epoch, self._lines.validation])
        # Alike in length, but never the same lines together twice.
        order = np.argsort(self._lines.aspects * rng.uniform(0.8, 1.25, len(self._lines)))
        batches = np.array_split(order, self._batches)
        drawn = [Drawn(lines, int(rng.integers(2**31))) for lines in batches]
        # The first ones come twice where the processes would not have as many each.
        turns = np.resize(rng.permutation(self._batches), self.total_size)
        for turn in turns[self.rank :: self.num_replicas].tolist():
            yield drawn[turn]


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
