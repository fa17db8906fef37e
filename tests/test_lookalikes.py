"""Look-alikes in the catalogue that travels with rxmm, and in small ones made for the purpose."""

from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.file import APPEARANCE_COLUMNS, PRODUCT_COLUMNS
from rxmm.catalog.imprint_text import fold_look_alikes, rotate_180
from rxmm.catalog.table import Catalog
from rxmm.lookalikes import LIMIT, LookAlikes
from rxmm.results import LookAlike

Look = tuple[str, str, str]  # imprint, colour, shape
WHITE_ROUND = ("WHITE", "ROUND")


def catalog(*looks: Look, name: str = "DRUG {}", labeler: str = "", strength: str = "") -> Catalog:
    """One product to each look, ``{}`` in its name and strength replaced by its row's letter."""
    rows = []
    for row, (imprint, color, shape) in enumerate(looks):
        facts = {"appearance_id": f"us-{row}", "imprint": imprint, "color": color, "shape": shape}
        letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[row]
        facts |= {"name": name.format(letter), "labeler": labeler}
        facts |= {"strength": strength.format(row + 1)}
        rows.append(facts)
    columns = APPEARANCE_COLUMNS + PRODUCT_COLUMNS
    table = pd.DataFrame(rows).reindex(columns=columns, fill_value="")
    table[["score", "size_mm"]] = float("nan")
    return Catalog(table, name="made", country="US", source="")


def of_first(*looks: Look, faces: int = 1, read: tuple[str, ...] = ()) -> tuple[LookAlike, ...]:
    return LookAlikes(catalog(*looks)).of(0, faces=faces, read=read)


def test_ip_465_and_466_of_the_us_catalogue() -> None:
    us = Catalog.load("us")
    rows = {text: row for row, text in enumerate(us.appearances["imprint"])}
    first = LookAlikes(us).of(rows["IP;465"])[0]
    assert first.appearance.imprint == ("IP", "466")
    assert first.differs_in == "character"
    assert first.check == "Is it 465 or 466?"
    assert LookAlikes(us).of(rows["IP;466"])[0].appearance.imprint == ("IP", "465")


@pytest.mark.parametrize(
    ("mine", "other", "differs_in", "check"),
    [
        (("A;8", *WHITE_ROUND), ("A;B", *WHITE_ROUND), "character", "Is it 8 or B?"),
        (
            ("A;66", *WHITE_ROUND),
            ("A;99", *WHITE_ROUND),
            "character",
            "Is it 66 or 99? Each is the other upside down.",
        ),
        (("A;12", *WHITE_ROUND), ("A;127", *WHITE_ROUND), "character", "Is it 12 or 127?"),
        (("A;12", *WHITE_ROUND), ("A12", *WHITE_ROUND), "character", "Is it A 12 or A12?"),
        (
            ("A;12", *WHITE_ROUND),
            ("A;17", "PINK", "ROUND"),
            "character",
            "Is it 12 or 17? This one is pink.",
        ),
        (
            ("A", *WHITE_ROUND),
            ("A;40", *WHITE_ROUND),
            "token",
            "Turn the pill over: this one has 40 on the other face.",
        ),
        (
            ("A;40", *WHITE_ROUND),
            ("A", *WHITE_ROUND),
            "token",
            "Turn the pill over: this one has no 40 on the other face.",
        ),
        (
            ("A", *WHITE_ROUND),
            ("A;A", *WHITE_ROUND),
            "token",
            "Turn the pill over: this one has A on the other face.",
        ),
        (("A", *WHITE_ROUND), ("A", "YELLOW", "ROUND"), "color", "Is it white or yellow?"),
        (("A", *WHITE_ROUND), ("A", "WHITE", "OVAL"), "shape", "Is its shape round or oval?"),
        (
            ("A", *WHITE_ROUND),
            ("A", "PINK;BLUE", "OVAL"),
            "color",
            "Is it white or pink and blue? Is its shape round or oval?",
        ),
    ],
)
def test_each_difference_and_what_to_check(
    mine: Look, other: Look, differs_in: str, check: str
) -> None:
    (found,) = of_first(mine, other)
    assert (found.differs_in, found.check) == (differs_in, check)


def test_most_confusable_first_and_not_too_many() -> None:
    first = ("X;108", *WHITE_ROUND)
    others = [(f"X;10{digit}", *WHITE_ROUND) for digit in range(7)]
    found = of_first(first, ("X;10B", "PINK", "ROUND"), *others, ("X;10B", *WHITE_ROUND))
    assert len(found) == LIMIT
    assert found[0].appearance.imprint == ("X", "10B")
    assert all(other.appearance.colors[0] == "WHITE" for other in found)


def test_the_same_medicine_is_no_look_alike() -> None:
    looks = (("A;12", *WHITE_ROUND), ("A;17", *WHITE_ROUND))
    assert LookAlikes(catalog(*looks, name="SAME")).of(0) == ()
    assert LookAlikes(catalog(*looks, name="SAME", strength="{}0 MG")).of(0)


def test_another_strength_of_the_brand_in_the_same_dress() -> None:
    looks = (("PD;155", *WHITE_ROUND), ("XX;80", *WHITE_ROUND), ("YY;70", "BLUE", "ROUND"))
    made = catalog(*looks, name="BRAND", labeler="Pfizer", strength="{}0 MG")
    (found,) = LookAlikes(made).of(0)
    assert found.differs_in == "strength"
    assert found.check == "Is it marked PD 155 or XX 80?"


def test_a_token_on_a_face_that_was_seen_tells_them_apart() -> None:
    looks = (("A;40", *WHITE_ROUND), ("A", *WHITE_ROUND))
    assert of_first(*looks)
    assert not of_first(*looks, faces=2)
    assert not of_first(*looks, read=("A", "40"))


def test_a_pill_whose_imprint_is_not_recorded_has_none() -> None:
    assert of_first(("", *WHITE_ROUND), ("", "PINK", "ROUND"), ("A", *WHITE_ROUND)) == ()


TOKENS = st.lists(st.text("068B9", min_size=1, max_size=3), min_size=1, max_size=3, unique=True)


@settings(max_examples=60)
@given(st.lists(TOKENS.map(sorted), min_size=2, max_size=12, unique_by=tuple))
def test_pairs_are_those_of_an_exhaustive_search(imprints: list[list[str]]) -> None:
    def confused(one: set[str], other: set[str]) -> bool:
        if len(one - other) != 1 or len(other - one) != 1:
            return False
        (mine,), (theirs,) = one - other, other - one
        return (
            Levenshtein.distance(mine, theirs) == 1
            or fold_look_alikes(mine) == fold_look_alikes(theirs)
            or rotate_180(mine) == theirs
        )

    expected = {
        (i, j)
        for (i, one), (j, other) in combinations(enumerate(imprints), 2)
        if confused(set(one), set(other)) or "".join(one) == "".join(other)
    }
    made = catalog(*((";".join(imprint), *WHITE_ROUND) for imprint in imprints))
    assert {(row, near.row) for row, near in LookAlikes(made).pairs()} == expected
