"""The rendered query sets."""

import numpy as np

from rxmm.catalog.table import Catalog
from rxmm.evaluation.rendered import SIDE, phone_pills


def test_pills_to_calibrate_on_are_different_ones_by_phone_always_the_same() -> None:
    catalog = Catalog.load("tw")
    drawn = phone_pills(catalog, 40)
    assert {query.style for query in drawn} == {"phone"}
    assert len({query.group for query in drawn}) == 40
    assert [query.id for query in phone_pills(catalog, 40)] == [query.id for query in drawn]
    assert [np.shape(photo) for photo in drawn[0].photos()] == 2 * [(SIDE, SIDE, 3)]
