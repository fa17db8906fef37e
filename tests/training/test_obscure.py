"""What hides letters: each kind hides some, differs from the others, and repeats with its seed."""

import pytest
import torch
from torch import Tensor

from rxmm.training.obscure import KINDS, flakes, gloss, obscure

HEIGHT, WIDTH = 48, 96
STRIPES = (torch.arange(WIDTH) // 4 % 2 * 60.0 + 90).expand(1, HEIGHT, WIDTH)
"""Strokes of four pixels."""
DETAIL = 30.0


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def likeness(picture: Tensor) -> float:
    """Correlation with the strokes."""
    return float(torch.corrcoef(torch.stack([picture.flatten(), STRIPES.flatten()]))[0, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_strokes_are_hidden_but_not_gone(kind) -> None:
    seen = [likeness(kind(STRIPES, DETAIL, seeded(seed))) for seed in range(20)]
    assert min(seen) < 0.9  # each kind hides at times
    assert sum(seen) / len(seen) > 0.3  # and leaves something to read


def test_flakes_cover_little_and_gloss_only_brightens() -> None:
    for seed in range(10):
        changed = (flakes(STRIPES, DETAIL, seeded(seed)) - STRIPES).abs() > 1
        assert 0 < changed.float().mean() < 0.5
        assert (gloss(STRIPES, DETAIL, seeded(seed)) >= STRIPES).all()


def test_kinds_change_and_repeat() -> None:
    first = [obscure(STRIPES, DETAIL, seeded(seed)) for seed in range(12)]
    again = [obscure(STRIPES, DETAIL, seeded(seed)) for seed in range(12)]
    torch.testing.assert_close(first, again)
    assert all(picture.shape == STRIPES.shape for picture in first)
    brighter = [bool((picture >= STRIPES).all()) for picture in first]
    assert any(brighter) and not all(brighter)


@pytest.mark.parametrize("size", [(8, 8), (48, 20), (192, 336)])
def test_any_size_is_taken(size: tuple[int, int]) -> None:
    for seed in range(8):
        assert obscure(torch.full((1, *size), 128.0), 1.0, seeded(seed)).isfinite().all()
