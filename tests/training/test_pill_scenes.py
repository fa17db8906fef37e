"""Photographs by hand to learn from."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.errors import InputError
from rxmm.segmentation.pill_map import SIDE
from rxmm.training import photos
from rxmm.training.pill_scenes import cut_close, main, photographed


@given(st.integers(0, 2**20), st.integers(0, 99), st.integers(0, 99), st.integers(2, 40))
def test_what_is_cut_close_holds_all_of_the_pill(seed: int, x: int, y: int, radius: int) -> None:
    mask = cv2.circle(np.zeros((100, 100), np.uint8), (x, y), radius, 1, -1) > 0
    image = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8)
    seen, marks = cut_close(image, mask, np.random.default_rng(seed))
    assert marks.sum() == mask.sum() and (seen[..., 0] == marks).all()
    assert marks.size <= 1.4**2 * (np.ptp(np.nonzero(mask), axis=1) + 4).prod()


def test_from_far_pills_are_small(real_data: Path) -> None:
    paths = [photo.path for photo in photos.us_reference()[:40:5]]
    shares = [
        (photographed(path, number, far=1.0)[1] > 127).mean() for number, path in enumerate(paths)
    ]
    assert 0 < max(shares) < 0.1


def test_they_show_at_most_three_pills_and_are_always_the_same(real_data: Path) -> None:
    paths = [photo.path for photo in photos.us_reference()[:40:5]]
    made = [photographed(path, number) for number, path in enumerate(paths)]
    for picture, marks in made:
        assert picture.shape == (SIDE, SIDE, 3) and marks.shape == (SIDE, SIDE)
        whole = cv2.morphologyEx((marks > 127).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5)))
        count, _ = cv2.connectedComponents(whole)
        assert count - 1 <= 3
    assert sum(marks.any() for _, marks in made) >= len(made) - 2
    again, _ = photographed(paths[0], 0)
    assert (again == made[0][0]).all()


def test_without_a_photo_to_make_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rxmm.training.photos.us_reference", list)
    with pytest.raises(InputError, match="No photograph was asked for"):
        main(tmp_path / "out")
