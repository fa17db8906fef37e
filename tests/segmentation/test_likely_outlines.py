"""Outlines far from the network's map give way to the map's own two; all others stay."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rxmm.segmentation.edges import Contour, EdgeMap
from rxmm.segmentation.likely_outlines import (
    by_map,
    closer,
    fit,
    is_sure,
    mended,
    nearer,
    overlap,
    recognized,
)

SIZE = (160, 220)


def circle(x: int, y: int, radius: int) -> Contour:
    return np.asarray(cv2.ellipse2Poly((x, y), (radius, radius), 0, 0, 360, 3)[:, None], np.int32)


def likely(*contours: Contour, value: float = 0.95) -> NDArray[np.float32]:
    filled = np.zeros(SIZE, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, -1)
    return np.asarray(np.where(filled > 0, value, 0.001), np.float32)


def capsule(center: tuple[int, int], degrees: float, first: float = -1, last: float = 1) -> Contour:
    """An outline of 90 by 36 pixels, or the part of it between two shares of half its length."""
    turn = np.deg2rad(np.arange(0, 360, 3))
    ends = np.where(np.abs(np.cos(turn)) > 1e-9, np.sign(np.cos(turn)) * 27, 0)
    points = np.stack([ends + 18 * np.cos(turn), 18 * np.sin(turn)], axis=1)
    points[:, 0] = points[:, 0].clip(first * 45, last * 45)
    angle = np.deg2rad(degrees)
    turned = points @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return np.asarray(cv2.convexHull(np.round(turned + center).astype(np.int32)[:, None]))


SHADE = np.array((14, 8), np.int32)
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


def edges(*contours: Contour) -> EdgeMap:
    """Of a photograph in which these are light on dark."""
    lab = np.full((*SIZE, 3), 30, np.float32)
    lab[likely(*contours) > 0.5] = 70
    return EdgeMap(cv2.GaussianBlur(lab, (0, 0), 0.8), rim=0)


def on_any_ground(found: list[Contour], seen: NDArray[np.float32], there: EdgeMap) -> list[Contour]:
    return recognized(by_map(seen, there), found, seen, there)


@pytest.mark.parametrize("found", [[], [circle(30, 30, 12)], [circle(70, 80, 10)]])
@pytest.mark.parametrize("seen", [19, 24, 29])
def test_on_any_ground_the_maps_pill_is_taken_as_far_as_its_edge(
    found: list[Contour], seen: int
) -> None:
    (own,) = on_any_ground(found, likely(circle(70, 80, seen)), edges(FRONT))
    assert overlap([own], likely(FRONT)) > 0.9


def test_on_any_ground_there_may_be_several_pills_but_no_specks() -> None:
    pills = [circle(40 + 60 * n, 80, 20) for n in range(3)]
    own = on_any_ground([pills[1]], likely(*pills, circle(110, 20, 5)), edges(*pills))
    assert len(own) == 3 and overlap(own, likely(*pills)) > 0.9


def test_the_maps_own_outlines_are_sure_where_there_is_an_edge() -> None:
    seen = likely(FRONT)
    (own,) = by_map(seen, edges(FRONT))
    assert fit([own], seen, edges(FRONT)) > fit([own], seen, edges(BACK)) > 0
    assert is_sure([own], seen, edges(FRONT))
    assert not is_sure([own], seen, edges(BACK))
    assert not is_sure([], seen, edges(FRONT))


@pytest.mark.parametrize("apart", [44, 47])
def test_two_that_touch_are_not_surely_one(apart: int) -> None:
    pills = (circle(70, 80, 24), circle(70 + apart, 80, 24))
    own = by_map(likely(*pills), edges(*pills))
    assert len(own) == 1 and not is_sure(own, likely(*pills), edges(*pills))


def test_on_any_ground_a_pattern_is_no_heap_of_pills() -> None:
    pattern = [
        circle(20 + 18 * column, 20 + 18 * row, 6) for column in range(10) for row in range(7)
    ]
    assert on_any_ground([FRONT], likely(*pattern), edges(*pattern)) == [FRONT]
    assert on_any_ground(pattern, likely(), edges(*pattern)) == []


def test_on_any_ground_a_pill_far_away_is_taken_where_nothing_was_found() -> None:
    far = circle(110, 60, 3)
    (own,) = on_any_ground([], likely(far), edges(far))
    assert np.abs(own[:, 0].mean(axis=0) - (110, 60)).max() < 2


@pytest.mark.parametrize("others", [[], [BACK], [circle(70, 80, 60)]])
def test_from_near_the_outline_of_the_same_face_is_taken(others: list[Contour]) -> None:
    coarse = circle(73, 78, 27)
    assert closer(coarse, [*others, FRONT], SIZE) is FRONT
    assert closer(coarse, others, SIZE) is coarse


@pytest.mark.parametrize("seen", [[], [FRONT], [circle(72, 78, 23)]])
def test_on_any_ground_outlines_stay_where_the_map_sees_none_or_the_same(
    seen: list[Contour],
) -> None:
    found = [circle(70, 80, 24)]
    assert on_any_ground(found, likely(*seen), edges(FRONT)) is found


@pytest.mark.parametrize("apart", [46, 80])
@pytest.mark.parametrize("all_of_it", [True, False])
def test_two_in_one_outline_are_parted(apart: int, all_of_it: bool) -> None:
    pills = [circle(70, 80, 24), circle(70 + apart, 80, 24)]
    found = cv2.convexHull(np.concatenate(pills)) if all_of_it else pills[0]
    two = nearer([found], likely(*pills))
    assert len(two) == 2
    assert overlap(two, likely(*pills)) > 0.85


def test_one_outline_of_one_pill_is_not_parted() -> None:
    assert nearer([FRONT], likely(FRONT)) == [FRONT]


def test_a_capsule_with_a_waist_is_not_parted() -> None:
    halves = [capsule((110, 80), 20, -1, -0.03), capsule((110, 80), 20, 0.03, 1)]
    (whole,) = nearer([cv2.convexHull(np.concatenate(halves))], likely(*halves))
    assert overlap([whole], likely(capsule((110, 80), 20))) > 0.85


def test_two_that_were_found_stay_where_the_map_says_much_the_same() -> None:
    found = [FRONT, BACK]
    assert nearer(found, likely(circle(72, 80, 25), circle(150, 82, 25))) is found


def test_two_within_what_the_map_sees_stay() -> None:
    found = [FRONT, BACK]  # it sees their shadows too
    assert nearer(found, likely(circle(72, 83, 31), circle(152, 83, 31))) is found


def test_shadows_are_left_off() -> None:
    pills = likely(FRONT, BACK)
    shadows = [cv2.convexHull(np.concatenate([each, each + SHADE])) for each in (FRONT, BACK)]
    assert overlap(shadows, pills) < 0.75
    assert overlap(nearer(shadows, pills), pills) > 0.85


def test_a_doubtful_map_changes_nothing() -> None:
    found = [circle(40, 60, 20), circle(120, 60, 20)]
    assert nearer(found, likely(FRONT, BACK, value=0.6)) is found
