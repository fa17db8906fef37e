"""Both matches and the looks of one query together."""

import numpy as np

from rxmm.catalog.matching import TEXT_SHARE, Matcher
from rxmm.catalog.table import Catalog
from rxmm.results import ImprintReading
from tests.conftest import reading

CATALOG = Catalog.load("us")
MATCH = Matcher(CATALOG)
ROW = CATALOG.imprint_tokens.index(("54", "757"))


def test_texts_stand_for_beliefs_where_a_person_typed_them() -> None:
    typed = MATCH([reading("54 757")], [])
    assert np.array_equal(typed.fuzzy, typed.lattice)
    assert typed.score.argmax() == typed.fuzzy.argmax()
    assert typed.score[ROW] == typed.score.max()


def test_without_anything_read_the_matches_keep_apart() -> None:
    nothing = MATCH([ImprintReading()], [])
    assert not nothing.looks.any()
    expected = TEXT_SHARE * nothing.fuzzy + (1 - TEXT_SHARE) * nothing.lattice
    np.testing.assert_allclose(nothing.score, expected)
