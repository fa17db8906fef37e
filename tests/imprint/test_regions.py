"""Where lines are taken to be: parts of a face, directions, and ribbons from the finder's maps."""

import math

import cv2
import numpy as np
import pytest
import torch

from rxmm.imprint.geometry import angle_of, arc_ribbon, quad_ribbon, ribbon_quad
from rxmm.imprint.lines import ribbons_from_maps
from rxmm.imprint.regions import TURNS, face_parts, turn, turned_squares, upside_down
from rxmm.training.face_bank import SIDE
from rxmm.training.finder_data import line_maps


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


def test_four_quarter_turns_and_two_half_turns_are_none() -> None:
    ribbon = quad_ribbon(torch.tensor([[[0.0, 0], [40, 0], [40, 10], [0, 10]]]))
    torch.testing.assert_close(turn(turn(ribbon, 3), 1), ribbon)
    torch.testing.assert_close(upside_down(upside_down(ribbon)), ribbon)
    torch.testing.assert_close(upside_down(ribbon), turn(ribbon, 2))


@pytest.mark.parametrize("degrees", [0, 45, 135, 200, 300])
def test_a_straight_line_is_recovered_from_its_maps(degrees: float) -> None:
    angle = math.radians(degrees)
    along = np.array([math.cos(angle), math.sin(angle)]) * 50
    across = np.array([-math.sin(angle), math.cos(angle)]) * 12
    corners = [96 - along - across, 96 + along - across, 96 + along + across, 96 - along + across]
    truth = quad_ribbon(torch.tensor(np.array(corners))[None].float())
    (found,) = ribbons_from_maps(line_maps(truth.numpy()), stride=2, side=SIDE)
    torch.testing.assert_close(ribbon_quad(found[None]), ribbon_quad(truth), atol=3.5, rtol=0)


@pytest.mark.parametrize("clockwise", [True, False])
def test_an_arc_is_recovered_from_its_maps(clockwise: bool) -> None:
    start, end = (math.pi, 1.9 * math.pi) if clockwise else (0.9 * math.pi, 0.1 * math.pi)
    half = 11.0 if clockwise else -11.0
    values = (torch.tensor([v]) for v in (65.0, half, start, end))
    truth = arc_ribbon(torch.tensor([[96.0, 96.0]]), *values)
    (found,) = ribbons_from_maps(line_maps(truth.numpy()), stride=2, side=SIDE)
    torch.testing.assert_close(found, truth[0], atol=5.0, rtol=0)


def test_two_lines_stay_two_and_specks_are_dropped() -> None:
    lines = quad_ribbon(
        torch.tensor([
            [[40.0, 60], [150, 60], [150, 84], [40, 84]],
            [[40.0, 90], [150, 90], [150, 114], [40, 114]],
        ])
    )  # fmt: skip
    maps = line_maps(lines.numpy())
    maps[0, 2, 2] = 1.0
    assert len(ribbons_from_maps(maps, stride=2, side=SIDE)) == 2
    assert ribbons_from_maps(np.zeros_like(maps), stride=2, side=SIDE).shape == (0, 17, 2, 2)


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
