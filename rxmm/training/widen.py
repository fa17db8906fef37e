"""A line finder twice as wide that says the same: training goes on from it with more room.

Net2WiderNet (Chen, Goodfellow and Shlens 2016): every channel stands there twice, each with half
the weight towards what follows, and a little noise, so that the two can part.

    python -m rxmm.training.widen runs/finder/epoch.ckpt runs/wide.ckpt
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from rxmm._command import told_in_one_line
from rxmm.imprint.network import LineFinder
from rxmm.training.schedule import trained

NOISE = 0.05
"""Standard deviation of what a weight is changed by, as a share of it."""


def widened(finder: LineFinder, noise: float = NOISE) -> LineFinder:
    """A finder of twice the width.

    Args:
        noise: see `NOISE`; with 0 it says exactly the same, and training cannot part the channels.
    """
    wide = LineFinder(2 * _width(finder.stem))
    random = torch.Generator().manual_seed(1)

    def block(narrow: nn.Module, into: nn.Module, taken: Tensor) -> None:
        for layer, larger in zip(narrow.children(), into.children(), strict=True):
            if isinstance(layer, nn.Conv2d) and isinstance(larger, nn.Conv2d):
                copies = _twice(layer.out_channels)
                _widen(layer, larger, taken, copies, noise, random)
                taken = copies
            elif isinstance(layer, nn.BatchNorm2d):
                state = {k: v[taken] if v.dim() else v for k, v in layer.state_dict().items()}
                larger.load_state_dict(state)

    block(finder.stem, wide.stem, torch.arange(1))
    sizes = [_width(finder.stem)]
    for narrow, into in zip(finder.down, wide.down, strict=True):
        block(narrow, into, _twice(sizes[-1]))
        sizes.append(_width(narrow))
    for narrow, into, (fine, coarse) in zip(finder.up, wide.up, pairwise(sizes), strict=True):
        # What comes from below, then what was kept of the same level.
        block(narrow, into, torch.cat([_twice(coarse), coarse + _twice(fine)]))
    last = torch.arange(finder.head.out_channels)
    _widen(finder.head, wide.head, _twice(sizes[0]), last, noise, random)
    return wide


def _width(block: nn.Module) -> int:
    return next(layer.out_channels for layer in block.children() if isinstance(layer, nn.Conv2d))


def _twice(channels: int) -> Tensor:
    return torch.arange(channels).repeat(2)


@torch.no_grad()
def _widen(
    narrow: nn.Conv2d,
    wide: nn.Conv2d,
    taken: Tensor,
    given: Tensor,
    noise: float,
    random: torch.Generator,
) -> None:
    """Fill a wider convolution, whose channels are copies of a narrow one's.

    Args:
        taken, given: of which channel each that comes in and each that goes out is a copy.
    """
    share = 1 / taken.bincount()[taken]
    weight = narrow.weight[given][:, taken] * share[:, None, None]
    change = torch.randn(weight.shape, generator=random)
    wide.weight.copy_(weight * (1 + noise * change))
    if narrow.bias is not None and wide.bias is not None:
        wide.bias.copy_(narrow.bias[given])


def main() -> None:
    """Command line, see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    narrow = trained(arguments.checkpoint)
    finder = LineFinder(len(narrow["stem.0.weight"]))
    finder.load_state_dict(narrow)
    state = widened(finder).state_dict()
    torch.save({"state_dict": {f"network.{k}": v for k, v in state.items()}}, arguments.out)


if __name__ == "__main__":
    with told_in_one_line("widen"):
        main()
