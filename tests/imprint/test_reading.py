"""Which lines a reading shows."""

import numpy as np
import pytest
import torch

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.imprint.geometry import arc_ribbon, quad_ribbon, resample_ribbon
from rxmm.imprint.lattice import best_path
from rxmm.imprint.reading import LineBelief, assemble


def line(text: str, left: float, top: float, right: float, bottom: float, sure: float = 0.95):
    """A line between these edges, each character read with probability ``sure``."""
    posterior = torch.full((2 * len(text) + 1, 37), 0.05 / 36)
    posterior[:, 0] = 0.95
    for place, character in enumerate(text):
        klass = IMPRINT_CHARACTERS.index(character) + 1
        posterior[2 * place + 1] = (1 - sure) / 36
        posterior[2 * place + 1, klass] = sure
    corners = torch.tensor([[[left, top], [right, top], [right, bottom], [left, bottom]]])
    return LineBelief(resample_ribbon(quad_ribbon(corners.float()))[0], posterior)


def shown(*lines: LineBelief) -> list[str]:
    return [token.text for token in assemble(lines).tokens]


def test_lines_that_do_not_overlap_are_shown_in_reading_order() -> None:
    lower, upper = line("150", 10, 60, 90, 90), line("TEVA", 10, 10, 90, 40)
    assert shown(lower, upper) == ["TEVA", "150"]
    left, right = line("93", 0, 10, 40, 40), line("7243", 50, 10, 120, 40)
    assert shown(right, left) == ["93", "7243"]
    lower_left, higher_right = line("93", 0, 31, 40, 61), line("7243", 50, 29, 120, 59)
    assert shown(higher_right, lower_left) == ["93", "7243"]
    small, large = line("TEVA", 10, 25, 60, 35), line("54", 10, 40, 90, 80)
    assert shown(large, small) == ["TEVA", "54"]


def test_of_two_readings_of_a_place_the_surer_is_shown_and_both_are_kept() -> None:
    upright = line("86", 10, 10, 60, 40, sure=0.97)
    turned = line("98", 12, 10, 58, 40, sure=0.6)
    reading = assemble([turned, upright])
    assert [token.text for token in reading.tokens] == ["86"]
    assert {token.text for token in reading.hypotheses} == {"86", "98"}


def test_two_good_lines_displace_a_worse_one_across_both() -> None:
    both = line("WARDWEST", 0, 0, 100, 60, sure=0.55)
    assert shown(both, line("WEST", 5, 2, 95, 28), line("WARD", 5, 32, 95, 58)) == ["WEST", "WARD"]


def test_what_stands_within_a_line_that_runs_around_is_shown_beside_it() -> None:
    values = (torch.tensor([v]) for v in (40.0, 8.0, 0.0, 5.5))
    around = arc_ribbon(torch.tensor([[50.0, 50.0]]), *values)[0]
    ring = LineBelief(around, line("COUMADIN", 0, 0, 1, 1).posterior)
    assert set(shown(ring, line("25", 40, 40, 60, 60, sure=0.99))) == {"COUMADIN", "25"}
    across = line("25", 80, 40, 100, 60, sure=0.99)
    assert shown(ring, across) in (["COUMADIN"], ["25"])


def test_regions_that_agree_make_a_faint_line_certain() -> None:
    faint = [line("5", 40, 30, 60 + k, 60, sure=0.65) for k in range(4)]
    assert shown(faint[0]) == []
    assert shown(*faint) == ["5"]


def test_what_says_nothing_is_kept_as_belief_alone() -> None:
    reading = assemble([line("", 0, 0, 10, 10), line("A", 20, 0, 40, 20)])
    assert [line.text for line in reading.hypotheses] == ["A", ""]
    assert reading.hypotheses[0].confidence == pytest.approx(0.95)
    np.testing.assert_array_equal(reading.beliefs[0].argmax(axis=1), [0, 11, 0])


def test_lines_in_one_direction_may_also_be_one_token() -> None:
    upper, lower = line("SC", 20, 10, 80, 40), line("C17", 10, 60, 90, 90)
    reading = assemble([upper, lower, line("", 0, 0, 10, 10)])
    assert [token.text for token in reading.tokens] == ["SC", "C17"]
    assert [token.text for token in reading.hypotheses] == ["SC", "C17", "SCC17", ""]
    joined = dict(zip(reading.hypotheses, reading.beliefs, strict=True))[reading.hypotheses[2]]
    assert best_path(torch.from_numpy(joined))[0] == "SCC17"
    corners = np.array(reading.hypotheses[2].quad)
    np.testing.assert_allclose(corners, [[10, 10], [90, 10], [90, 90], [10, 90]], atol=0.1)
    on_its_head = [LineBelief(100 - one.ribbon, one.posterior) for one in (upper, lower)]
    (turned,) = (t for t in assemble(on_its_head).hypotheses if t.text == "SCC17")
    np.testing.assert_allclose(turned.quad, 100 - corners, atol=0.1)
    across = LineBelief(upper.ribbon.flip(1).flip(-1), upper.posterior)
    assert len(assemble([across, lower]).hypotheses) == 2
