"""The scale of a photo: from millimetres at any angle, never from inches or from cloth."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxmm.evaluation.photos import tw_photos, us_reference
from rxmm.photo import read_photo
from rxmm.segmentation.ruler import find_ruler
from tests.drawn import WHITE, Pixels, ruler, table, turned

PHOTOGRAPHS = 12


def inches(photo: Pixels, corner: tuple[int, int], millimetre: float) -> None:
    """A lying scale of sixteenths, each mark the longer the coarser its fraction."""
    x, y = corner
    for mark in range(16 * 4 + 1):
        length = next(
            n for step, n in ((16, 34), (8, 27), (4, 21), (2, 16), (1, 11)) if mark % step == 0
        )
        at = x + round(mark * millimetre * 25.4 / 16)
        cv2.line(photo, (at, y), (at, y + length), (20, 20, 20), 2)


def millimetres_per_pixel(photo: Pixels) -> float | None:
    found = find_ruler(photo)
    return found.mm_per_pixel if found else None


@settings(max_examples=25, deadline=None)
@given(degrees=st.floats(-180, 180), millimetre=st.floats(7, 14))
def test_millimetres_are_read_however_the_ruler_lies(degrees: float, millimetre: float) -> None:
    photo = table(820, 900, WHITE)
    ruler(photo, (120, 700), millimetre)
    scale = millimetres_per_pixel(turned(photo, degrees))
    assert scale is not None
    assert scale * millimetre == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("degrees", [0, 20, -35, 90])
def test_inches_are_not_taken_for_millimetres(degrees: int) -> None:
    photo = table(700, 900, WHITE)
    inches(photo, (60, 300), 8.0)
    assert millimetres_per_pixel(turned(photo, degrees)) is None
    lying = ((60 + round(mark * 8.0), 100 if mark % 10 else 80) for mark in range(101))
    for at, top in lying:
        cv2.line(photo, (at, top), (at, 120), (20, 20, 20), 2)
    scale = millimetres_per_pixel(turned(photo, degrees))
    assert scale is not None
    assert scale * 8.0 == pytest.approx(1, abs=0.03)


def test_groups_of_even_strokes_are_no_ruler() -> None:
    photo = table(500, 900, WHITE)
    for group in range(7):
        for stroke in range(6):
            at = 60 + 110 * group + 12 * stroke
            cv2.line(photo, (at, 200), (at, 240), (20, 20, 20), 3)
    assert find_ruler(photo) is None
    for at in range(60, 540, 12):
        cv2.line(photo, (at, 400), (at, 440), (20, 20, 20), 3)
    assert millimetres_per_pixel(photo) == pytest.approx(1 / 12, rel=0.03)


def test_nor_are_two_real_pills_side_by_side(real_data: Path) -> None:
    fronts = [photo for photo in us_reference(real_data) if photo.side == 0]
    for front in fronts[::60]:
        pill = read_photo(front.path)
        assert find_ruler(np.concatenate([pill, pill[:, ::-1]], axis=1)) is None, front.path.name


def test_a_larger_photo_has_the_same_ruler() -> None:
    photo = table(700, 900, WHITE)
    ruler(photo, (120, 620), 9.0)
    large = cv2.resize(photo, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    assert millimetres_per_pixel(large) == pytest.approx(1 / 22.5, rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_cloth_and_bare_tables_have_no_scale(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bare = table(600, 800, WHITE, seed)
    assert millimetres_per_pixel(bare) is None
    threads = np.sin(np.arange(800) * 2 * np.pi / 9 + rng.normal(0, 0.6, 800).cumsum())
    cloth = np.clip(bare + 25 * threads[None, :, None], 0, 255).astype(np.uint8)
    assert millimetres_per_pixel(turned(cloth, 25)) is None


@pytest.mark.filterwarnings("error")
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    period=st.integers(2, 40),
    height=st.integers(32, 200),
    width=st.integers(32, 400),
    missing=st.floats(0, 0.9),
)
def test_any_stripes_are_judged(
    seed: int, period: int, height: int, width: int, missing: float
) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.normal(200, 3, (height, width, 3)).clip(0, 255).astype(np.uint8)
    for at in range(0, width, period):
        if rng.random() >= missing:
            top, bottom = sorted(rng.integers(0, height, 2))
            photo[top:bottom, at : at + rng.integers(1, 3)] = 40
    found = find_ruler(photo)
    assert found is None or 0 < found.mm_per_pixel < 1


def test_photographed_rulers_keep_their_scale_when_turned(real_data: Path) -> None:
    near = 0
    for number, listed in enumerate(list(tw_photos(real_data))[:PHOTOGRAPHS]):
        photo = read_photo(listed.path)
        upright = millimetres_per_pixel(photo)
        leaning = millimetres_per_pixel(turned(photo, 7 * number - 40))
        near += bool(upright and leaning and abs(leaning / upright - 1) < 0.05)
    assert near >= 0.8 * PHOTOGRAPHS
