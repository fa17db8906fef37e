"""Which rows of a very large catalogue the fusion scores, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

EXACT = 200_000
"""Rows up to which each is scored; of a larger catalogue those that are likely to matter."""
SHORTLIST = 4096
"""Rows that each kind of evidence puts forward."""


def shortlist(evidence: Iterable[NDArray[np.float64]], others: Iterable[int]) -> Tensor:
    """The rows that any evidence (N,) finds best, and some others, rising, (K,)."""
    rows = [np.argpartition(-score, SHORTLIST)[:SHORTLIST] for score in evidence]
    return torch.from_numpy(np.unique(np.concatenate([*rows, np.array([*others], dtype=np.int64)])))


def spread(logits: Tensor, rows: Tensor, count: int) -> NDArray[np.float64]:
    """Logits of K rows and of none of these, (B, K + 1), as those of all N rows, (B, N + 1).

    A row that was not scored counts as much as the least of those that were.

    Args:
        count: N.
    """
    found = logits.double()
    least = found[:, :-1].amin(dim=1, keepdim=True)
    all_rows = least.repeat(1, count + 1)
    all_rows[:, rows], all_rows[:, -1] = found[:, :-1], found[:, -1]
    return np.asarray(all_rows.numpy(), dtype=float)
