"""Ribbons from the finder's maps: of a core, and of the lines that it may be taken for."""

import math

import numpy as np
import pytest
import torch

from rxmm.imprint.geometry import angle_of, arc_ribbon, quad_ribbon, ribbon_height, ribbon_quad
from rxmm.imprint.lines import ribbons_from_maps
from rxmm.training.face_bank import SIDE
from rxmm.training.finder_data import line_maps


@pytest.mark.parametrize("degrees", [0, 45, 135, 200, 300])
def test_a_straight_line_is_recovered_from_its_maps(degrees: float) -> None:
    angle = math.radians(degrees)
    along = np.array([math.cos(angle), math.sin(angle)]) * 50
    across = np.array([-math.sin(angle), math.cos(angle)]) * 12
    corners = [96 - along - across, 96 + along - across, 96 + along + across, 96 - along + across]
    truth = quad_ribbon(torch.tensor(np.array(corners))[None].float())
    (found,), several = ribbons_from_maps(line_maps(truth.numpy()), stride=2, side=SIDE)
    assert not len(several)
    torch.testing.assert_close(ribbon_quad(found[None]), ribbon_quad(truth), atol=3.5, rtol=0)


@pytest.mark.parametrize("clockwise", [True, False])
def test_an_arc_is_recovered_from_its_maps(clockwise: bool) -> None:
    start, end = (math.pi, 1.9 * math.pi) if clockwise else (0.9 * math.pi, 0.1 * math.pi)
    half = 11.0 if clockwise else -11.0
    values = (torch.tensor([v]) for v in (65.0, half, start, end))
    truth = arc_ribbon(torch.tensor([[96.0, 96.0]]), *values)
    (found,), _ = ribbons_from_maps(line_maps(truth.numpy()), stride=2, side=SIDE)
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
    assert len(ribbons_from_maps(maps, stride=2, side=SIDE)[0]) == 2
    for none in ribbons_from_maps(np.zeros_like(maps), stride=2, side=SIDE):
        assert none.shape == (0, 17, 2, 2)


@pytest.mark.parametrize("degrees", [0, 120])
@pytest.mark.parametrize("rows", [2, 3])
def test_a_thick_core_may_be_rows(rows: int, degrees: float) -> None:
    angle = math.radians(degrees)
    along, down = np.array([math.cos(angle), math.sin(angle)]), [-math.sin(angle), math.cos(angle)]
    grid = np.stack(np.mgrid[:96, :96][::-1], axis=-1) * 2 + 1 - 96  # x, y from the middle
    # Rows 21 pixels apart whose cores have run into one.
    on = (abs(grid @ along) < 40) & (abs(grid @ down) < 21 * (rows - 1) / 2 + 5)
    maps = np.stack([on, along[0] * on, along[1] * on, np.log(20 / SIDE) * on]).astype(np.float32)
    (_,), several = ribbons_from_maps(maps, stride=2, side=SIDE)
    ahead = np.cos(np.deg2rad(angle_of(several).numpy() + degrees)) > 0.99
    for row in range(rows):
        middle = torch.tensor(96 + np.array(down) * 21 * (row - (rows - 1) / 2)).float()
        apart = (several.mean(dim=(1, 2)) - middle).norm(dim=1).numpy()
        assert (ahead & (apart < 6)).any()


@pytest.mark.parametrize("degrees", [0, 120])
def test_the_rows_of_a_long_core_may_run_along_it(degrees: float) -> None:
    angle = math.radians(degrees)
    along, down = np.array([math.cos(angle), math.sin(angle)]), [-math.sin(angle), math.cos(angle)]
    grid = np.stack(np.mgrid[:96, :96][::-1], axis=-1) * 2 + 1 - 96  # x, y from the middle
    on = (abs(grid @ along) < 80) & (abs(grid @ down) < 21 / 2 + 5)
    askew = angle + math.radians(15)  # what the maps say of its direction
    said = np.array([math.cos(askew), math.sin(askew), np.log(20 / SIDE)])
    maps = np.stack([on, *(said[:, None, None] * on)]).astype(np.float32)
    (_,), several = ribbons_from_maps(maps, stride=2, side=SIDE)
    off = angle_of(several).numpy() + degrees
    assert np.sin(np.deg2rad(off[:2])) == pytest.approx(0, abs=0.02)
    assert np.abs(np.sin(np.deg2rad(off[2:] + 15))).max() < 0.02  # as the maps say, too


@pytest.mark.parametrize("clockwise", [True, False])
def test_words_around_a_face_are_told_apart(clockwise: bool) -> None:
    def arc(half_height: float, start: float, end: float) -> torch.Tensor:
        sign = 1 if clockwise else -1
        values = (65.0, sign * half_height, sign * start, sign * end)
        return arc_ribbon(torch.tensor([[96.0, 96.0]]), *(torch.tensor([v]) for v in values))

    words = torch.cat([arc(11, 0.2, 1.4), arc(11, 2.4, 4.0)])
    maps, thread = line_maps(words.numpy()), line_maps(arc(2, 1.3, 2.5).numpy())
    maps = np.where(maps[0] > 0, maps, thread)  # a thread of core joins the two
    maps[3] = np.log(22 / SIDE)
    (_,), several = ribbons_from_maps(maps, stride=2, side=SIDE)
    assert ribbon_height(several).tolist() == pytest.approx([22, 22], abs=1)
    second, first = several
    torch.testing.assert_close(torch.stack([first, second]), words, atol=8, rtol=0)


@pytest.mark.parametrize("degrees", [0, 70, 200])
def test_a_long_core_runs_along_itself_where_its_letters_look_alike_upside_down(
    degrees: float,
) -> None:
    angle = math.radians(degrees)
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    corners = [
        96 + u * 60 * along + v * 12 * across for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    truth = quad_ribbon(torch.tensor(np.array(corners))[None].float())
    maps = line_maps(truth.numpy())
    # Half of it says the contrary: what is left of the mean direction says that it runs across.
    forth = (np.stack(np.mgrid[:96, :96][::-1], axis=-1) * 2 + 1 - 96) @ along > 0
    maps[1:3] = np.where(forth, maps[1:3], -maps[1:3]) + 0.2 * across[:, None, None]
    (found,), several = ribbons_from_maps(maps, stride=2, side=SIDE)
    assert not len(several)
    torch.testing.assert_close(
        ribbon_quad(found[None]).mean(dim=1), ribbon_quad(truth).mean(dim=1), atol=3.5, rtol=0
    )
    assert abs(math.sin(math.radians(float(angle_of(found[None]))) + angle)) < 0.1


@pytest.mark.parametrize("far_apart", [False, True])
def test_characters_around_the_middle_of_a_round_face_may_be_one_line(far_apart: bool) -> None:
    middle = torch.tensor([[96.0, 96.0]])

    def arc(start: float, end: float) -> torch.Tensor:
        return arc_ribbon(middle, *(torch.tensor([v]) for v in (65.0, 11.0, start, end)))

    last = 2.3 if far_apart else 1.4
    letters = torch.cat([arc(start, start + 0.3) for start in (0.2, 0.8, last)])
    maps = line_maps(letters.numpy())
    found, several = ribbons_from_maps(maps, stride=2, side=SIDE)
    assert (len(found), len(several)) == (3, 0)
    _, around = ribbons_from_maps(maps, stride=2, side=SIDE, middle=middle[0].numpy())
    truth = arc(0.2, 1.1 if far_apart else 1.7)
    torch.testing.assert_close(around, truth, atol=8, rtol=0)
