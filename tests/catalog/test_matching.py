"""Both matches and the looks of one query together."""

import numpy as np
import pytest

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


def test_an_imprint_typed_in_full_is_a_perfect_match_and_one_with_more_is_not() -> None:
    typed, on_both_faces = MATCH([reading("54 757")], []), MATCH([reading("54 757")] * 2, [])
    assert typed.lattice[ROW] == pytest.approx(typed.perfect) == on_both_faces.perfect
    more = MATCH([reading("54 757 9913")], [])
    assert more.perfect - more.lattice[ROW] > 5


def test_without_anything_read_the_matches_keep_apart() -> None:
    nothing = MATCH([ImprintReading()], [])
    assert not nothing.looks.any()
    expected = TEXT_SHARE * nothing.fuzzy + (1 - TEXT_SHARE) * nothing.lattice
    np.testing.assert_allclose(nothing.score, expected)
