"""The rendered query sets."""

import numpy as np
import pytest

from rxmm.catalog.table import Catalog
from rxmm.evaluation.rendered import SIDE, phone_pills, rendered_pills, rendered_single


@pytest.mark.parametrize("country", ["us", "tw"])
def test_pills_to_calibrate_on_are_in_no_set(country: str) -> None:
    catalog = Catalog.load(country)
    drawn = phone_pills(catalog, 40)
    assert {query.style for query in drawn} == {"phone"}
    assert len({query.group for query in drawn}) == 40
    measured = {query.group for query in (*rendered_pills(), *rendered_single())}
    assert measured.isdisjoint(query.group for query in drawn)
    assert [query.id for query in phone_pills(catalog, 40)] == [query.id for query in drawn]
    assert [np.shape(photo) for photo in drawn[0].photos()] == 2 * [(SIDE, SIDE, 3)]
