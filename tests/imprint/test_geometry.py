"""Ribbons: straight and bent lines, and the strips read along them."""

import math

import torch

from rxmm.imprint.geometry import (
    angle_of,
    arc_ribbon,
    grow_ribbon,
    line_strips,
    quad_ribbon,
    resample_ribbon,
    ribbon_aspect,
    ribbon_quad,
    strip_grid,
    turn,
    upside_down,
)

QUAD = torch.tensor([[[10.0, 20.0], [50.0, 20.0], [50.0, 30.0], [10.0, 30.0]]])


def arc(half_height: float = 5.0, start: float = -2.0, end: float = -1.0) -> torch.Tensor:
    number = torch.tensor
    return arc_ribbon(
        number([[64.0, 64.0]]),
        number([40.0]),
        number([half_height]),
        number([start]),
        number([end]),
    )


def test_quad_and_back():
    ribbon = quad_ribbon(QUAD)
    assert torch.allclose(ribbon_quad(ribbon), QUAD)
    assert torch.allclose(ribbon_quad(resample_ribbon(ribbon)), QUAD, atol=1e-4)
    assert ribbon_aspect(ribbon).item() == 4
    assert angle_of(ribbon).item() == 0


def test_angle_is_counter_clockwise():
    upwards = torch.tensor([[[20.0, 50.0], [20.0, 10.0], [30.0, 10.0], [30.0, 50.0]]])
    assert angle_of(quad_ribbon(upwards)).item() == 90
    assert angle_of(quad_ribbon(upwards.roll(2, dims=1))).item() == -90


def test_growing():
    grown = ribbon_quad(grow_ribbon(quad_ribbon(QUAD), along=0.5, across=0.2))
    expected = torch.tensor([[[5.0, 18.0], [55.0, 18.0], [55.0, 32.0], [5.0, 32.0]]])
    assert torch.allclose(grown, expected, atol=1e-4)


def test_arc_length_and_sides():
    ribbon = arc()
    assert math.isclose(ribbon_aspect(ribbon).item(), 4.0, rel_tol=0.01)
    radii = (ribbon - 64).norm(dim=-1)
    assert torch.allclose(radii[..., 0], torch.tensor(45.0))
    assert torch.allclose(radii[..., 1], torch.tensor(35.0))
    box = ribbon_quad(ribbon)[0]
    assert box[:, 1].min() < 64 - 44


def test_strip_keeps_aspect_and_repeats_the_last_column():
    grid = strip_grid(quad_ribbon(QUAD), height=10, width=60)[0]
    assert torch.allclose(grid[0, 0], torch.tensor([10.5, 20.5]))
    assert torch.allclose(grid[9, 39], torch.tensor([49.5, 29.5]))
    assert torch.allclose(grid[5, 41:, 0], torch.tensor(50.0))
    squeezed = strip_grid(quad_ribbon(QUAD), height=10, width=20)[0]
    assert torch.allclose(squeezed[0, -1, 0], torch.tensor(49.0))


def test_strips_read_the_picture():
    columns = torch.arange(64.0).expand(64, 64) + 0.5
    images = torch.stack([columns, columns.T])[:, None]  # x in the first picture, y in the second
    ribbon = quad_ribbon(QUAD).expand(2, -1, -1, -1)
    strips = line_strips(images, torch.tensor([0, 1]), ribbon, 10, 40)
    assert strips.shape == (2, 1, 10, 40)
    assert torch.allclose(strips[0, 0, 3], torch.arange(10.5, 50, 1), atol=1e-3)
    assert torch.allclose(strips[1, 0, :, 7], torch.arange(20.5, 30, 1), atol=1e-3)


def test_four_quarter_turns_and_two_half_turns_are_none() -> None:
    ribbon = quad_ribbon(torch.tensor([[[0.0, 0], [40, 0], [40, 10], [0, 10]]]))
    torch.testing.assert_close(turn(turn(ribbon, 3), 1), ribbon)
    torch.testing.assert_close(upside_down(upside_down(ribbon)), ribbon)
    torch.testing.assert_close(upside_down(ribbon), turn(ribbon, 2))
