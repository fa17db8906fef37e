from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rxmm.catalog.group import group
from rxmm.catalog.imprint_match import Band, ImprintQuery
from rxmm.catalog.search import SearchQuery, search
from rxmm.catalog.sources.normalise import product
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import InputError

TOKEN = st.text("ABM0123456789", min_size=1, max_size=5)
IMPRINT = st.lists(TOKEN, min_size=1, max_size=5)


def make_catalog(*looks: dict[str, Any]) -> Catalog:
    usual = product(
        color="WHITE", shape="ROUND", score=1, size_mm=8.0, ndc="00002-3228-30", country="US"
    )
    rows = [usual | {"name": f"pill {i}"} | look for i, look in enumerate(looks)]
    frame: pd.DataFrame = group(rows)
    return Catalog(frame, name="test", country="US", source="")


def found(catalog: Catalog, query: SearchQuery) -> list[tuple[str, Band]]:
    result = search(catalog, query, top=100)
    return [(";".join(hit.appearance.imprint), hit.band) for hit in result.hits]


@pytest.mark.parametrize(
    ("typed", "imprint", "band"),
    [
        ("54 757", "54 757", Band.EXACT),
        ("757 54", "54 757", Band.EXACT),
        ("54757", "54 757", Band.EXACT),
        ("5 4 7 5 7", "54 757", Band.EXACT),
        ("m 105", "M105", Band.EXACT),
        ("757", "54 757", Band.EXACT),
        ("2.5", "WATSON 2 5", Band.EXACT),
        ("4214 2.5", "2 5 4214", Band.EXACT),
        ("54*7", "54 757", Band.EXACT),
        ("w*n 853", "WATSON 853", Band.EXACT),
        ("*", "WATSON 853", Band.EXACT),
        ("WAT", "WATSON 853", Band.PREFIX),
        ("W", "WATSON 853", Band.PREFIX),
        ("547", "54 757", Band.PREFIX),
        ("WA*S", "WATSON 853", Band.PREFIX),
        ("853 WAT", "WATSON 853", Band.PREFIX),
        ("SON", "WATSON 853", Band.CONTAINS),
        ("T*N", "WATSON 853", Band.CONTAINS),
        ("WATSN 853", "WATSON 853", Band.PARTIAL),
        ("WATSON 99", "WATSON 853", Band.PARTIAL),
        ("54 758", "54 757", Band.PARTIAL),
        ("W66", "99M", Band.FLIPPED_OR_LOOK_ALIKE),
        ("9 6", "96", Band.EXACT),
        ("XO 9", "6 OX", Band.FLIPPED_OR_LOOK_ALIKE),
        ("I2", "1Z", Band.FLIPPED_OR_LOOK_ALIKE),
        ("anything", "", Band.NOT_RECORDED),
        ("S", "WATSON 853", None),
        ("*S*", "WATSON 853", Band.EXACT),
        ("7 7", "7", None),
        ("85", "58", None),
        ("351", "361", None),
        ("WATSON 853", "853", None),
    ],
)
def test_bands(typed: str, imprint: str, band: Band | None) -> None:
    fit = ImprintQuery(typed).fit(tuple(imprint.split()))
    assert (fit and fit[0]) == band


@given(IMPRINT.flatmap(lambda imprint: st.tuples(st.just(imprint), st.permutations(imprint))))
def test_the_whole_imprint_in_any_order_is_exact(both: tuple[list[str], list[str]]) -> None:
    imprint, typed = both
    assert ImprintQuery(" ".join(typed)).fit(imprint) == (Band.EXACT, 0.0)
    assert ImprintQuery("".join(imprint)).fit(imprint) == (Band.EXACT, 0.0)


@given(IMPRINT, st.integers(0, 4), st.just("") | TOKEN)
def test_what_is_not_the_whole_imprint_is_farther(
    imprint: list[str], place: int, instead: str
) -> None:
    typed = [*imprint]
    typed[place % len(imprint)] = instead
    assume("".join(typed) and sorted("".join(typed)) != sorted("".join(imprint)))
    fit = ImprintQuery(" ".join(typed)).fit(imprint)
    assert fit is None or fit > (Band.EXACT, 0.0)


@given(IMPRINT)
def test_no_text_matches_an_imprint_that_is_not_recorded(typed: list[str]) -> None:
    assert ImprintQuery(" ".join(typed)).fit(()) == (Band.NOT_RECORDED, 0.0)


@given(st.text("ABM0123456789", min_size=1, max_size=1), IMPRINT)
def test_one_character_never_matches_by_contains(typed: str, imprint: list[str]) -> None:
    fit = ImprintQuery(typed).fit(imprint)
    assert fit is None or fit[0] in (Band.EXACT, Band.PREFIX, Band.FLIPPED_OR_LOOK_ALIKE)


@given(st.text())
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    try:
        ImprintQuery(text).fit(("WATSON", "853"))
    except InputError as error:
        assert "no letter A-Z or digit" in str(error)


def test_results_come_band_by_band() -> None:
    imprints = ["", "M66", "99W", "X99W", "99WX", "4;99W", "99W7;1234"]
    catalog = make_catalog(*({"imprint": imprint} for imprint in imprints))
    assert found(catalog, SearchQuery("99W")) == [
        ("99W", Band.EXACT),
        ("4;99W", Band.EXACT),
        ("99WX", Band.PREFIX),
        ("99W7;1234", Band.PREFIX),
        ("X99W", Band.CONTAINS),
        ("", Band.NOT_RECORDED),
        ("M66", Band.FLIPPED_OR_LOOK_ALIKE),
    ]


def test_pills_of_unknown_imprint_do_not_crowd_out_the_last_band() -> None:
    unmarked = [{"size_mm": float(size)} for size in range(5, 25)]
    catalog = make_catalog({"imprint": "W66"}, {"imprint": "99M7"}, *unmarked)
    result = search(catalog, SearchQuery("99M"), top=4)
    bands = [Band.PREFIX, Band.NOT_RECORDED, Band.NOT_RECORDED, Band.FLIPPED_OR_LOOK_ALIKE]
    assert [hit.band for hit in result.hits] == bands
    assert result.count[Band.NOT_RECORDED] == 20


@pytest.mark.parametrize(
    ("query", "look", "differs"),
    [
        (SearchQuery(colors=(Color.WHITE,)), {}, ()),
        (SearchQuery(colors=(Color.WHITE,)), {"color": "WHITE;BLUE"}, ("also blue",)),
        (SearchQuery(colors=(Color.BLUE, Color.WHITE)), {"color": "WHITE;BLUE"}, ()),
        (SearchQuery(colors=(Color.WHITE,)), {"color": ""}, ("color not recorded",)),
        (SearchQuery(colors=(Color.WHITE, Color.RED)), {}, None),
        (SearchQuery(shape=Shape.OVAL), {"shape": "CAPSULE"}, ("shape capsule",)),
        (SearchQuery(shape=Shape.OVAL), {"shape": ""}, ("shape not recorded",)),
        (SearchQuery(shape=Shape.OVAL), {}, None),
        (SearchQuery(score=2), {"score": 2}, ()),
        (SearchQuery(score=2), {"score": None}, ("score not recorded",)),
        (SearchQuery(score=2), {}, None),
        (SearchQuery(size_mm=8.4), {}, ()),
        (SearchQuery(size_mm=9.5), {}, ("size 8 mm",)),
        (SearchQuery(size_mm=9.6), {}, None),
        (SearchQuery(size_mm=9.6), {"size_mm": None}, ("size not recorded",)),
    ],
)
def test_what_differs(
    query: SearchQuery, look: dict[str, Any], differs: tuple[str, ...] | None
) -> None:
    hits = search(make_catalog({"imprint": "A1"} | look), query).hits
    assert [(hit.band, hit.differs) for hit in hits] == (
        [] if differs is None else [(Band.NOT_ASKED, differs)]
    )


@pytest.mark.parametrize("shape", Shape)
def test_every_shape_is_found_by_itself(shape: Shape) -> None:
    catalog = make_catalog({"imprint": "A1", "shape": shape.value})
    assert search(catalog, SearchQuery(shape=shape)).hits[0].differs == ()


def test_an_empty_answer_says_what_to_relax() -> None:
    catalog = make_catalog(
        {"imprint": "A1"}, {"imprint": "A1", "color": "BLUE"}, {"imprint": "B2", "color": "RED"}
    )
    result = search(catalog, SearchQuery("A1", colors=(Color.RED,), shape=Shape.ROUND))
    assert result.hits == ()
    assert result.relax == (("colors", 2), ("imprint", 1))
    assert search(catalog, SearchQuery("A1")).relax == ()


def test_pills_of_unknown_imprint_alone_still_say_what_to_relax() -> None:
    catalog = make_catalog({"imprint": "A1", "color": "BLUE"}, {})
    result = search(catalog, SearchQuery("A1", colors=(Color.WHITE,)))
    assert [hit.band for hit in result.hits] == [Band.NOT_RECORDED]
    assert result.relax == (("colors", 1), ("imprint", 1))


@pytest.mark.parametrize(
    "bad",
    [
        {"imprint": "-- ;"},
        {"size_mm": -1},
        {"size_mm": 0.2},
        {"size_mm": 50.1},
        {"size_mm": float("nan")},
        {"score": 0},
        {"score": 9},
    ],
)
def test_a_query_that_makes_no_sense(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        SearchQuery(**bad)


@pytest.mark.parametrize("name", ["us", "tw"])
def test_every_real_imprint_finds_itself_first(name: str) -> None:
    catalog = Catalog.load(name)
    for row in range(0, len(catalog), 500):
        tokens = catalog.imprint_tokens[row]
        if tokens:
            hit = search(catalog, SearchQuery(" ".join(tokens)), top=1).hits[0]
            assert hit.band is Band.EXACT
            assert sorted(catalog.imprint_tokens[hit.row]) == sorted(tokens)
