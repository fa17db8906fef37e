"""Outlines move between a photograph and its reduced copy without getting lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rxmm.segmentation.working_photo import WORKING_EDGE, WorkingPhoto
from tests.drawn import table

GREY = (140, 140, 144)
PHOTOS = [WorkingPhoto.of(table(height, width, GREY)) for height, width in ((90, 120), (900, 1300))]


@given(st.sampled_from(PHOTOS), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1))
def test_there_and_back_is_within_a_pixel(
    photo: WorkingPhoto, places: list[tuple[float, float]]
) -> None:
    height, width = photo.content.shape[:2]
    contour = np.int32(np.array(places) * (width - 1, height - 1))[:, None]
    there = photo.from_photograph(contour)
    assert there.min() >= 0 and (there[:, 0] < photo.lab.shape[1::-1]).all()
    assert np.abs(photo.on_photograph(there) - contour).max() <= 1 / photo.scale


def test_only_large_photographs_are_reduced() -> None:
    small, large = PHOTOS
    assert small.scale == 1 and small.small.shape == small.content.shape
    assert max(large.small.shape) == WORKING_EDGE
