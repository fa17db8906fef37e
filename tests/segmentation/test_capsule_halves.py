"""Halves of one pill become whole; all others stay."""

import pytest

from rxmm.segmentation.capsule_halves import completed
from rxmm.segmentation.edges import Contour
from rxmm.segmentation.likely_outlines import overlap
from tests.segmentation.test_likely_outlines import BACK, FRONT, capsule, circle, likely


@pytest.mark.parametrize("degrees", [0, 35, 90, 200])
@pytest.mark.parametrize("seam", [0.0, 0.12])
def test_half_a_capsule_gets_its_other_half(degrees: float, seam: float) -> None:
    whole, half = capsule((110, 80), degrees), capsule((110, 80), degrees, last=0.0)
    seen = likely(half, capsule((110, 80), degrees, first=seam))
    (found,) = completed([half], seen)
    assert overlap([found], likely(whole, value=1.0)) > 0.85


def test_both_faces_of_a_capsule_are_completed_beside_each_other() -> None:
    halves = [capsule((110, y), 0, last=0.0) for y in (50, 90)]
    wholes = [capsule((110, y), 0) for y in (50, 90)]
    found = completed(halves, likely(*wholes))
    assert len(found) == 2
    assert overlap(found, likely(*wholes, value=1.0)) > 0.85


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([FRONT, BACK], id="apart"),
        pytest.param([circle(70, 80, 24), circle(118, 80, 24)], id="touching"),
        pytest.param([capsule((60, 80), 0), capsule((160, 80), 0)], id="end to end, apart"),
    ],
)
def test_whole_pills_stay_as_they_are(found: list[Contour]) -> None:
    for before, after in zip(found, completed(found, likely(*found)), strict=True):
        assert before is after


def test_a_shadow_beyond_an_end_does_not_lengthen_a_pill() -> None:
    (found,) = completed([FRONT], likely(FRONT, circle(80, 84, 24)))
    assert found is FRONT


def test_a_third_pill_beyond_one_face_does_not_lengthen_it() -> None:
    found = [circle(50, 80, 20), circle(110, 80, 20)]
    third = likely(*found, circle(152, 80, 20))
    for before, after in zip(found, completed(found, third), strict=True):
        assert before is after


def test_four_halves_along_score_lines_are_two_pills() -> None:
    centers = [(60, 80), (160, 80)]
    wholes = [capsule(center, 70) for center in centers]
    halves = [capsule(center, 70, *part) for center in centers for part in ((-1, -0.02), (0.02, 1))]
    found = completed(halves, likely(*wholes))
    assert len(found) == 2
    assert overlap(found, likely(*wholes, value=1.0)) > 0.9
