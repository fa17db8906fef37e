"""How well faces are found and described."""

import pytest

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import InputError
from rxmm.evaluation.faces import Tally, measure
from rxmm.evaluation.photos import Label
from rxmm.results import Looks


def test_a_capsule_taken_for_an_oval_is_nearly_right() -> None:
    looks = Looks(
        colors=({Color.WHITE: 0.9, Color.BLUE: 0.1},),
        shape={Shape.OVAL: 0.8, Shape.CAPSULE: 0.2},
        score={1: 0.7, 2: 0.3},
        aspect_ratio=2.0,
        size_mm=None,
    )
    tally = Tally("some", photographs=1, right_number=1)
    tally.note(looks, Label((), (Color.WHITE, Color.BLUE), Shape.CAPSULE, 1))
    tally.note(looks, Label((), shape=Shape.ROUND))
    assert tally.hits == {
        "colour, any": [True],
        "colours, exact": [False],
        "shape": [False, False],
        "shape, capsule = oval": [True, False],
        "score": [True],
    }


def test_without_photographs_it_says_so() -> None:
    with pytest.raises(InputError, match="us/reference"):
        measure("us/reference", [], faces=1, limit=10)
