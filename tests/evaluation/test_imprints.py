"""Rows of one imprint are one answer."""

import numpy as np
import pytest

from rxmm.catalog.table import Catalog
from rxmm.evaluation.imprints import Imprints

CATALOG = Catalog.load("us")
IMPRINTS = Imprints(CATALOG)


def test_rows_of_an_imprint_are_those_with_its_tokens_in_any_order() -> None:
    found = np.flatnonzero(IMPRINTS.rows(("757", "54")))
    assert len(found) >= 1
    assert all(sorted(CATALOG.imprint_tokens[row]) == ["54", "757"] for row in found)
    assert not IMPRINTS.rows(("NO SUCH", "PILL")).any()


def test_the_first_imprint_is_that_of_the_most_probability_over_all_its_rows() -> None:
    number = np.bincount(IMPRINTS.of_row).argmax()
    several = np.flatnonzero(IMPRINTS.of_row == number)[:2]
    other = int(np.flatnonzero(IMPRINTS.of_row != number)[0])
    probability = np.zeros(len(CATALOG))
    probability[several], probability[other] = 0.3, 0.4
    assert IMPRINTS.first(probability, IMPRINTS.of_row == number) == (pytest.approx(0.6), True)
    assert IMPRINTS.first(probability, IMPRINTS.of_row != number)[1] is False
