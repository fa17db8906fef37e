"""Where on a face to read, and in which directions."""

import cv2
import numpy as np
import pytest
import torch

from rxmm.imprint.geometry import (
    angle_of,
    quad_ribbon,
    ribbon_height,
    ribbon_quad,
    upside_down,
)
from rxmm.imprint.regions import TURNS, FinderRegions, turned_squares, unlike


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
