"""What the datasets of recipes share: they give whole batches, varied at random."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

_Batch = TypeVar("_Batch")


def batches_of(
    dataset: Dataset[_Batch],
    batch_size: int,
    *,
    workers: int,
    shuffle: bool = False,
    sampler: Sampler[int] | None = None,
) -> DataLoader[_Batch]:
    """A loader of a dataset whose ``__getitems__`` gives a whole batch."""
    return DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=shuffle,
        sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
        collate_fn=_as_it_is,
    )


def new_seed() -> int:
    """Of what varies one batch.

    Torch's generator is the one that Lightning seeds, differently in each worker.
    """
    return int(torch.randint(2**31, ()))


def new_generator() -> torch.Generator:
    """A generator for one batch, see `new_seed`."""
    return torch.Generator().manual_seed(new_seed())


def _as_it_is(batch: Any) -> Any:
    return batch
