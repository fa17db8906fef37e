"""Fitting which tokens stand on the same face."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog
from rxmm.evaluation.photos import us_consumer, us_phone_readings
from rxmm.training import photos
from rxmm.training.sides import (
    ALONE,
    TOGETHER,
    Placed,
    cross_validated,
    fit,
    joined,
    pairs_of,
    votes,
)

US = Catalog.load("us")


def test_tokens_of_known_faces() -> None:
    found = votes(
        [Placed(("M", "7", "10"), ("M", "7"), ("10",)), Placed(("M", "7", "10"), "M", ())]
    )
    told = {(one[0], other[0]): tuple(of) for (one, other), of in found["10", "7", "M"].items()}
    assert told == {("10", "7"): (1, 0), ("10", "M"): (1, 0), ("7", "M"): (0, 1)}


def test_what_the_imprint_does_not_say_tells_nothing() -> None:
    assert not votes([Placed(("93", "5"), ("93", "5"), ("93", "X"))])


def test_copies_on_both_faces_are_apart_and_on_one_together() -> None:
    both = votes([Placed(("M", "7", "M"), ("M", "7"), ("M",))])["7", "M"]
    told = {two: tuple(of) for two, of in both.items()}
    first, second, seven = ("M", 0), ("M", 1), ("7", 0)
    assert told == {(seven, first): (0, 1), (seven, second): (1, 0), (first, second): (1, 0)}
    one = votes([Placed(("M", "M"), ("M",), ())])["M",]
    assert tuple(one[first, second]) == (0, 1)


def test_another_readers_lines() -> None:
    found = votes([], [("M;7", "M | 7"), ("M;7", "M"), ("M;7", "8"), ("M;7", "a M is on the pill")])
    assert tuple(found["7", "M"][("7", 0), ("M", 0)]) == pytest.approx((ALONE, TOGETHER))


def test_a_makers_habit_is_learnt() -> None:
    """One maker prints letters and digits apart, another together."""
    facts = US.appearances.iloc[[0] * 80].reset_index(drop=True)
    facts["imprint"] = [f"{'AB' if n % 2 else 'CD'};{100 + n}" for n in range(80)]
    facts["appearance_id"] = [f"us-{n:08d}" for n in range(80)]
    products = US.products.iloc[[0] * 80].reset_index(drop=True)
    products["labeler"] = [f"maker {n % 2}" for n in range(80)]
    rows = pd.concat([facts, products], axis=1)
    catalog = Catalog(rows, name="drawn", country="US", source="")
    apart = [
        Placed(imprint, imprint, ())
        if imprint[0] == "AB"
        else Placed(imprint, imprint[:1], imprint[1:])
        for imprint in catalog.imprint_tokens
    ]
    found = pairs_of(votes(apart), catalog)
    assert len(found.same) == 80
    loss, right = cross_validated(found)
    assert right == 1.0
    assert loss < 0.5
    both = joined([found, found])
    assert fit(both, np.ones(160, dtype=bool)).coef_.shape == (1, found.features.shape[1])


def test_imprints_that_a_catalogue_lacks_are_left_out() -> None:
    known = votes(
        [Placed(("54", "757"), ("54", "757"), ()), Placed(("Q1", "Q2"), ("Q1",), ("Q2",))]
    )
    assert len(pairs_of(known, US).same) == 1


def test_readings_of_pills_that_are_measured_on_do_not_come_through(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RXMM_REAL_DATA", str(real_data))
    through = {appearance_key(imprint) for imprint, _ in photos.phone_readings()}
    assert 100 < len(through) < len({appearance_key(i) for i, _ in us_phone_readings(real_data)})
    measured = {appearance_key(photo.label.imprint) for photo in us_consumer(real_data)}
    assert not through & measured
