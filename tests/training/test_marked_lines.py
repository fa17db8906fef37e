"""Lines marked by eye: what becomes of three points, and which photographs they may be on."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.errors import InputError
from rxmm.evaluation.photos import LabelledPhoto
from rxmm.imprint.geometry import CROSS_SECTIONS, angle_of, ribbon_height
from rxmm.imprint.network import CHARACTERS
from rxmm.results import PillFace
from rxmm.training import photos
from rxmm.training.marked_lines import COLUMNS, MarkedLine, marked_lines, released

FACE = PillFace(
    np.zeros((300, 300, 3), np.uint8), np.ones((300, 300), dtype=bool), (100, 50, 400, 350)
)


@given(
    x=st.floats(150, 350),
    y=st.floats(100, 300),
    degrees=st.floats(-179, 179),
    length=st.floats(20, 200),
    height=st.floats(5, 50),
    scale=st.floats(0.3, 3),
)
def test_a_straight_line_keeps_place_direction_and_height(
    x: float, y: float, degrees: float, length: float, height: float, scale: float
) -> None:
    half = np.array([math.cos(math.radians(degrees)), -math.sin(math.radians(degrees))]) * length
    middle = np.array([x, y])
    points = tuple(map(tuple, (middle - half / 2, middle, middle + half / 2)))
    line = MarkedLine(points, height, "A1")
    ribbon = line.ribbon(FACE, scale)
    assert ribbon.shape == (CROSS_SECTIONS, 2, 2) and line.on(FACE)
    assert ribbon.mean(dim=(0, 1)).numpy() == pytest.approx((middle - (100, 50)) * scale, abs=0.05)
    assert float(ribbon_height(ribbon[None])) == pytest.approx(height * scale, rel=1e-3)
    assert math.cos(math.radians(float(angle_of(ribbon[None])) - degrees)) > 0.9999


@pytest.mark.parametrize("clockwise", [True, False])
@pytest.mark.parametrize("span", [0.8, 2.5, 5.0])
@pytest.mark.parametrize("start", [0.0, 2.9, 5.5])
def test_bent_text_stands_on_its_circle(clockwise: bool, span: float, start: float) -> None:
    sign = 1 if clockwise else -1
    angles = start + sign * span * np.array([0, 0.5, 1])
    points = 250 + 80 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ribbon = MarkedLine(tuple(map(tuple, points)), 20, "ROUND").ribbon(FACE, 1.0).numpy()
    middle = ribbon.mean(axis=1) - (150, 200)
    assert np.linalg.norm(middle, axis=1) == pytest.approx(80, abs=0.01)
    assert middle[[0, 8, 16]] + (150, 200) == pytest.approx(points - (100, 50), abs=0.01)
    # Clockwise text has its top outside.
    top = np.linalg.norm(ribbon[:, 0] - (150, 200), axis=1)
    assert top == pytest.approx(90 if clockwise else 70, abs=0.01)


def test_a_broken_file_is_told_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text(",".join(COLUMNS) + "\np.jpg,1,2,3,4,5,6,7,A\np.jpg,1,2,x,4,5,6,7,B\n")
    with pytest.raises(InputError, match="line 3"):
        marked_lines(path)
    path.write_text("photo,text\np.jpg,A\n")
    with pytest.raises(InputError, match="The columns are"):
        marked_lines(path)


@pytest.mark.parametrize("which", ["us", "tw"])
def test_the_marks_that_travel_can_be_read_by_the_recogniser(which: str) -> None:
    lines = [line for several in released(which).values() for line in several]
    assert len(lines) > 200
    for line in lines:
        assert line.text and set(line.text) <= set(CHARACTERS)
        assert line.height > 0 and len(set(line.points)) == 3


@pytest.mark.parametrize("which", ["us", "tw"])
def test_only_photographs_of_the_training_part_are_marked(which: str, real_data: Path) -> None:
    listed: list[LabelledPhoto] = photos.us_reference() if which == "us" else photos.tw_photos()
    assert set(released(which)) <= {photo.path.name for photo in listed}
