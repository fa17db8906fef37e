"""What recipes share: the optimiser, and parts that stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import lightning
import torch
from torch import nn

from rxmm.errors import InputError


def one_cycle(
    module: lightning.LightningModule, learning_rate: float, slow: nn.Module | None = None
) -> Any:
    """AdamW whose rate rises over a tenth of the run and falls to zero.

    Args:
        learning_rate: the highest.
        slow: a part of the module that was trained before and moves at a tenth of the rate.
    """
    slow_ones = [] if slow is None else [p for p in slow.parameters() if p.requires_grad]
    known = {id(parameter) for parameter in slow_ones}
    others = [p for p in module.parameters() if p.requires_grad and id(p) not in known]
    groups = [{"params": others}, {"params": slow_ones}] if slow_ones else [{"params": others}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, weight_decay=0.01)
    highest = [learning_rate, learning_rate / 10][: len(groups)]
    steps = max(int(module.trainer.estimated_stepping_batches), 20)  # fewer have no tenth
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, highest, total_steps=steps, pct_start=0.1
    )
    return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def freeze(network: nn.Module, parts: Sequence[str]) -> None:
    """Keep parts of a network, by name, as they are; dropout and batch statistics included.

    Raises:
        InputError: there is no such part.
    """
    known = dict(network.named_modules())
    for part in parts:
        if part not in known:
            raise InputError(f"There is no part {part!r} to freeze; e.g. image, text or head.rows.")
        known[part].requires_grad_(False).eval()


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Without dropout; each part is left as it was."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    yield
    for module in training:
        module.training = True
