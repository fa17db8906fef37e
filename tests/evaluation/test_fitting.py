"""Fitting probabilities, thresholds and prediction sets to held-back queries."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import softmax

from rxmm.branches import Source
from rxmm.calibration import ANY, Calibration
from rxmm.catalog.matching import Matches
from rxmm.catalog.table import Catalog
from rxmm.decision import probabilities
from rxmm.evaluation.fitting import (
    COVERAGES,
    LARGEST_RISK,
    Asked,
    Scored,
    fit,
    fit_all,
    fit_not_listed,
    fit_pool,
    masses,
    masses_before,
    threshold,
)
from rxmm.evaluation.imprints import Imprints
from rxmm.results import Kind
from tests.conftest import first_products

US = Catalog.load("us")
CATALOG = first_products(US, 45)
ROWS = len(CATALOG)
UNREAD = Matches(*np.zeros((4, ROWS)), perfect=0.0)


def queries(scale: float, count: int = 300, seed: int = 0) -> list[Scored]:
    """Queries whose true row is drawn from the softmax of their logits, which are then scaled."""
    rng = np.random.default_rng(seed)
    imprints = Imprints(CATALOG)
    made = []
    for _ in range(count):
        logits = rng.normal(0, 3, ROWS + 1)
        logits[-1] = -20.0
        true = rng.choice(ROWS, p=softmax(logits[:-1]))
        truth = imprints.of_row == imprints.of_row[true]
        made.append(Scored(logits * scale, UNREAD, imprints, truth, "hand"))
    return made


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_fit_undoes_a_wrong_temperature(scale: float) -> None:
    fitted = fit(queries(scale))
    assert fitted.temperature == pytest.approx(scale, rel=0.35)


@pytest.mark.parametrize("weight", [0.0, 0.8])
def test_the_pool_finds_what_a_branch_leaves_to_the_match(weight: float) -> None:
    rng = np.random.default_rng(3)
    told = []
    for one in queries(1.0, count=400):
        score = rng.normal(0, 3, ROWS)
        logits = one.logits - np.append(weight * score, 0.0)
        told.append(replace(one, logits=logits, matches=UNREAD._replace(looks=score)))
    assert fit_pool(told) == pytest.approx(weight, abs=0.12)
    fitted = fit(told, weight)
    for pooled, plain in zip(told[:20], queries(1.0, count=20), strict=True):
        expected = plain.probabilities(replace(fitted, pool=0.0))[:-1]
        found = pooled.probabilities(fitted)[:-1]
        assert found / found.sum() == pytest.approx(expected / expected.sum())


def test_after_the_fit_the_first_answer_is_right_as_often_as_it_says() -> None:
    fitted = fit(queries(3.0, count=900))
    fresh = [one.best(one.probabilities(fitted)) for one in queries(3.0, count=900, seed=1)]
    said, right = np.array(fresh, dtype=float).T
    assert said.mean() == pytest.approx(right.mean(), abs=0.06)
    before = np.mean([one.best(one.probabilities(Calibration()))[0] for one in queries(3.0)])
    assert before > said.mean() + 0.1


def test_prediction_sets_cover_fresh_queries() -> None:
    fitted = fit(queries(1.0))
    before = masses_before(queries(1.0), fitted)
    held = dict.fromkeys(COVERAGES, 0)
    fresh = queries(1.0, count=600, seed=2)
    for one in fresh:
        (mass,) = masses_before([one], fitted)
        for coverage, most in masses(before, before).items():
            held[coverage] += mass <= most
    for coverage, count in held.items():
        assert count / len(fresh) == pytest.approx(coverage, abs=0.04)


def test_what_was_read_and_not_explained_tells_pills_that_are_not_listed() -> None:
    """The branch says the same of both; what the best match lacks of a perfect one does not."""
    rng = np.random.default_rng(5)
    flat = np.append(np.zeros(ROWS), -1.0)
    truth = np.arange(ROWS) == 3
    scored = []
    for _ in range(200):
        lattice = rng.normal(-3, 0.5, ROWS)
        lattice[3] = rng.normal(4, 0.5)
        logits = flat + np.append(1e-3 * truth, 0.0)
        matches = Matches(lattice, lattice, *np.zeros((2, ROWS)), perfect=5.0)
        scored.append(Scored(logits, matches, Imprints(CATALOG), truth, "hand"))
    fitted = Calibration(not_listed=fit_not_listed(scored))
    inside = [one.probabilities(fitted)[-1] for one in scored]
    outside = [probabilities(one.left_out, one.matches, fitted)[-1] for one in scored]
    assert max(inside) < 0.1 and min(outside) > 10 * max(inside)


def test_a_pill_left_out_has_no_chance() -> None:
    (one,) = queries(1.0, count=1)
    probability = probabilities(one.left_out, one.matches)
    assert probability[:-1][one.truth].sum() == 0
    assert probability.sum() == pytest.approx(1)


@given(st.lists(st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.booleans()), max_size=200))
def test_above_the_threshold_few_answers_are_wrong(answers: list[tuple[float, bool]]) -> None:
    least = threshold(answers)
    named = [right for probability, right in answers if probability >= least]
    if least < 1:
        assert 1 + sum(not right for right in named) <= LARGEST_RISK * (len(named) + 1)


def test_the_threshold_lets_all_through_that_are_right_and_none_where_nothing_is_known() -> None:
    assert threshold([(0.5 + 0.001 * k, True) for k in range(200)]) == 0.5
    assert threshold([]) == 1.0
    assert threshold([(0.99996, True)] * 100) == 0.99996  # which must be reached
    # Of equal probability none comes first.
    assert threshold([(0.9, True)] * 100 + [(0.9, False)] * 50) == 1.0
    assert threshold([(0.9, False)] * 200) == 1.0


def test_few_queries_give_sets_of_everything() -> None:
    few, ten = np.array([0.4, 0.5, 0.6]), np.linspace(0.0, 0.9, 10)
    assert masses(few, few) == dict.fromkeys(COVERAGES, 1.0)
    assert masses(ten, ten)[0.9] == pytest.approx(0.9) and masses(ten, ten)[0.99] == 1.0


def test_where_a_country_has_few_queries_those_of_all_decide() -> None:
    own = np.append(np.zeros(99), 0.999)  # one that fails
    of_all = np.append(np.linspace(0.0, 0.9, 900), own)
    found = masses(own, of_all)
    assert found[0.9] == found[0.95] == 0.0
    assert found[0.99] == masses(of_all, of_all)[0.99] < 0.91


def asked(scale: float, kind: Kind = "hand") -> dict[Asked, list[Scored]]:
    keys = [(source, n) for source in get_args(Source) for n in (1, 2)]
    return {key: [replace(one, kind=kind) for one in queries(scale, count=60)] for key in keys}


def test_every_catalogue_and_any_other_are_calibrated() -> None:
    fitted = fit_all({"one": asked(0.5), "other": asked(2.0)})
    assert set(fitted) == {"one", "other", ANY}
    cold, hot, mean = (
        fitted[name]["hand"]["imprint_match"][1].temperature for name in ("one", "other", ANY)
    )
    assert cold < mean < hot
    for kinds in fitted.values():
        assert set(kinds) == set(get_args(Kind))
        for branches in kinds.values():
            assert all(set(c.masses) == set(COVERAGES) for c in branches["fusion"])


def test_each_kind_of_picture_has_prediction_sets_of_its_own() -> None:
    photographs, cut_outs = asked(1.0), asked(1.0, "cut_out")
    for several in cut_outs.values():  # in which nothing is doubtful
        several[:] = [replace(one, truth=surest(one)) for one in several]
    both = {key: photographs[key] + cut_outs[key] for key in photographs}
    fitted = fit_all({"one": both})["one"]
    hard, easy = (fitted[kind]["fusion"][1] for kind in ("hand", "cut_out"))
    assert easy.masses[0.9] == 0.0 < hard.masses[0.9]
    assert easy.temperature == hard.temperature


def test_a_country_without_a_kind_of_picture_has_the_sets_of_that_kind_elsewhere() -> None:
    hard, easy = asked(1.0), asked(1.0, "cut_out")
    for several in easy.values():
        several[:] = [replace(one, truth=surest(one)) for one in several] * 9
    fitted = fit_all({"one": hard, "other": easy})
    lent = fitted["other"]["hand"]["fusion"][1].masses
    assert lent[0.9] == fitted["one"]["hand"]["fusion"][1].masses[0.9] > 0.0


def surest(one: Scored) -> NDArray[np.bool_]:
    return one.imprints.of_row == one.imprints.of_row[one.logits[:-1].argmax()]
