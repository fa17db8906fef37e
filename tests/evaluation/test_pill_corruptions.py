"""What is special to photographs of pills; what all kinds share is in test_corruptions.py."""

import numpy as np
import pytest

from rxmm.evaluation.pill_corruptions import PILL_KINDS
from tests.drawn import BLUE, PINK, Pixels, lay, table


@pytest.fixture(scope="module")
def photo() -> Pixels:
    drawn = table(240, 320, BLUE)
    lay(drawn, (160, 120), (150, 110), PINK)
    return drawn


def spoilt(photo: Pixels, kind: str, severity: int, seed: int = 3) -> Pixels:
    return PILL_KINDS[kind](photo, severity, np.random.default_rng(seed))


def test_low_light_is_darker_at_every_step(photo: Pixels) -> None:
    means = [photo.mean()] + [spoilt(photo, "low_light", s).mean() for s in range(1, 6)]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 0.3 * means[0]


def test_glare_only_brightens_and_leaves_the_corners(photo: Pixels) -> None:
    bright = spoilt(photo, "glare", 5)
    assert (bright.astype(int) >= photo).all()
    assert (bright == 255).all(axis=2).any()
    assert np.array_equal(
        bright[[0, 0, -1, -1], [0, -1, 0, -1]], photo[[0, 0, -1, -1], [0, -1, 0, -1]]
    )


def test_a_finger_reaches_the_middle_at_5_alone(photo: Pixels) -> None:
    middle = (photo.shape[0] // 2, photo.shape[1] // 2)
    for seed in range(8):
        covered = [(spoilt(photo, "finger", s, seed) != photo).any(axis=2) for s in (1, 4, 5)]
        assert not covered[0][middle] and not covered[1][middle]
        around = covered[2][middle[0] - 2 : middle[0] + 3, middle[1] - 2 : middle[1] + 3]
        assert around.any()
        assert covered[0].sum() < covered[1].sum() < covered[2].sum()


def test_a_cast_keeps_the_brightest_channel_of_the_light_and_darkens_others(photo: Pixels) -> None:
    gain = spoilt(photo, "color_cast", 5).mean(axis=(0, 1)) / photo.mean(axis=(0, 1))
    assert gain.max() == pytest.approx(1, abs=0.01)
    assert gain.min() == pytest.approx(2.6 ** (-1 / 2.2), abs=0.02)


def test_a_shaking_hand_blurs_without_moving_the_light(photo: Pixels) -> None:
    shaken = spoilt(photo, "hand_shake", 5)
    assert shaken.mean() == pytest.approx(photo.mean(), abs=1)
    assert np.abs(np.diff(shaken.astype(int), axis=1)).mean() < 0.6 * np.abs(
        np.diff(photo.astype(int), axis=1)
    ).mean()  # fmt: skip


def test_severity_means_the_same_at_every_size(photo: Pixels) -> None:
    large = photo.repeat(3, axis=0).repeat(3, axis=1)
    for kind in ("glare", "finger"):
        small_share, large_share = (
            (np.abs(spoilt(p, kind, 4).astype(int) - p) > 10).mean() for p in (photo, large)
        )
        assert large_share == pytest.approx(small_share, abs=0.01)
