"""Which outlines the pill map learns from."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from rxmm.errors import InputError
from rxmm.evaluation.photos import Label, LabelledPhoto
from rxmm.segmentation.edges import Contour
from rxmm.segmentation.likely_outlines import overlap
from rxmm.training.pill_photos import believed, main
from tests.segmentation.test_likely_outlines import BACK, FRONT, circle, likely


def test_what_the_map_confirms_is_believed_as_it_was_found() -> None:
    found = [circle(71, 82, 23), circle(149, 79, 25)]
    assert believed(found, likely(FRONT, BACK)) is found


@pytest.mark.parametrize(
    "found", [[FRONT, circle(20, 20, 9)], [circle(70, 80, 36), circle(150, 80, 36)]]
)
def test_where_it_clearly_sees_others_those_are(found: list[Contour]) -> None:
    pills = likely(FRONT, BACK)
    marked = believed(found, pills)
    assert marked is not None and overlap(marked, pills) > 0.85


def test_where_both_are_doubtful_nothing_is() -> None:
    assert believed([FRONT, BACK], likely(circle(30, 30, 12), value=0.6)) is None
    assert believed([FRONT, BACK], likely(FRONT, BACK, value=0.55)) is None


@pytest.mark.parametrize(
    ("limit", "told"), [(0, "No photograph was asked for"), (1, "Of 1 photographs none")]
)
def test_without_a_photo_to_learn_from_it_says_so(
    limit: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "blank.png"
    cv2.imwrite(str(path), np.full((64, 64, 3), 200, np.uint8))
    listed = [LabelledPhoto(path, "pill", None, "group", Label(("A",)))]
    monkeypatch.setattr("rxmm.training.photos.tw_photos", lambda: listed)
    with pytest.raises(InputError, match=told):
        main(tmp_path / "out", limit, workers=1)
    assert not (tmp_path / "out").exists()
