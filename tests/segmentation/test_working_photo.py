"""Outlines move between a photograph and its reduced copy without getting lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.segmentation.working_photo import WORKING_EDGE, WorkingPhoto, photograph_on
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


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("page", [0, 255])
@pytest.mark.parametrize("breadth", range(4, 48, 4))
def test_a_coloured_edge_is_no_photograph(breadth: int, page: int, *, turned: bool) -> None:
    picture = np.full((600, 2000, 3), page, dtype=np.uint8)
    picture[:breadth] = (200, 90, 40)
    shown = np.ascontiguousarray(picture.transpose(1, 0, 2)) if turned else picture
    height, width = shown.shape[:2]
    assert photograph_on(shown) == (0, 0, width, height)


def test_a_photograph_on_a_white_page_is_found() -> None:
    page = np.full((1000, 1400, 3), 255, dtype=np.uint8)
    page[200:700, 300:1000] = GREY
    assert np.abs(np.array(photograph_on(page)) - (300, 200, 1000, 700)).max() <= 20
