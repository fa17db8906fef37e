"""Which parts of a face to read."""

import math

import cv2
import numpy as np
import pytest

from rxmm.imprint.face_parts import face_parts, middle_of_round


def oblong(angle: float) -> np.ndarray:
    mask = np.zeros((200, 200), np.uint8)
    cv2.ellipse(mask, (100, 100), (90, 40), angle, 0, 360, 1, -1)
    return mask.astype(bool)


@pytest.mark.parametrize("angle", [0, 30, 90, 150])
def test_parts_of_an_elongated_face_lie_along_it(angle: float) -> None:
    whole = face_parts(oblong(angle), None)[0]
    along = whole[1] - whole[0]
    direction = math.degrees(math.atan2(float(along[1]), float(along[0])))
    assert (direction - angle + 90) % 180 - 90 == pytest.approx(0, abs=5)
    assert along.norm() > 1.8 * (whole[3] - whole[0]).norm()


def test_parts_of_a_round_face_follow_the_text() -> None:
    mask = np.zeros((200, 200), np.uint8)
    cv2.circle(mask, (100, 100), 90, 1, -1)
    upright = face_parts(mask.astype(bool), None)[0]
    tilted = face_parts(mask.astype(bool), 30.0)[0]
    assert float((upright[1] - upright[0])[1]) == pytest.approx(0, abs=1)
    step = tilted[1] - tilted[0]
    assert math.degrees(math.atan2(-float(step[1]), float(step[0]))) == pytest.approx(30, abs=1)


def test_a_round_face_has_a_middle_and_an_oblong_one_none() -> None:
    mask = np.zeros((200, 240), np.uint8)
    cv2.circle(mask, (130, 90), 80, 1, -1)
    middle = middle_of_round(mask.astype(bool))
    assert middle == pytest.approx([130.5, 90.5], abs=1)
    assert middle_of_round(oblong(30)) is None
