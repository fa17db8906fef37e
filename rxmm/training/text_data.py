"""Catalogue imprints, their misreadings and their nearest neighbours, as batches of text."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog
from rxmm.models.text_encoder import TextBatch, spell, spell_imprints
from rxmm.render import random_pill
from rxmm.training.batches import batches_of, new_seed
from rxmm.training.misread import misread

NEIGHBORS = 8
"""Nearest imprints by edit distance, among which hard negatives are drawn."""


class PairBatch(NamedTuple):
    """Readings and the imprints they may be of.

    Attributes:
        readings: B misread imprints.
        imprints: M ≥ B imprints, the true one of reading ``i`` at ``i``; then their neighbours.
        same: (B, M) bool, whether imprint ``j`` has the tokens of reading ``i``'s.
        row: (B,) place of the true imprint in `TextDataModule.imprints`; -1 for a made-up one.
    """

    readings: TextBatch
    imprints: TextBatch
    same: Tensor
    row: Tensor


class TextDataModule(lightning.LightningDataModule):
    """Batches of readings and imprints.

    Args:
        catalogs: names or paths of catalogues.
        batch_size: readings per batch.
        hard: neighbours of each imprint that stand beside it as negatives.
        noise: of the readings, see `misread`.
        made_up: share of imprints that no catalogue has, for those it will have one day.
        repeats: how often an epoch goes through all imprints.
        limit: only so many imprints, for tests.
    """

    def __init__(
        self,
        catalogs: Sequence[str] = ("us", "tw"),
        batch_size: int = 128,
        hard: int = 1,
        noise: float = 1.0,
        made_up: float = 0.2,
        repeats: int = 4,
        workers: int = 1,
        limit: int | None = None,
    ) -> None:
        super().__init__()
        self.catalogs, self.batch_size, self.hard = tuple(catalogs), batch_size, hard
        self.noise, self.made_up, self.repeats = noise, made_up, repeats
        self.workers, self.limit = workers, limit

    @functools.cached_property
    def imprints(self) -> list[tuple[str, ...]]:
        """Distinct imprints of all catalogues, sorted; an epoch's validation searches them all."""
        known = (Catalog.load(name).imprint_tokens for name in self.catalogs)
        keys = {appearance_key(imprint) for catalog in known for imprint in catalog if imprint}
        return sorted(keys)[: self.limit]

    @functools.cached_property
    def _neighbors(self) -> NDArray[np.int64]:
        """(N, ≤ NEIGHBORS) nearest other imprints."""
        texts = [" ".join(imprint) for imprint in self.imprints]
        nearest = []
        for start in range(0, len(texts), 512):
            block = texts[start : start + 512]
            distance = process.cdist(
                block, texts, scorer=Levenshtein.normalized_distance, dtype=np.float32
            )
            distance[np.arange(len(block)), start + np.arange(len(block))] = np.inf
            count = min(NEIGHBORS, len(texts) - 1)
            nearest.append(np.argpartition(distance, count - 1, axis=1)[:, :count])
        return np.concatenate(nearest)

    def train_dataloader(self) -> DataLoader[PairBatch]:
        """New misreadings each time."""
        pairs = Pairs(self.imprints, self._neighbors, self.hard, self.noise, self.made_up)
        return self._loader(pairs, self.repeats)

    def val_dataloader(self) -> DataLoader[PairBatch]:
        """A tenth of the imprints, always misread in the same way; none is made up."""
        pairs = Pairs(self.imprints, self._neighbors, self.hard, self.noise, 0.0, fixed=True)
        return self._loader(pairs, 0)

    test_dataloader = predict_dataloader = val_dataloader

    def _loader(self, pairs: Pairs, repeats: int) -> DataLoader[PairBatch]:
        count = len(self.imprints)
        order = list(range(count)) * repeats or list(range(0, count, 10))
        chosen = torch.utils.data.Subset(pairs, order)
        return batches_of(chosen, self.batch_size, workers=self.workers, shuffle=repeats > 0)


class Pairs(Dataset[PairBatch]):
    """Imprints by number, a batch at a time, each with a misreading and hard negatives.

    Args:
        fixed: whether an imprint is always misread in the same way.
    """

    def __init__(
        self,
        imprints: Sequence[tuple[str, ...]],
        neighbors: NDArray[np.int64],
        hard: int,
        noise: float,
        made_up: float,
        *,
        fixed: bool = False,
    ) -> None:
        self._imprints, self._neighbors = imprints, neighbors
        self._hard, self._noise, self._made_up = hard, noise, made_up
        self._fixed = fixed

    def __len__(self) -> int:
        return len(self._imprints)

    def __getitems__(self, indices: Sequence[int]) -> PairBatch:
        """A whole batch; what a DataLoader calls."""
        rng = np.random.default_rng(list(indices) if self._fixed else new_seed())
        rows = np.array(indices)
        rows[rng.random(len(rows)) < self._made_up] = -1
        truths = [self._imprints[row] if row >= 0 else _made_up(rng) for row in rows.tolist()]
        others = [
            self._imprints[near]
            for row in rows.tolist()
            if row >= 0
            for near in rng.choice(self._neighbors[row], self._hard).tolist()
        ]
        names = np.array([" ".join(key) for key in (*truths, *others)])
        shuffled = [[key[i] for i in rng.permutation(len(key))] for key in (*truths, *others)]
        return PairBatch(
            spell([misread(truth, self._noise, rng) for truth in truths]),
            spell_imprints(shuffled),
            torch.from_numpy(names[: len(truths), None] == names),
            torch.from_numpy(rows),
        )


def _made_up(rng: np.random.Generator) -> tuple[str, ...]:
    key: tuple[str, ...] = ()
    while not key:  # a company's sign alone has no characters
        key = appearance_key(random_pill(rng).imprint)
    return key
