"""The figures of merit against hand-worked cases, other implementations, and their own laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from rxmm.evaluation import metrics

queries = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=40)


def arrays(drawn: list[tuple[int, bool]]) -> tuple[metrics.Floats, metrics.Floats]:
    confidence = np.array([level / 10 for level, _ in drawn])
    return confidence, np.array([float(right) for _, right in drawn])


def test_average_precision_by_hand() -> None:
    assert metrics.average_precision([1, 3], 2) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert metrics.average_precision([2], 1) == 0.5
    assert metrics.average_precision([2], 4) == 0.125  # three were not found at all
    assert metrics.average_precision([], 3) == 0.0
    assert metrics.average_precision([], 0) == 0.0


@given(st.lists(st.booleans(), min_size=1, max_size=30).filter(any))
def test_average_precision_agrees_with_sklearn(hits: list[bool]) -> None:
    ranks = [rank for rank, hit in enumerate(hits, start=1) if hit]
    expected = average_precision_score(hits, -np.arange(len(hits)))
    assert metrics.average_precision(ranks, sum(hits)) == pytest.approx(expected)


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.1, 0.1])
    correct = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    # Four at 0.95 of which 0.75 are right; two at 0.1 of which none is.
    expected = 4 / 6 * 0.2 + 2 / 6 * 0.1
    assert metrics.calibration_error(confidence, correct) == pytest.approx(expected, abs=1e-6)


@given(queries)
def test_calibration_error_agrees_with_a_loop_over_bins(drawn: list[tuple[int, bool]]) -> None:
    confidence, correct = arrays(drawn)
    confidence = (confidence * 0.96 + 0.01).round(4)  # off the borders between bins
    expected = 0.0
    for low in range(metrics.CALIBRATION_BINS):
        inside = (confidence * metrics.CALIBRATION_BINS).astype(int) == low
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert metrics.calibration_error(confidence, correct) == pytest.approx(expected, abs=1e-5)


def test_risk_coverage_by_hand() -> None:
    confidence = np.array([0.2, 0.9, 0.8, 0.5])
    correct = np.array([0.0, 1.0, 0.0, 1.0])
    coverage, risk = metrics.risk_coverage(confidence, correct)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    assert metrics.area_under_risk(confidence, correct) == pytest.approx(
        (1 / 2 + 1 / 3 + 1 / 2) / 4
    )


def test_equal_confidence_is_taken_in_expectation() -> None:
    _, risk = metrics.risk_coverage(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    assert risk == pytest.approx([0.5, 0.5])


@given(queries, st.randoms(use_true_random=False))
def test_risk_is_bounded_and_blind_to_the_order_of_queries(drawn, random) -> None:  # type: ignore[no-untyped-def]
    _, risk = metrics.risk_coverage(*arrays(drawn))
    shuffled = random.sample(drawn, len(drawn))
    assert risk == pytest.approx(metrics.risk_coverage(*arrays(shuffled))[1])
    assert ((risk >= 0) & (risk <= 1)).all()
    assert risk[-1] == pytest.approx(1 - np.mean([right for _, right in drawn]))


@given(queries)
def test_no_order_of_answers_has_less_area_than_right_ones_first(
    drawn: list[tuple[int, bool]],
) -> None:
    confidence, correct = arrays(drawn)
    best = metrics.area_under_risk(correct, correct)
    worst = metrics.area_under_risk(1 - correct, correct)
    area = metrics.area_under_risk(confidence, correct)
    assert best - 1e-9 <= area <= worst + 1e-9


@given(queries)
def test_generalized_risk_agrees_with_its_definition_over_pairs(
    drawn: list[tuple[int, bool]],
) -> None:
    confidence, correct = arrays(drawn)
    pairs = [
        (not right) * (1.0 if mine > other else 0.5 if mine == other else 0.0)
        for mine, right in zip(confidence, correct, strict=True)
        for other in confidence
    ]
    area = metrics.area_under_generalized_risk(confidence, correct)
    assert area == pytest.approx(np.mean(pairs))
    assert 0 <= area <= 0.5 + 1e-9


@given(queries.filter(lambda drawn: len({right for _, right in drawn}) == 2))
def test_generalized_risk_follows_from_auroc_and_accuracy(drawn: list[tuple[int, bool]]) -> None:
    confidence, correct = arrays(drawn)  # equation of Traub et al. 2024
    accuracy = correct.mean()
    expected = (1 - roc_auc_score(correct, confidence)) * accuracy * (1 - accuracy)
    expected += (1 - accuracy) ** 2 / 2
    assert metrics.area_under_generalized_risk(confidence, correct) == pytest.approx(expected)


def test_generalized_risk_by_hand() -> None:
    confidence, correct = np.array([0.9, 0.8, 0.5, 0.2]), np.array([1.0, 0.0, 1.0, 0.0])
    # Answered and wrong, of all four: 0, 0, 1/4, 1/4, 2/4 at coverage 0, 1/4 … 1.
    expected = (0 / 2 + 0 + 1 / 4 + 1 / 4 + (2 / 4) / 2) / 4
    assert metrics.area_under_generalized_risk(confidence, correct) == pytest.approx(expected)


def test_complement_of_a_share() -> None:
    found = metrics.complement(metrics.Estimate(0.75, 0.5, 1.0, 8))
    assert found == metrics.Estimate(0.25, 0.0, 0.5, 8)


def test_ratio_weighs_by_the_denominator_and_is_nan_over_nothing() -> None:
    statistic = metrics.ratio([1, 2, 0], [2, 10, 0])
    assert statistic(np.array([0, 1, 2])) == 3 / 12
    assert math.isnan(statistic(np.array([2])))


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30))
def test_resamples_draw_whole_groups(groups: list[str]) -> None:
    for rows in metrics.resamples(groups, count=5):
        for name in set(groups):
            members = np.flatnonzero(np.array(groups) == name)
            drawn = [int((rows == row).sum()) for row in members]
            assert len(set(drawn)) == 1, "a group came in part"


def test_interval_of_a_mean_agrees_with_the_normal_approximation() -> None:
    rng = np.random.default_rng(1)
    right = (rng.random(400) < 0.7).astype(float)
    samples = metrics.resamples([str(i) for i in range(400)])
    found = metrics.estimate(metrics.ratio(right, np.ones(400)), 400, samples)
    half = 1.96 * math.sqrt(right.mean() * (1 - right.mean()) / 400)
    assert found.value == pytest.approx(right.mean())
    assert found.low == pytest.approx(right.mean() - half, abs=0.01)
    assert found.high == pytest.approx(right.mean() + half, abs=0.01)


def test_interval_is_wider_when_queries_share_a_photograph() -> None:
    right = np.repeat([0.0, 1.0], 100)
    alone = [str(i) for i in range(200)]
    shared = [str(i // 10) for i in range(200)]
    widths = []
    for groups in (alone, shared):
        found = metrics.estimate(metrics.ratio(right, np.ones(200)), 200, metrics.resamples(groups))
        widths.append(found.high - found.low)
    assert widths[1] > 2 * widths[0]


def test_a_figure_that_no_query_has_is_nan() -> None:
    found = metrics.estimate(metrics.ratio([0, 0], [0, 0]), 2, metrics.resamples(["a", "b"]))
    assert all(map(math.isnan, (found.value, found.low, found.high)))


def test_the_calibration_error_of_chance_shrinks_with_the_number_of_answers() -> None:
    confidence = np.random.default_rng(1).random(5000)
    few, many = (metrics.calibration_error_by_chance(confidence[:n], draws=40) for n in (50, 5000))
    assert many < 0.03 < 0.06 < few
    assert metrics.calibration_error_by_chance(np.array([0.0, 1.0])) == pytest.approx(0.0)
