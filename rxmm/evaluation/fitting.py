"""Fitting a calibration to queries that were ranked: how much a score is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from rxmm.branches import Source
from rxmm.calibration import ANY, Calibration, Kinds, NotListed
from rxmm.catalog.matching import Matches
from rxmm.decision import doubts, mass_before, pooled, probabilities
from rxmm.evaluation.imprints import Imprints
from rxmm.results import MAX_FACES, Kind

COVERAGES = (0.90, 0.95, 0.99)
LARGEST_RISK = 0.02
"""Share of wrong answers among those called identified that the threshold is chosen for."""
LEFT_OUT = 0.05
"""Share of pills that are not in the catalogue that may still be called identified."""
NOT_LISTED_SHARE = 0.05
"""Of the pills that are asked for, how many are reckoned not to be in the catalogue."""
FEW = 2
"""Pills that a prediction set may miss, below which those of all countries decide it, and below
that those of all kinds of picture too: one pill that fails would make the set of a few as large as
the catalogue."""

TEMPERATURES = (math.log(0.25), math.log(4.0))
"""Logarithms of the lowest and the highest temperature."""
MOST_POOLED = 5.0
"""Largest weight of the matches beside the fusion."""
REGULARIZATION = 1.0
"""Inverse strength of the penalty on the weights of `NotListed`."""

Floats = NDArray[np.float64]
Asked = tuple[Source, int]
"""A branch, and how many faces it saw."""


@dataclass(frozen=True, eq=False)
class Scored:
    """One query, ranked.

    Attributes:
        logits: (N + 1,), last of none of these.
        matches: of the same query.
        imprints: of the catalogue.
        truth: (N,) bool, the rows of its true imprint.
        kind: of its pictures.
    """

    logits: Floats
    matches: Matches
    imprints: Imprints
    truth: NDArray[np.bool_]
    kind: Kind

    @cached_property
    def left_out(self) -> Floats:
        """The logits if the pill were not in the catalogue."""
        return np.where(np.append(self.truth, False), -np.inf, self.logits)

    def pooled(self, weight: float) -> Scored:
        """With the matches' score added to the logits."""
        return replace(self, logits=pooled(self.logits, self.matches, weight))

    def probabilities(self, fitted: Calibration) -> Floats:
        """As it is, (N + 1,)."""
        return probabilities(self.logits, self.matches, fitted)

    def best(self, probability: Floats) -> tuple[float, bool]:
        """Of (N + 1,) probabilities, that of the best row's imprint, and whether it is true."""
        row = int(self.logits[:-1].argmax())
        alike = self.imprints.of_row == self.imprints.of_row[row]
        return float(probability[:-1][alike].sum()), bool(self.truth[row])


def fit(scored: Sequence[Scored], pool: float = 0.0) -> Calibration:
    """The calibration of one branch for one number of faces.

    Args:
        pool: weight of the matches beside the branch's own logits.
    """
    scored = [one.pooled(pool) for one in scored]
    not_listed = fit_not_listed(scored)
    fitted = Calibration(fit_temperature(scored, not_listed), not_listed)
    named, mistaken = [], []
    for one in scored:
        probability = one.probabilities(fitted)[:-1]
        named.append((float(probability.max()), bool(one.truth[probability.argmax()])))
        mistaken.append(float(probabilities(one.left_out, one.matches, fitted)[:-1].max()))
    identified = max(threshold(named), _at_least(float(np.quantile(mistaken, 1 - LEFT_OUT))))
    return replace(fitted, identified=identified, pool=pool)


def fit_pool(scored: Sequence[Scored]) -> float:
    """The weight of the matches, from 0 to `MOST_POOLED`, of least log loss of the true imprint.

    Beside it a temperature is fitted that is not kept: more weight makes an answer more sure.
    """

    def loss(parameters: Floats) -> float:
        weight, log_temperature = parameters
        total = 0.0
        for one in scored:
            rows = one.pooled(weight).logits[:-1] / math.exp(log_temperature)
            total += logsumexp(rows) - logsumexp(rows[one.truth])
        return total

    found = minimize(
        loss, (0.5, 0.0), method="Nelder-Mead", bounds=((0.0, MOST_POOLED), TEMPERATURES)
    )
    return round(float(found.x[0]), 4)


def fit_temperature(scored: Sequence[Scored], not_listed: NotListed) -> float:
    """The temperature of least log loss of "the imprint of the best row is right".

    Not of "the likeliest imprint is right": that is another at another temperature, and where all
    rows are about equally likely it is the one of the most rows, wrong, and saying so.
    """

    def loss(log_temperature: float) -> float:
        fitted = Calibration(math.exp(log_temperature), not_listed)
        return sum(_log_loss(*one.best(one.probabilities(fitted))) for one in scored)

    found = minimize_scalar(loss, bounds=TEMPERATURES)
    return round(math.exp(found.x), 4)


def fit_not_listed(scored: Sequence[Scored]) -> NotListed:
    """Logistic regression of "the pill is not in the catalogue" over pills in and out of it."""
    from sklearn.linear_model import LogisticRegression

    inside = [doubts(one.logits, one.matches) for one in scored]
    outside = [doubts(one.left_out, one.matches) for one in scored]
    weights = np.repeat([1 - NOT_LISTED_SHARE, NOT_LISTED_SHARE], len(scored))
    model = LogisticRegression(C=REGULARIZATION, max_iter=1000)
    model.fit(np.stack(inside + outside)[:, 1:], weights < 0.5, sample_weight=weights)
    return NotListed(*np.round([*model.intercept_, *model.coef_[0]], 4).tolist())


def _log_loss(probability: float, true: bool) -> float:
    return -math.log(max(probability if true else 1 - probability, 1e-6))


def threshold(answers: Iterable[tuple[float, bool]]) -> float:
    """Least probability from which on answers are wrong no more often than `LARGEST_RISK`.

    The risk counts one more wrong answer than was seen: few answers do not prove that there is no
    risk.  That is cautious, no guarantee: of all probabilities the lowest that passes is taken.
    """
    ordered = sorted(answers, reverse=True)
    wrong, least = 1, 1.0
    for number, (probability, right) in enumerate(ordered, start=1):
        wrong += not right
        last_alike = number == len(ordered) or ordered[number][0] < probability
        if last_alike and wrong <= LARGEST_RISK * (number + 1):
            least = probability
    return _at_least(least)


def _at_least(probability: float) -> float:
    """Rounded down, so that whoever has just this probability reaches it."""
    return math.floor(probability * 1e6) / 1e6


def masses_before(scored: Iterable[Scored], fitted: Calibration) -> Floats:
    """(n,) mass of all that seem likelier than each query's true appearance."""
    return np.array(
        [mass_before(one.probabilities(fitted)[:-1])[one.truth].min() for one in scored]
    )


def masses(*before: Floats) -> Mapping[float, float]:
    """The mass that those before the last one of a prediction set come short of, by coverage.

    Args:
        before: of `masses_before`, from a country's queries of one kind of picture to those of all;
            the first that are enough decide, see `FEW`.
    """

    def quantile(coverage: float) -> float:
        allowed = round(1 - coverage, 4)
        enough = (some for some in before if allowed * len(some) >= FEW)
        ordered = np.append(np.sort(next(enough, before[-1])), 1.0)
        return float(ordered[math.ceil(len(ordered) * coverage) - 1])

    return {coverage: quantile(coverage) for coverage in COVERAGES}


def fit_all(kept: Mapping[str, Mapping[Asked, Sequence[Scored]]]) -> dict[str, Kinds]:
    """The calibrations of every catalogue, and of any other one from the queries of all.

    Args:
        kept: by catalogue, the queries asked of each branch with so many faces.
    """
    keys = {key for found in kept.values() for key in found}
    every = {key: [one for found in kept.values() for one in found[key]] for key in keys}
    asked = {**kept, ANY: every}
    fitted: dict[str, dict[Asked, Calibration]] = {}
    before: dict[str, dict[Asked, Floats]] = {}
    for name, found in asked.items():
        fitted[name] = {
            (source, n): fit(scored, fit_pool(scored) if source == "fusion" else 0.0)
            for (source, n), scored in found.items()
        }
        before[name] = {key: masses_before(found[key], fitted[name][key]) for key in found}

    def of_kind(name: str, kind: Kind, key: Asked) -> NDArray[np.bool_]:
        return np.array([one.kind == kind for one in asked[name][key]], dtype=bool)

    def complete(name: str, kind: Kind, key: Asked) -> Calibration:
        own = before[name][key][of_kind(name, kind, key)]
        alike = [before[country][key][of_kind(country, kind, key)] for country in kept]
        everything = [before[country][key] for country in kept]
        decided_by = masses(own, np.concatenate(alike), np.concatenate(everything))
        return replace(fitted[name][key], masses=decided_by)

    return {
        name: {
            kind: {
                source: tuple(complete(name, kind, (source, n)) for n in range(1, MAX_FACES + 1))
                for source in get_args(Source)
            }
            for kind in get_args(Kind)
        }
        for name in fitted
    }
