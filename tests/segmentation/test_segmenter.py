"""Every face is found, nothing else is, on drawn photos and on a sample of the real ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rxmm.errors import NoPillFoundError
from rxmm.evaluation.faces import measure
from rxmm.evaluation.photos import tw_photos, us_consumer, us_reference
from rxmm.imprint.face import extent
from rxmm.photo import read_photo
from rxmm.results import PillFace
from rxmm.segmentation import PillSegmenter
from tests.drawn import BLUE, PINK, RED, WHITE, Mask, Pixels, lay, overlap, ruler, table, turned

GREY, PAPER, GREEN, WOOD = (140, 140, 144), (225, 223, 218), (90, 150, 100), (170, 130, 90)


@pytest.fixture(scope="module")
def segmenter() -> PillSegmenter:
    return PillSegmenter()


def in_photo(face: PillFace, photo: Pixels) -> Mask:
    """The face's mask in the whole photo."""
    left, top, right, bottom = face.box
    whole = np.zeros(photo.shape[:2], bool)
    whole[top:bottom, left:right] = face.mask
    return whole


@pytest.mark.parametrize("ground", [GREY, PAPER, GREEN, WOOD])
@pytest.mark.parametrize(
    ("size", "color", "second"),
    [
        ((150, 150), PINK, None),
        pytest.param((90, 90), WHITE, None, id="white"),
        ((170, 80), BLUE, None),
        ((180, 70), RED, WHITE),
    ],
)
def test_one_face_on_many_grounds(segmenter, ground, size, color, second) -> None:
    photo = table(240, 320, ground)
    mask = lay(photo, (165, 118), size, color, 20.0, second)
    (face,) = segmenter(photo)
    assert overlap(in_photo(face, photo), mask) > 0.88
    left, top, right, bottom = face.box
    np.testing.assert_array_equal(face.crop, photo[top:bottom, left:right])
    assert face.mask.shape == face.crop.shape[:2]
    assert face.mask.any(axis=0).all() and face.mask.any(axis=1).all()


def test_no_other_outlines_are_looked_for_where_the_map_is_sure(segmenter, monkeypatch) -> None:
    monkeypatch.delattr("rxmm.segmentation.working_photo.propose")
    photo = table(240, 320, GREY)
    mask = lay(photo, (165, 118), (150, 150), PINK)
    (face,) = segmenter(photo)
    assert overlap(in_photo(face, photo), mask) > 0.9


def test_a_cut_out_that_fills_the_frame(segmenter) -> None:
    photo = np.zeros((224, 224, 3), np.uint8)
    mask = lay(photo, (112, 112), (222, 110), PINK)
    (face,) = segmenter(photo)
    assert overlap(in_photo(face, photo), mask) > 0.93
    assert face.kind == "cut_out" and face.lights == ((1.0, 1.0, 1.0),)


@pytest.mark.parametrize("second", [PINK, (60, 40, 45)], ids=["alike", "dark"])
def test_both_faces_cut_out_and_laid_on_black(segmenter, second) -> None:
    photo = np.zeros((240, 480, 3), np.uint8)
    masks = [lay(photo, (120, 120), (200, 110), PINK), lay(photo, (360, 120), (200, 110), second)]
    faces = segmenter(photo)
    assert [face.kind for face in faces] == ["cut_out", "cut_out"]
    for face, mask in zip(faces, masks, strict=True):
        assert overlap(in_photo(face, photo), mask) > 0.93


@pytest.mark.parametrize("ground", [GREY, GREEN, WOOD])
@pytest.mark.parametrize(("size", "color"), [((110, 110), WHITE), ((130, 60), RED)])
def test_a_face_far_away_is_cut_out_as_from_near(segmenter, ground, size, color) -> None:
    photo = table(1200, 1600, ground)
    mask = lay(photo, (1130, 420), size, color, 20.0)
    (face,) = segmenter(photo)
    assert overlap(in_photo(face, photo), mask) > 0.9


@pytest.mark.parametrize("bars", ["above and below", "at the sides"])
def test_a_photo_between_black_bars_is_no_cut_out(segmenter, bars: str) -> None:
    strip = table(96, 224, GREY)
    mask = lay(strip, (112, 48), (150, 64), PINK)
    around = ((64, 64), (0, 0))
    photo = np.pad(strip, (*around, (0, 0)))
    mask = np.pad(mask, around)
    if bars == "at the sides":
        photo, mask = np.ascontiguousarray(photo.swapaxes(0, 1)), mask.T
    (face,) = segmenter(photo)
    assert overlap(in_photo(face, photo), mask) > 0.85
    assert face.kind == "hand"


def test_two_faces_beside_a_ruler(segmenter) -> None:
    photo = table(750, 1000, PAPER)
    ruler(photo, (150, 620), millimetre=9.0)
    masks = [lay(photo, (230 + 95 * i, 560), (90, 90), PINK) for i in range(2)]
    faces = segmenter(photo)
    assert len(faces) == 2
    for face, mask in zip(faces, masks, strict=True):
        assert overlap(in_photo(face, photo), mask) > 0.85
        assert face.mm_per_pixel == pytest.approx(1 / 9.0, rel=0.03)


@pytest.mark.parametrize("apart", [0, 2, 30])
def test_faces_that_touch_are_parted(segmenter, apart: int) -> None:
    photo = table(400, 500, GREY)
    masks = [lay(photo, (250, 160 + i * (70 + apart)), (180, 70), WHITE) for i in range(2)]
    faces = segmenter(photo)
    assert len(faces) == 2
    for face, mask in zip(faces, masks, strict=True):
        assert overlap(in_photo(face, photo), mask) > 0.85


def test_faces_that_touch_each_other_and_the_ruler_are_parted(segmenter) -> None:
    photo = table(800, 800, PAPER)
    ruler(photo, (150, 650), millimetre=9.0)
    masks = [lay(photo, (227, 547 + 66 * i), (150, 70), PINK) for i in range(2)]
    faces = sorted(segmenter(photo), key=lambda face: face.box[1])
    assert len(faces) == 2
    for face, mask in zip(faces, masks, strict=True):
        assert overlap(in_photo(face, photo), mask) > 0.8


def test_faint_faces_beside_a_ruler(segmenter) -> None:
    photo = table(800, 800, WHITE)
    ruler(photo, (150, 650), millimetre=9.0)
    masks = [faint(photo, (300 + 130 * i, 500)) for i in range(2)]
    faces = segmenter(photo)
    assert len(faces) == 2
    for face, mask in zip(faces, masks, strict=True):
        assert overlap(in_photo(face, photo), mask) > 0.8


def faint(photo: Pixels, center: tuple[int, int]) -> Mask:
    """Lay a disc of nearly the ground's colour, without a shadow; its mask."""
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.circle(mask, center, 50, 1, -1)
    photo[mask > 0] -= 5
    return mask > 0


@pytest.mark.parametrize("scored", [False, True])
@pytest.mark.parametrize("size", [(100, 100), (190, 76)])
def test_one_pill_beside_a_ruler_stays_one(segmenter, size, scored: bool) -> None:
    photo = table(800, 800, PAPER)
    ruler(photo, (150, 650), millimetre=9.0)
    mask = lay(photo, (360, 450), size, PINK)
    if scored:
        x, reach = 360, size[1] // 2 - 4
        cv2.line(photo, (x, 450 - reach), (x, 450 + reach), (150, 90, 98), 4)
    (face,) = segmenter(photo)
    assert overlap(in_photo(face, photo), mask) > 0.85


@pytest.mark.parametrize("degrees", [0, 14, -40])
@pytest.mark.parametrize("second", [None, WHITE])
def test_a_pill_beside_somebodys_own_ruler_has_its_size(segmenter, degrees: int, second) -> None:
    photo = table(600, 800, GREEN)
    photo[430:] = table(170, 800, (228, 228, 220))
    for mark in range(80):
        cv2.line(photo, (5 + 10 * mark, 430), (5 + 10 * mark, 460 - 12 * (mark % 5 > 0)), 40, 2)
    lay(photo, (400, 230), (220, 90), BLUE, second=second)
    (face,) = segmenter(turned(photo, degrees))
    assert face.mm_per_pixel == pytest.approx(0.1, rel=0.03)
    assert extent(face.mask)[0] * face.mm_per_pixel == pytest.approx(22, rel=0.06)


@pytest.mark.parametrize("ground", [GREY, PAPER, (0, 0, 0), (255, 255, 255)])
def test_a_table_without_a_pill(segmenter, ground) -> None:
    with pytest.raises(NoPillFoundError, match="plain background"):
        segmenter(table(300, 400, ground))


def test_a_ruler_alone_is_no_pill(segmenter) -> None:
    photo = table(750, 1000, PAPER)
    ruler(photo, (150, 620), millimetre=9.0)
    with pytest.raises(NoPillFoundError):
        segmenter(photo)


def test_the_light_is_that_of_a_neutral_ground(segmenter) -> None:
    photo = table(240, 320, (180, 170, 150))
    lay(photo, (160, 120), (120, 120), WHITE)
    assert segmenter(photo)[0].light == pytest.approx((1.0, 170 / 180, 150 / 180), abs=0.02)
    photo = table(240, 320, GREEN)
    lay(photo, (160, 120), (120, 120), WHITE)
    assert segmenter(photo)[0].lights == ((1.0, 1.0, 1.0),)


def test_what_a_photo_leaves_open_about_the_light(segmenter) -> None:
    warm = table(240, 320, (200, 160, 120))
    lay(warm, (160, 120), (120, 120), WHITE)
    grey, tinted = segmenter(warm)[0].lights
    assert grey == (1.0, 1.0, 1.0) and tinted == pytest.approx((1.0, 0.8, 0.6), abs=0.02)
    dim = (warm * 0.5).astype(np.uint8)
    levels = {max(light) for light in segmenter(dim)[0].lights}
    assert len(segmenter(dim)[0].lights) == 4 and min(levels) < 0.6 < max(levels) == 1.0


@pytest.mark.parametrize("shape", [(32, 32), (32, 900), (900, 33), (225, 224)])
def test_any_size_is_taken(segmenter, shape) -> None:
    with pytest.raises(NoPillFoundError):
        segmenter(table(*shape, GREY))


@pytest.mark.parametrize(
    ("listed", "faces", "least"),
    [(us_reference, 1, 0.95), (us_consumer, 1, 0.9), (tw_photos, 2, 0.85)],
)
def test_real_photographs(real_data: Path, listed, faces: int, least: float) -> None:
    tally = measure("sample", listed(real_data), faces, limit=24)
    assert tally.right_number / tally.photographs >= least


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param("4d5938df3032388f.webp", id="capsules that touch"),
        pytest.param("5058ba55e90264a4.webp", id="tablets that touch and lie on the ruler"),
        pytest.param("ba9038f4f8deecd0.webp", id="white on white"),
        pytest.param("5e21850b1ab36bd1.webp", id="one tinted, one white"),
        pytest.param("14e8a256f23dfd41.webp", id="two-tone capsules that touch"),
    ],
)
def test_real_photographs_that_need_a_second_look(segmenter, real_data: Path, photo: str) -> None:
    assert len(segmenter(read_photo(real_data / "tw/photos" / photo))) == 2
