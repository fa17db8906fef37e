"""Augmented pictures keep their shape and range; those of low resolution keep the coarse and lose
the fine."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from rxmm.training.augment import LEAST_SCALE, low_resolution, photometric


def pictures(count: int, channels: int = 1) -> Tensor:
    """Random blotches of 16 pixels, (count, channels, 64, 96)."""
    coarse = torch.rand(count, channels, 4, 6, generator=torch.Generator().manual_seed(1)) * 255
    return functional.interpolate(coarse, size=(64, 96), mode="bilinear")


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("augment", [photometric, low_resolution])
def test_shape_range_and_chance(augment) -> None:
    seen = pictures(12)
    result = augment(seen.clone(), seeded())
    assert result.shape == seen.shape and result.dtype == seen.dtype
    assert result.min() >= 0 and result.max() <= 255
    torch.testing.assert_close(result, augment(seen.clone(), seeded()))


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_coarse_survives_low_resolution(channels: int) -> None:
    seen = pictures(20, channels)
    change = (low_resolution(seen, seeded()) - seen).abs().mean(dim=(1, 2, 3))
    assert change.max() < 20  # most where chroma is compressed
    assert change.std() > 0.3  # each picture has a resolution of its own


def test_what_is_fine_does_not() -> None:
    stripes = torch.tensor([64.0, 192.0]).repeat(48).expand(20, 1, 64, 96)
    spread = low_resolution(stripes, seeded()).std(dim=(1, 2, 3))
    assert spread.max() < 0.75 * stripes.std()
    assert spread.min() < 2


def test_nothing_and_little_are_taken() -> None:
    assert low_resolution(torch.zeros(0, 1, 8, 8), seeded()).shape == (0, 1, 8, 8)
    side = int(1 / LEAST_SCALE)
    assert low_resolution(torch.zeros(2, 1, side, side), seeded()).shape == (2, 1, side, side)
