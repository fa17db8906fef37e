"""The map of pills: its geometry on photos of any shape, and what it says of real photographs."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rxmm.face_features import outline
from rxmm.photo import read_photo
from rxmm.segmentation import PillSegmenter
from rxmm.segmentation.pill_map import SIDE, WEIGHTS, PillMap, View, squared, to_input, to_planes
from rxmm.segmentation.segmenter import surroundings

FORMERLY_WRONG = (
    "5c1b7d4b283e359b", "a52fae5bd2a39433", "f60bc3317b5f1f08", "537ea0cec54cf8e6",
)  # fmt: skip
"""Tuning part: faint white on white, squares of the ruler taken for pills, two that touch, pills on
a steel ruler."""


@pytest.mark.parametrize("view", WEIGHTS)
@pytest.mark.parametrize("shape", [(60, 400), (400, 60), (256, 256), (31, 33), (1000, 700)])
def test_a_map_has_the_photos_shape(shape: tuple[int, int], view: View) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    likely = PillMap.released(view)(photo)
    assert likely.shape == shape and likely.dtype == np.float32
    assert likely.min() >= 0 and likely.max() <= 1


def test_a_photo_keeps_its_proportions_in_the_square() -> None:
    square, (height, width) = squared(np.full((50, 200, 3), 9, np.uint8))
    assert square.shape == (SIDE, SIDE, 3) and (height, width) == (SIDE // 4, SIDE)
    assert (square[:height] == 9).all() and (square[height:] == 128).all()


def test_brightness_stands_beside_the_colours_without_its_shading() -> None:
    ramp = np.tile(np.linspace(60, 200, SIDE).astype(np.uint8)[None, :, None], (SIDE, 1, 3))
    ramp[100:130, 100:130] += 20
    planes = to_input(to_planes(torch.from_numpy(ramp)[None]))
    assert planes.shape == (1, 4, SIDE, SIDE)
    assert planes[0, :3].std() > 0.2
    bump, ground = planes[0, 3, 105:125, 105:125], planes[0, 3, :60, 40:-40]
    assert bump.mean() > ground.mean() + 0.3


@pytest.mark.parametrize("name", FORMERLY_WRONG)
def test_both_faces_are_found_where_edges_mislead(real_data: Path, name: str) -> None:
    photo = read_photo(real_data / "tw/photos" / f"{name}.webp")
    faces = PillSegmenter()(photo)
    assert len(faces) == 2
    contours = [outline(face.mask) + np.array(face.box[:2], np.int32) for face in faces]
    left, top, right, bottom = surroundings(contours, photo.shape)
    near = np.ascontiguousarray(photo[top:bottom, left:right])
    likely = np.zeros(photo.shape[:2], np.float32)
    likely[top:bottom, left:right] = PillMap.released("near")(near)
    for face in faces:
        left, top, right, bottom = face.box
        assert likely[top:bottom, left:right][face.mask].mean() > 0.6
