"""The peer that rxmm is compared with."""

import numpy as np
import pytest

from rxmm.catalog.table import Catalog
from rxmm.errors import RxmmError
from rxmm.evaluation.peers import FACE_SIDE, distinct, easyocr_reader, read_turned, whole_ratio
from rxmm.results import PillFace


def test_the_likeliest_imprint_of_the_best_direction_comes_first() -> None:
    rank = whole_ratio(Catalog.load("us"))
    sure, garbled = [("TEVA", 0.9), ("4067", 0.8)], [("x", 0.1)]
    assert rank([[garbled, sure, garbled, []]])[0] == ("4067", "TEVA")
    assert rank([[[], [], [], []]]) == []
    assert rank([]) == []


def test_distinct_appearances_have_an_imprint() -> None:
    keys, imprints = distinct(Catalog.load("us"))
    assert len(set(keys)) == len(keys) == len(imprints)
    assert all(tuple(sorted(imprint)) == key for key, imprint in zip(keys, imprints, strict=True))
    assert () not in keys


def test_a_face_is_read_in_four_directions() -> None:
    crop = np.zeros((40, 80, 3), dtype=np.uint8)
    face = PillFace(crop=crop, mask=np.ones((40, 80), dtype=bool), box=(0, 0, 80, 40))
    shapes = []
    read_turned(lambda picture: shapes.append(picture.shape) or [], face)
    assert shapes[0][1] == pytest.approx(FACE_SIDE, abs=FACE_SIDE)
    assert shapes[0][:2] == shapes[1][1::-1] == shapes[2][:2] == shapes[3][1::-1]


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rxmm._extras.find_spec", lambda name: None)
    with pytest.raises(RxmmError, match="offline"):
        easyocr_reader()
