"""Where on a face to read, and in which directions."""

import math

import cv2
import numpy as np
import pytest
import torch

from rxmm.imprint.geometry import angle_of, quad_ribbon, ribbon_height, ribbon_quad
from rxmm.imprint.regions import (
    TURNS,
    FinderRegions,
    face_parts,
    middle_of_round,
    turn,
    turned_squares,
    unlike,
    upside_down,
)


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


def test_four_quarter_turns_and_two_half_turns_are_none() -> None:
    ribbon = quad_ribbon(torch.tensor([[[0.0, 0], [40, 0], [40, 10], [0, 10]]]))
    torch.testing.assert_close(turn(turn(ribbon, 3), 1), ribbon)
    torch.testing.assert_close(upside_down(upside_down(ribbon)), ribbon)
    torch.testing.assert_close(upside_down(ribbon), turn(ribbon, 2))


def test_a_single_character_is_read_all_around() -> None:
    letter = quad_ribbon(torch.tensor([[[40.0, 30], [56, 30], [56, 50], [40, 50]]]))
    word = quad_ribbon(torch.tensor([[[0.0, 80], [60, 80], [60, 100], [0, 100]]]))
    squares = turned_squares(torch.cat([letter, word]))
    assert angle_of(squares).tolist() == pytest.approx(TURNS, abs=0.01)
    assert angle_of(upside_down(squares)).tolist() == pytest.approx(np.array(TURNS) - 180, abs=0.01)
    quads = ribbon_quad(squares)
    torch.testing.assert_close(quads.mean(dim=1), torch.tensor([[48.0, 40]] * len(TURNS)))
    sides = (quads - quads.roll(1, dims=1)).norm(dim=2)
    torch.testing.assert_close(sides, torch.full_like(sides, 20))
    assert not len(turned_squares(word))


def test_lines_that_are_nearly_another_are_left_out() -> None:
    word = quad_ribbon(torch.tensor([[[0.0, 80], [60, 80], [60, 100], [0, 100]]]))
    shifted, lower, longer = word + 3, word + torch.tensor([0.0, 15]), word * torch.tensor([2.0, 1])
    kept = unlike(torch.cat([shifted, upside_down(word), lower, longer]), word)
    torch.testing.assert_close(kept, torch.cat([lower, longer]))
    torch.testing.assert_close(unlike(word, word[:0]), word)
    assert not len(unlike(word[:0], word))


def test_a_capsules_two_lines_of_small_print_are_looked_at_larger() -> None:
    face = np.full((96, 320, 3), 225, np.uint8)
    for text, y in (("RX12", 40), ("4567", 62)):
        cv2.putText(face, text, (90, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 2)
    mask = np.zeros((96, 320), np.uint8)
    cv2.rectangle(mask, (4, 4), (316, 92), 1, -1)
    (lines,) = FinderRegions.released()(face[None], [mask.astype(bool)])
    middle, height = lines.mean(dim=(1, 2)), ribbon_height(lines)
    for y in (34, 56):
        near = (middle[:, 1] - y).abs() < 5
        assert bool((near & (height > 12) & (height < 34)).any())
