"""What of an appearance agrees with what was seen, in words."""

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.table import Catalog
from rxmm.comparison import compare
from rxmm.results import ImprintReading
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


def test_of_both_faces_nothing_is_elsewhere() -> None:
    agrees, differs = compare(APART, [reading("93"), ImprintReading()], [])
    assert (agrees, differs) == (("imprint 93",), ("imprint 7355 not read",))


def test_what_looks_like_a_token_agrees() -> None:
    agrees, differs = compare(TOGETHER, [reading("X4", "757")], [])
    assert agrees == ("imprint 757",)
    assert differs == ("imprint 54 not read",)
    agrees, _ = compare(TOGETHER, [reading("S4 757")], [])
    assert agrees == ("imprint 54 (read S4)", "imprint 757")
