"""Probabilities, the answer in one word, and the branch that gives it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.calibration import Calibration, Calibrations, NotListed
from rxmm.catalog.matching import Matches, match_logits
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.decision import Checks, decide, mass_before, probabilities
from rxmm.results import Appearance, ImprintReading, ImprintToken, Looks, PillFace

NOTHING = np.zeros(4)
FACE = PillFace(np.zeros((2, 2, 3), np.uint8), np.ones((2, 2), bool), (0, 0, 2, 2))
BOTH = [FACE, FACE]
PILL = Appearance("us-1", ("COR", "202"), size_mm=8.0)


def matching(*scores: float) -> Matches:
    """Matches whose sum is about the given scores."""
    none = np.zeros(len(scores))
    return Matches(np.array(scores), np.array(scores), none, none, perfect=0.0)


def looks(*parts: Color, shape: Shape = Shape.ROUND, stretched: float = 1.0) -> Looks:
    return Looks(tuple({part: 1.0} for part in parts), {shape: 1.0}, {1: 1.0}, stretched)


def calibrated(**fitted: object) -> Calibrations:
    one = Calibration(**fitted)  # type: ignore[arg-type]
    return Calibrations({"hand": {"fusion": (one, one), "imprint_match": (one, one)}})


@given(
    st.lists(st.floats(-50, 50), min_size=2, max_size=20),
    st.floats(0.1, 5),
    st.floats(-20, 20),
)
def test_probabilities_sum_to_one_and_keep_the_order(
    logits: list[float], temperature: float, not_listed: float
) -> None:
    fitted = Calibration(temperature, NotListed(not_listed))
    found = probabilities(np.array(logits), matching(*logits[:-1]), fitted)
    assert found.sum() == pytest.approx(1)
    assert (np.diff(found[:-1][np.argsort(logits[:-1])]) >= 0).all()


def test_a_higher_temperature_is_less_sure() -> None:
    logits, matches = np.array([3.0, 1.0, 0.0]), matching(3, 1)
    cool, warm = (probabilities(logits, matches, Calibration(t)).max() for t in (0.5, 2.0))
    assert cool > warm


def test_uncalibrated_probabilities_are_the_softmax_of_the_logits() -> None:
    logits = np.array([3.0, 1.0, 0.5])
    expected = np.exp(logits) / np.exp(logits).sum()
    assert probabilities(logits, matching(3, 1)) == pytest.approx(expected)


def test_what_matches_better_gains_by_the_pool_alone() -> None:
    logits, matches = np.array([2.0, 1.5, 0.0]), matching(0, 3)
    shares = [probabilities(logits, matches, Calibration(pool=pool)) for pool in (0.0, 0.5)]
    assert [int(share.argmax()) for share in shares] == [0, 1]
    assert shares[1].sum() == pytest.approx(1)
    answer = decide(logits, matches, BOTH, calibrated(pool=0.5, identified=0.1))
    assert answer.source == "fusion" and answer.probability.argmax() == 1


def test_where_all_rows_match_alike_none_is_ahead() -> None:
    fitted = Calibration(not_listed=NotListed(lead=-1.0))
    logits = np.array([2.0, 1.0, 0.0])
    same, apart = (probabilities(logits, matching(*s), fitted)[-1] for s in ((1, 1), (1, 0)))
    assert same == pytest.approx(probabilities(logits, matching(1, 1))[-1])
    assert apart < same


def test_a_pill_read_in_full_that_fits_no_row_is_likelier_not_listed_than_one_hardly_read() -> None:
    fitted = Calibration(not_listed=NotListed(-3.0, 0.3, short=1.0, read=0.1))
    logits = np.array([2.0, 1.0, 0.0])
    found = [
        probabilities(logits, matching(*scores)._replace(perfect=perfect), fitted)[-1]
        for scores, perfect in (((4.0, 1.0), 4.0), ((-1.0, -2.0), 0.0), ((0.0, -2.0), 4.0))
    ]
    assert found == sorted(found) and found[0] < 0.1 and found[2] > 0.5


@pytest.mark.parametrize("short", [1e3, 1e6])
def test_even_what_is_surely_not_listed_has_an_order_and_a_set(short: float) -> None:
    fitted = calibrated(not_listed=NotListed(short=short), masses={0.9: 0.5})
    matches = matching(-1.0, -2.0, -9.0)._replace(perfect=9.0)
    found = decide(np.array([2.0, 1.0, 0.0, 0.0]), matches, BOTH, fitted)
    assert found.status == "unidentified" and found.not_listed == pytest.approx(1)
    assert (np.diff(found.probability) < 0).all()
    assert found.set_sizes == {0.9: 1}


def test_the_calibrated_threshold_decides_what_is_identified() -> None:
    logits = np.array([4.0, 0.0, 0.0, 0.0, 0.0])  # 0.93
    for least, answer in ((0.9, "identified"), (0.95, "ambiguous")):
        found = decide(logits, matching(0, 0, 0, 0), BOTH, calibrated(identified=least))
        assert (found.status, found.source) == (answer, "fusion")


def test_prediction_sets_grow_with_coverage_and_hold_at_least_the_best() -> None:
    logits = np.array([2.0, 1.0, 0.0, -1.0, -4.0])  # 0.64, 0.24, 0.09, 0.03
    masses = {0.9: 0.0, 0.95: 0.7, 0.99: 1.0}
    found = decide(logits, matching(0, 0, 0, 0), BOTH, calibrated(masses=masses))
    assert found.set_sizes == {0.9: 1, 0.95: 2, 0.99: 4}


def test_a_pill_is_not_named_where_even_the_smallest_set_holds_others() -> None:
    logits = np.array([4.0, 0.0, 0.0, 0.0, 0.0])  # 0.93
    for mass, answer in ((0.9, "identified"), (0.99, "ambiguous")):
        fitted = calibrated(identified=0.5, masses={0.9: mass})
        assert decide(logits, matching(0, 0, 0, 0), BOTH, fitted).status == answer


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20, unique=True))
def test_the_mass_before_rises_from_nothing_in_the_order_of_probability(p: list[float]) -> None:
    probability = np.array(p)
    before = mass_before(probability)[np.argsort(-probability)]
    assert before[0] == 0 and (np.diff(before) > 0).all() and before[-1] < 1


def test_the_matches_answer_where_the_fusion_sees_nothing() -> None:
    unsure = np.append(np.zeros(4), 9.0)
    found = decide(unsure, matching(9, 0, 0, 0), BOTH, Calibrations())
    assert (found.source, found.status) == ("imprint_match", "identified")
    assert found.probability.argmax() == 0


def test_nothing_likely_in_either_branch_is_unidentified() -> None:
    found = decide(np.append(NOTHING, 9.0), matching(-9, -9, -9, -9), BOTH, Calibrations())
    assert (found.source, found.status) == ("fusion", "unidentified")
    assert found.not_listed > 0.9


def test_without_the_fusion_the_matches_answer() -> None:
    scores = np.array([3.0, 1.0])
    found = decide(None, matching(*scores), [FACE], Calibrations())
    assert found.source == "imprint_match"
    asked = probabilities(match_logits(scores), matching(*scores))
    assert found.probability == pytest.approx(asked[:-1])


def test_nothing_is_identified_of_which_nothing_can_be_shown() -> None:
    line = ImprintToken("081", 0.99, ((0.0, 0.0),) * 4, 0.0)
    read, blank = ImprintReading(tokens=(line,)), ImprintReading()
    alike = [looks(Color.WHITE), looks(Color.WHITE)]
    assert Checks.of(PILL, [blank, read], alike).answer("identified") == "identified"
    assert Checks.of(PILL, [blank, blank], alike).answer("identified") == "ambiguous"
    assert Checks.of(PILL, [blank], alike[:1]).answer("unidentified") == "unidentified"


def test_faces_of_two_pills_are_no_pill_that_is_identified() -> None:
    line = ImprintToken("081", 0.99, ((0.0, 0.0),) * 4, 0.0)
    read = [ImprintReading(tokens=(line,))] * 3
    white, blue = looks(Color.WHITE), looks(Color.BLUE)
    assert Checks.of(PILL, read[:2], [white, blue]).answer("identified") == "ambiguous"
    assert Checks.of(PILL, read, [white] * 3).answer("identified") == "ambiguous"


def test_a_coin_is_no_small_tablet_however_likely_its_number_makes_it() -> None:
    line = ImprintToken("202", 0.78, ((0.0, 0.0),) * 4, 0.0)
    read = [ImprintReading(tokens=(line,))]
    for size_mm, answer in ((8.4, "identified"), (21.8, "ambiguous")):
        seen = [replace(looks(Color.YELLOW), size_mm=size_mm)]
        assert Checks.of(PILL, read, seen).answer("identified") == answer
