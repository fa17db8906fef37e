"""Figures of merit as pure functions over arrays of queries (N,)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

CALIBRATION_BINS = 15
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its bootstrap 95% interval; NaN throughout when no query has it.

    Attributes:
        n: number of queries that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def complement(figure: Estimate) -> Estimate:
    """The estimate of 1 - p, given that of a share p."""
    return Estimate(1 - figure.value, 1 - figure.high, 1 - figure.low, figure.n)


def average_precision(ranks: Sequence[int], relevant: int) -> float:
    """Average precision of one ranked list, in [0, 1].

    Args:
        ranks: ascending ranks, from 1, of the relevant entries that the list holds.
        relevant: how many there are at all; 0 gives 0.
    """
    found = sum(number / rank for number, rank in enumerate(ranks, start=1))
    return found / relevant if relevant else 0.0


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Callable[[Rows], float]:
    """The statistic sum(numerator) / sum(denominator) over chosen rows; NaN over nothing.

    With a denominator of ones it is a mean; with counts (characters, tokens) a rate over all of
    them; a query to which it does not apply has 0 in both.
    """
    top, bottom = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)

    def statistic(rows: Rows) -> float:
        total = bottom[rows].sum()
        return float(top[rows].sum() / total) if total else float("nan")

    return statistic


def calibration_error(confidence: Floats, correct: Floats) -> float:
    """Expected calibration error (L1) over `CALIBRATION_BINS` equal bins, in [0, 1]."""
    import torch
    from torchmetrics.functional.classification import binary_calibration_error

    error = binary_calibration_error(
        torch.from_numpy(confidence).clamp(max=1 - 1e-12),  # 1 itself would have a bin of its own
        torch.from_numpy(correct).int(),
        n_bins=CALIBRATION_BINS,
        norm="l1",
    )
    return float(error)


def calibration_error_by_chance(confidence: Floats, draws: int = 200) -> float:
    """Mean `calibration_error` of answers that are right exactly as often as they say.

    Few queries leave few in each bin: no calibration can be expected to measure better than this.
    """
    rng = np.random.default_rng(0)
    right = rng.random((draws, len(confidence))) < confidence
    return float(np.mean([calibration_error(confidence, one.astype(float)) for one in right]))


def risk_coverage(confidence: Floats, correct: Floats) -> tuple[Floats, Floats]:
    """Share of wrong answers among the most confident ones, for each share answered.

    Queries of equal confidence are taken in expectation over their order, so that the curve does
    not depend on the order of the queries.

    Returns:
        Coverage k/N for k = 1 … N, and risk, both (N,).
    """
    order = np.argsort(-confidence, kind="stable")
    errors = np.concatenate([[0.0], np.cumsum(1 - correct[order])])
    count = np.arange(len(order) + 1)
    ordered = confidence[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) + 1
    borders = np.concatenate([[0], ends])
    expected = np.interp(count, borders, errors[borders])[1:]
    return count[1:] / len(order), expected / count[1:]


def area_under_risk(confidence: Floats, correct: Floats) -> float:
    """AURC: the mean risk over all coverages, in [0, 1], lower is better."""
    return float(risk_coverage(confidence, correct)[1].mean())


def area_under_generalized_risk(confidence: Floats, correct: Floats) -> float:
    """AUGRC (Traub et al. 2024), in [0, 0.5], lower is better.

    The generalised risk of a coverage is the share of *all* queries that are answered and wrong,
    so that, unlike in AURC, a confident error does not weigh more for being among few answers.
    The area under it is the probability that, of two queries drawn at random, the first is wrong
    and at least as confident as the second; equal confidence counts half.
    """
    coverage, risk = risk_coverage(confidence, correct)
    answered_wrong = np.concatenate([[0.0], risk * coverage])
    return float(np.trapezoid(answered_wrong, dx=1 / len(coverage)))


def resamples(groups: Sequence[str], count: int = RESAMPLES) -> list[Rows]:
    """Row numbers of ``count`` bootstrap samples, whole groups drawn with replacement; the same
    ones for the same groups."""
    _, owner = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = np.argsort(owner, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)
    rng = np.random.default_rng(0)
    draws = rng.integers(len(members), size=(count, len(members)))
    return [np.concatenate([members[group] for group in draw]) for draw in draws]


def estimate(statistic: Callable[[Rows], float], n: int, samples: Sequence[Rows]) -> Estimate:
    """The statistic over all rows 0 … n-1, with the percentile interval over bootstrap samples."""
    value = statistic(np.arange(n))
    spread = [drawn for drawn in map(statistic, samples) if not np.isnan(drawn)]
    if np.isnan(value) or not spread:
        return Estimate(value, float("nan"), float("nan"), n)
    low, high = np.percentile(spread, [2.5, 97.5])
    return Estimate(value, float(low), float(high), n)
