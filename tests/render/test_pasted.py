"""Cut-outs on drawn grounds: where they lie, what they look like, where their shadow falls."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from rxmm.render import PHONE, CutOut, Scene, lay, sample_scene
from rxmm.render.scene import Background, Camera, Light, Pose
from rxmm.results import PillFace
from tests.render.conftest import pill

SIDE = 200
POSE = Pose(0.5, 0.5, 0.2, 0.0, (0.0, 0.0))
FROM_THE_LEFT = Light(((-0.8, 0.0, 0.6),), (1.0,), 0.5, 0.1, 0.8)


@pytest.fixture
def capsule() -> CutOut:
    mask = np.zeros((60, 120), np.uint8)
    for x in (30, 90):
        cv2.circle(mask, (x, 30), 29, 1, -1)
    mask[1:60, 30:90] = 1
    crop = np.zeros((60, 120, 3), np.uint8)
    crop[mask > 0] = (170, 40, 30)
    return CutOut.of(PillFace(crop, mask > 0, (0, 0, 120, 60)))


@pytest.fixture
def table() -> Scene:
    scene = sample_scene(pill("A"), 0, 3, PHONE)
    plain = replace(scene, background=Background.PLAIN, ground=(0.5, 0.5, 0.5))
    return replace(plain, light=FROM_THE_LEFT, camera=Camera())


@pytest.mark.parametrize("angle", [0.0, 0.6, -2.0])
def test_it_lies_where_the_pose_says(capsule: CutOut, table: Scene, angle: float) -> None:
    _, mask = lay([capsule], [replace(POSE, x=0.4, y=0.55, angle=angle)], table, SIDE)
    (x, y), sides, _ = cv2.minAreaRect(np.argwhere(mask)[:, ::-1].astype(np.float32))
    assert (x, y) == pytest.approx((0.4 * SIDE, 0.55 * SIDE), abs=2)
    assert max(sides) == pytest.approx(2 * POSE.radius * SIDE, abs=4)
    along = np.array([np.cos(angle), np.sin(angle)]) * 0.15 * SIDE
    assert mask[tuple((np.array([y, x]) + along[::-1]).round().astype(int))]


def test_it_keeps_its_colour_and_shows_no_dark_fringe(capsule: CutOut, table: Scene) -> None:
    picture, mask = lay([capsule], [POSE], table, SIDE)
    red = picture[mask].astype(int)
    assert (red[:, 0] > 2 * red[:, 1]).mean() > 0.97
    rim = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5))) > mask
    assert picture[rim].max(axis=1).min() > 50


def test_the_shadow_falls_away_from_the_lamp(capsule: CutOut, table: Scene) -> None:
    picture, mask = lay([capsule], [POSE], table, SIDE)
    light = picture.mean(axis=2)
    columns = np.flatnonzero(mask.any(axis=0))
    middle = slice(SIDE // 2 - 5, SIDE // 2 + 5)
    left = light[middle, columns[0] - 8 : columns[0] - 3].mean()
    right = light[middle, columns[-1] + 4 : columns[-1] + 9].mean()
    assert right < 0.85 * left


def test_several_lie_apart_and_a_scene_is_always_the_same(capsule: CutOut, table: Scene) -> None:
    poses = [replace(POSE, x=x, radius=0.15) for x in (0.25, 0.75)]
    picture, mask = lay([capsule, capsule], poses, table, SIDE)
    count, _ = cv2.connectedComponents(mask.astype(np.uint8))
    assert count - 1 == 2
    again, _ = lay([capsule, capsule], poses, table, SIDE)
    assert (picture == again).all()
