"""What a person saw and knows better."""

import pytest

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import InputError
from rxmm.overrule import Overrule
from rxmm.results import Appearance


def test_of_what_is_not_recorded_nothing_typed_is_lacking() -> None:
    typed = Overrule(colors=(Color.BLUE,), shape=Shape.ROUND, size_mm=9.0)
    assert typed.lacking(Appearance("us-1", ("A",))) == ()
    known = Appearance("us-1", ("A",), (Color.RED,), Shape.OVAL, size_mm=12.0)
    assert typed.lacking(known) == ("color", "shape", "size")
    assert Overrule().lacking(known) == ()


@pytest.mark.parametrize("size", [0.0, -3.0, float("nan"), float("inf")])
def test_a_size_that_is_none_is_told(size: float) -> None:
    with pytest.raises(InputError, match="longest extent"):
        Overrule(size_mm=size)


@pytest.mark.parametrize("imprint", ["", " ", "--", "*", "LILLY 41*"])
def test_an_imprint_that_is_none_letter_by_letter_is_told(imprint: str) -> None:
    with pytest.raises(InputError, match="letter by letter"):
        Overrule(imprint=imprint)
