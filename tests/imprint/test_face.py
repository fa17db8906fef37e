"""A face as the imprint stage looks at it."""

import cv2
import numpy as np
import pytest

from rxmm.imprint.face import SAME_AREA, FacePicture, gray, stack
from rxmm.results import PillFace

SIDE = 192


def face(length: int, breadth: int, degrees: float = 0.0) -> PillFace:
    """A red pill, an ellipse of these axes, on green."""
    size = length + 20
    mask = np.zeros((size, size), np.uint8)
    half = (length // 2, breadth // 2)
    cv2.ellipse(mask, (size // 2, size // 2), half, degrees, 0, 360, 1, -1)
    crop = np.where(mask[..., None] > 0, (200, 30, 30), (30, 200, 30)).astype(np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return PillFace(crop[window], mask[window] > 0, box)


@pytest.mark.parametrize("degrees", [0, 30, 90])
@pytest.mark.parametrize(("length", "breadth"), [(100, 100), (300, 150), (90, 40)])
def test_faces_of_all_proportions_get_the_same_area(
    length: int, breadth: int, degrees: float
) -> None:
    picture = FacePicture.of(face(length, breadth, degrees), SIDE)
    assert picture.mask.sum() == pytest.approx(np.pi / 4 * SIDE**2, rel=0.06)


def test_a_stick_is_not_blown_up_without_bound() -> None:
    picture = FacePicture.of(face(300, 20), SIDE)
    assert picture.mask.shape[1] == pytest.approx(SIDE * SAME_AREA**0.5, rel=0.02)


def test_the_background_takes_the_colour_of_the_pill() -> None:
    picture = FacePicture.of(face(100, 60, 20), SIDE)
    assert (picture.fill == (200, 30, 30)).all()
    assert (picture.rgb[~picture.mask] == picture.fill).all()


def test_a_batch_is_filled_up_with_each_pills_own_colour() -> None:
    pictures = [FacePicture.of(face(120, 50), SIDE), FacePicture.of(face(90, 90), SIDE)]
    batch = stack(pictures)
    assert all(size % 32 == 0 for size in batch.shape[1:3])
    assert (batch[:, -1, -1] == (200, 30, 30)).all()
    assert gray(batch).shape == batch.shape[:3]
