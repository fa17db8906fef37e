"""Outlines far from the network's map give way to the map's own two; all others stay."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rxmm.segmentation.edges import Contour
from rxmm.segmentation.likely_outlines import mended, overlap

SIZE = (160, 220)


def circle(x: int, y: int, radius: int) -> Contour:
    return np.asarray(cv2.ellipse2Poly((x, y), (radius, radius), 0, 0, 360, 3)[:, None], np.int32)


def likely(*contours: Contour, value: float = 0.95) -> NDArray[np.float32]:
    filled = np.zeros(SIZE, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, -1)
    return np.asarray(np.where(filled > 0, value, 0.001), np.float32)


FRONT, BACK = circle(70, 80, 24), circle(150, 80, 24)


def test_outlines_that_agree_stay_as_they_are() -> None:
    found = [circle(71, 82, 23), circle(149, 79, 25)]
    assert mended(found, likely(FRONT, BACK)) is found


@pytest.mark.parametrize("found", [[], [circle(20, 20, 9)], [circle(20, 20, 9), circle(50, 20, 9)]])
def test_a_rulers_squares_give_way_to_the_pills(found: list[Contour]) -> None:
    left, right = mended(found, likely(FRONT, BACK))
    assert cv2.boundingRect(left)[0] < cv2.boundingRect(right)[0]
    assert overlap([left, right], likely(FRONT, BACK)) > 0.85


def test_two_that_touch_are_parted() -> None:
    left, right = mended([], likely(circle(70, 80, 24), circle(116, 80, 24)))
    for outline, x in ((left, 70), (right, 116)):
        assert abs(outline[:, 0, 0].mean() - x) < 6
        assert cv2.contourArea(outline) == pytest.approx(np.pi * 24**2, rel=0.15)


def test_a_shadow_that_joins_them_is_left_off() -> None:
    shadowed = np.maximum(likely(FRONT, BACK), likely(circle(110, 92, 22), value=0.6))
    left, right = mended([], shadowed)
    assert overlap([left, right], likely(FRONT, BACK)) > 0.8


@pytest.mark.parametrize("seen", [[FRONT], [FRONT, circle(150, 80, 12)], []])
def test_without_two_alike_what_was_found_stays(seen: list[Contour]) -> None:
    found = [circle(20, 130, 9)]
    assert mended(found, likely(*seen)) is found


@given(st.integers(30, 190), st.integers(30, 130), st.integers(6, 25))
def test_overlap_is_a_share(x: int, y: int, radius: int) -> None:
    own = circle(x, y, radius)
    assert 0 <= overlap([own], likely(FRONT)) <= 1
    assert overlap([own], likely(own)) > 0.5
    assert overlap([], likely(own)) == 0
