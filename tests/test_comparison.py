"""What of an appearance agrees with what was seen, in words."""

from dataclasses import replace

import pytest

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.comparison import compare, of_its_size, of_one_pill
from rxmm.results import ImprintReading, Looks
from tests.conftest import reading

CATALOG = Catalog.load("us")
APART = CATALOG.appearance(CATALOG.imprint_tokens.index(tokens("93;7355")))
TOGETHER = CATALOG.appearance(CATALOG.imprint_tokens.index(tokens("54;757")))


def test_what_one_face_lacks_is_looked_for_on_the_other_where_makers_put_it_there() -> None:
    assert compare(APART, [reading("93")], []) == (
        ("imprint 93",),
        ("imprint 7355 not read, likely on the other face",),
    )
    assert compare(TOGETHER, [reading("54")], []) == (("imprint 54",), ("imprint 757 not read",))


def looks(*parts: Color, shape: Shape = Shape.OVAL, stretched: float = 1.5) -> Looks:
    return Looks(tuple({part: 1.0} for part in parts), {shape: 1.0}, {1: 1.0}, stretched)


@pytest.mark.parametrize(
    ("other", "one_pill"),
    [
        (looks(Color.WHITE), True),
        (looks(Color.BLUE, Color.WHITE), True),  # a capsule whose other half is turned away
        (looks(Color.WHITE, stretched=1.7), True),
        (looks(Color.BLUE), False),
        (looks(Color.WHITE, shape=Shape.ROUND), False),
        (looks(Color.WHITE, stretched=1.0), False),
    ],
)
def test_faces_of_one_pill_are_alike(other: Looks, one_pill: bool) -> None:
    assert of_one_pill([looks(Color.WHITE), other]) == one_pill
    assert of_one_pill([other])


@pytest.mark.parametrize(
    ("times", "its_size"), [(0.45, False), (0.55, True), (1.0, True), (1.9, True), (2.1, False)]
)
def test_no_pill_is_twice_as_large_as_it_is(times: float, its_size: bool) -> None:
    assert APART.size_mm is not None
    seen = replace(looks(Color.WHITE), size_mm=times * APART.size_mm)
    assert of_its_size(APART, [looks(Color.WHITE), seen]) == its_size
    assert of_its_size(replace(APART, size_mm=None), [seen])
    assert of_its_size(APART, [looks(Color.WHITE)])


def test_no_pill_has_three_faces() -> None:
    assert not of_one_pill([looks(Color.WHITE)] * 3)


def test_of_both_faces_nothing_is_elsewhere() -> None:
    agrees, differs = compare(APART, [reading("93"), ImprintReading()], [])
    assert (agrees, differs) == (("imprint 93",), ("imprint 7355 not read",))


def test_what_looks_like_a_token_agrees() -> None:
    agrees, differs = compare(TOGETHER, [reading("X4", "757")], [])
    assert agrees == ("imprint 757",)
    assert differs == ("imprint 54 not read",)
    agrees, _ = compare(TOGETHER, [reading("S4 757")], [])
    assert agrees == ("imprint 54 (read S4)", "imprint 757")


def test_what_is_surely_read_and_not_on_the_pill_differs() -> None:
    _, differs = compare(TOGETHER, [reading("WATSON", "757")], [])
    assert differs == ("imprint 54 not read", "read WATSON, not on it")
    for of_it in ("54757", "75", "787"):
        _, differs = compare(TOGETHER, [reading(of_it)], [])
        assert all(phrase.endswith("not read") for phrase in differs)


def test_what_is_hardly_read_is_held_against_no_pill() -> None:
    unsure = reading("WATSON", confidence=0.4)
    assert compare(TOGETHER, [unsure], [])[1] == ("imprint 54 not read", "imprint 757 not read")


def test_what_was_read_by_itself_is_held_against_every_pill() -> None:
    agrees, differs = compare(APART, [reading("93")], [], [reading("4910", "7355")])
    assert agrees == ("imprint 93", "imprint 7355")
    assert differs == ("read 4910, not on it",)


def test_the_face_that_differs_is_named_and_a_colour_that_is_only_possible_is_no_more() -> None:
    (color,) = APART.colors
    other = Color.BLUE if color != Color.BLUE else Color.RED
    agrees, differs = compare(APART, [], [looks(color), looks(other)])
    assert f"colour {color.lower()}, seen {other.lower()}" in differs
    doubtful = replace(looks(other), colors=({other: 0.7, color: 0.3},))
    agrees, differs = compare(APART, [], [doubtful])
    assert f"colour {color.lower()} possible, seen {other.lower()}" in agrees
