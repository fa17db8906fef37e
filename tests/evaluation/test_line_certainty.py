"""The fit of how sure a line is."""

import numpy as np
import pytest

from rxmm.evaluation.line_certainty import Judged, fit, judge
from tests.imprint.test_reading import line


def test_a_line_is_right_if_the_pill_has_its_token() -> None:
    lines = [
        line("", 0, 0, 10, 10),
        line("93", 0, 20, 20, 40, sure=0.8),
        line("93", 1, 20, 21, 40),
        line("TEVA", 0, 50, 80, 70),
    ]
    judged = judge(lines, ("TEVA", "5728"))
    assert judged.right.tolist() == [False, False, True]
    expected = [[0.8, 0.8, 0, 1, 2, 1], [0.95, 0.95, 0, 1, 2, 1], [0.95, 0.95, 0, 0, 4, 0]]
    np.testing.assert_allclose(judged.evidence, expected, rtol=1e-5)


def test_a_face_on_which_nothing_was_read() -> None:
    judged = judge([], ("TEVA",))
    assert judged.evidence.shape == (0, 6)
    assert judged.right.shape == (0,)


def test_the_fit_finds_what_speaks_for_a_line() -> None:
    draw = np.random.default_rng(1)
    evidence = draw.random((4000, 6))
    truly = np.array([1.0, 4.0, -3.0, -1.0, 0.0, 1.0])
    right = draw.random(4000) < 1 / (1 + np.exp(-(evidence @ truly - 1)))
    intercept, weights = fit(
        [Judged(evidence[:1000], right[:1000]), Judged(evidence[1000:], right[1000:])]
    )
    assert intercept == pytest.approx(-1, abs=0.5)
    np.testing.assert_allclose(weights, truly, atol=0.5)
