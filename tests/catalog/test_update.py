"""Importing again, and what changed."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.diff import count, diff, write_changes
from rxmm.catalog.documents import by_document
from rxmm.catalog.group import group
from rxmm.catalog.merge import merge
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.normalise import product
from rxmm.catalog.table import Catalog
from rxmm.catalog.update import update
from rxmm.catalog.validate import problems
from rxmm.errors import CatalogError

TODAY = "2026-11-20"


def pill(document: str, version: int, ndc: str, imprint: str = "A;1", **facts: Any) -> Row:
    known = {"name": f"PILL {ndc}", "color": "WHITE", "shape": "ROUND", "country": "US"}
    return product(
        **known | facts,
        imprint=imprint,
        ndc=ndc,
        source="spl",
        document=document,
        document_version=str(version),
        document_date=f"2026-01-{version:02}",
    )


def catalog_of(*rows: Row, name: str = "test") -> Catalog:
    countries = dict.fromkeys(row["country"] for row in rows)
    return Catalog(group(rows), name=name, country="+".join(countries), source=name)


def again(catalog: Catalog, *rows: Row, complete: bool = False) -> Catalog:
    return update(catalog, rows, Report(), title="x", today=TODAY, complete=complete)


def facts(catalog: Catalog) -> list[tuple[str, str, str]]:
    """(NDC, version, discontinued) of each product, sorted."""
    return sorted(
        (row["ndc"], row["document_version"], row["discontinued"]) for row in catalog.rows()
    )


def test_a_newer_document_replaces_and_marks_what_it_no_longer_lists() -> None:
    old = catalog_of(
        pill("d", 9, "0001-0001"), pill("d", 9, "0001-0002"), pill("e", 1, "0002-0001")
    )
    new = again(old, pill("d", 10, "0001-0001", "B;2"), pill("d", 10, "0001-0003"))
    assert facts(new) == [
        ("0001-0001", "10", ""),
        ("0001-0002", "9", "2026-01-10"),
        ("0001-0003", "10", ""),
        ("0002-0001", "1", ""),
    ]
    assert count(diff(old, new)) == {"looks": 1, "discontinued": 1, "added": 1}
    (looks, _, _) = diff(old, new)
    assert (looks.before, looks.after) == ({"imprint": "A;1"}, {"imprint": "B;2"})
    assert not problems(new)


def test_an_older_document_changes_nothing() -> None:
    old = catalog_of(pill("d", 10, "0001-0001"), pill("d", 10, "0001-0002"))
    assert facts(again(old, pill("d", 9, "0001-0001", "B;2"))) == facts(old)


def test_a_product_that_comes_back_is_on_the_market_again() -> None:
    gone = again(catalog_of(pill("d", 1, "0001-0001")), pill("d", 2, "0001-0002"))
    back = again(gone, pill("d", 3, "0001-0001"), pill("d", 3, "0001-0002"))
    assert facts(back) == [("0001-0001", "3", ""), ("0001-0002", "3", "")]
    assert count(diff(gone, back)) == {"returned": 1}


def test_only_a_complete_import_tells_what_was_withdrawn() -> None:
    old = catalog_of(pill("d", 1, "0001-0001"), pill("e", 1, "0002-0001"))
    assert facts(again(old, pill("d", 2, "0001-0001")))[1] == ("0002-0001", "1", "")
    whole = again(old, pill("d", 2, "0001-0001"), complete=True)
    assert facts(whole)[1] == ("0002-0001", "1", TODAY)
    once_more = update(
        whole,
        [pill("d", 3, "0001-0001")],
        Report(),
        title="x",
        today="2027-01-01",
        complete=True,
    )
    assert facts(once_more)[1] == ("0002-0001", "1", TODAY)


def test_pills_still_sold_stand_first_under_their_look() -> None:
    catalog = again(catalog_of(pill("d", 1, "0001-0001")), pill("d", 2, "0001-0002"))
    (first, second) = catalog.appearance(0).products
    assert (first.ndc, second.discontinued) == (("0001", "0002"), "2026-01-02")


def test_a_kit_whose_pills_share_a_number_is_compared_pill_by_pill() -> None:
    kit = [pill("d", 1, "0001-0001", imprint) for imprint in ("A;1", "B;2", "C;3")]
    new = [pill("d", 2, "0001-0001", imprint) for imprint in ("A;1", "C;4", "B;2")]
    (change,) = diff(catalog_of(*kit), again(catalog_of(*kit), *new))
    assert (change.what, change.before, change.after) == (
        "looks",
        {"imprint": "C;3"},
        {"imprint": "C;4"},
    )


DOCUMENTS = st.lists(
    st.builds(
        pill,
        st.sampled_from("de"),
        st.integers(1, 4),
        st.sampled_from(["0001-0001", "0001-0002"]),
        st.sampled_from(["A;1", "B;2", ""]),
    ),
    min_size=1,
    max_size=8,
)


@given(DOCUMENTS, DOCUMENTS)
def test_importing_twice_is_importing_once_and_nothing_is_lost(
    before: list[Row], arriving: list[Row]
) -> None:
    old = catalog_of(*(row for rows in by_document(before).values() for row in rows))
    new = again(old, *arriving)
    assert diff(new, again(new, *arriving)) == []
    assert diff(old, old) == []
    assert {row["ndc"] for row in old.rows()} <= {row["ndc"] for row in new.rows()}
    newest = {
        document: max(int(row["document_version"]) for row in (*before, *arriving)
                      if row["document"] == document)
        for document in {row["document"] for row in (*before, *arriving)}
    }  # fmt: skip
    for row in new.rows():
        current = int(row["document_version"]) == newest[row["document"]]
        assert current or row["discontinued"]


def test_another_regulators_document_widens_the_catalogue() -> None:
    old = catalog_of(pill("d", 1, "0001-0001"), name="first")
    new = update(
        old, [pill("e", 1, "0002-0001", country="PR")], Report(), title="second", today=TODAY
    )
    assert (new.country, new.source) == ("US+PR", "first; second")
    assert not problems(new)


def test_an_id_stays_whatever_comes_and_goes() -> None:
    us, tw = catalog_of(pill("d", 1, "0001-0001")), catalog_of(pill("e", 1, "", country="TW"))
    both = merge([us, tw], "both")
    (known,) = us.appearances["appearance_id"]
    assert known.startswith("us-") and both.appearances["appearance_id"].tolist() == [known]
    renewed = again(both, pill("d", 2, "0001-0001"))
    assert [row["country"] for row in renewed.rows()] == ["TW", "US"]
    assert renewed.appearances["appearance_id"].tolist() == [known]
    alone = renewed.of_country("TW")
    assert alone.appearances["appearance_id"].tolist() == [known]
    newer = catalog_of(pill("d", 3, "0001-0001"), name="newer")
    assert merge([alone, newer], "x").appearances["appearance_id"].tolist() == [known]
    assert merge([tw, newer], "x").appearances["appearance_id"].tolist() != [known]


def test_changes_as_a_table(tmp_path: Any) -> None:
    old = catalog_of(pill("d", 1, "0001-0001"), pill("d", 1, "0001-0002"))
    new = again(old, pill("d", 2, "0001-0001", "A;1", color="BLUE", size_mm=8.0))
    write_changes(diff(old, new), tmp_path / "changes.csv")
    table = pd.read_csv(tmp_path / "changes.csv", dtype=str, keep_default_na=False)
    assert table[["what", "field", "before", "after"]].to_numpy().tolist() == [
        ["looks", "color", "WHITE", "BLUE"],
        ["looks", "size_mm", "", "8.0"],
        ["discontinued", "discontinued", "", "2026-01-02"],
    ]
    write_changes([], tmp_path / "changes.csv")
    assert len(pd.read_csv(tmp_path / "changes.csv")) == 0


def test_merging_brings_looks_together_and_keeps_the_regulators() -> None:
    us, tw = Catalog.load("us"), Catalog.load("tw")
    both = merge([us, tw], "both")
    assert (both.country, both.countries, len(both.products)) == (
        "US+TW",
        ["US", "TW"],
        len(us.products) + len(tw.products),
    )
    assert len(us) < len(both) < len(us) + len(tw)
    shared = next(
        row for row in range(len(both))
        if {product.country for product in both.appearance(row).products} == {"US", "TW"}
    )  # fmt: skip
    pill_of_both = both.appearance(shared)
    assert us.appearance(pill_of_both.appearance_id).imprint
    assert tw.own_id(pill_of_both.appearance_id) in set(tw.appearances["appearance_id"])
    assert not problems(both)
    alone = both.of_country("tw")
    assert (alone.country, len(alone.products)) == ("TW", len(tw.products))
    assert {row["country"] for row in alone.rows()} == {"TW"}
    assert alone.appearance(pill_of_both.appearance_id).products
    assert not problems(alone)
    with pytest.raises(CatalogError, match="no product of 'KR', but of US, TW"):
        both.of_country("KR")
    with pytest.raises(CatalogError, match="at least two"):
        merge([us], "one")


def test_merging_takes_the_newest_of_a_document() -> None:
    first = catalog_of(pill("d", 2, "0001-0001"), pill("e", 1, "0002-0001"))
    second = again(catalog_of(pill("d", 3, "0001-0001"), pill("d", 3, "0001-0002")),
                   pill("d", 4, "0001-0001"))  # fmt: skip
    expected = [("0001-0001", "4", ""), ("0001-0002", "3", "2026-01-04"), ("0002-0001", "1", "")]
    assert facts(merge([first, second], "x")) == expected
    assert facts(merge([second, first], "x")) == expected


def test_a_table_without_a_date_is_no_older_than_one_that_has_one() -> None:
    dated = pill("t", 1, "0001-0001") | {"document_version": "abc"}
    undated = pill("t", 1, "0001-0001", "B;2") | {"document_version": "def", "document_date": ""}
    report = Report()
    new = update(catalog_of(dated), [undated], report, title="x", today=TODAY)
    assert [row["imprint"] for row in new.rows()] == ["B;2"]
    assert not report.rejects


def test_what_is_older_than_the_catalogues_is_told() -> None:
    report = Report()
    old = pill("d", 9, "0001-0001", "B;2")
    update(catalog_of(pill("d", 10, "0001-0001")), [old], report, title="x", today=TODAY)
    assert report.rejects == [("d", "the catalogue has a newer version of this document")]


def test_an_end_to_come_gives_way_to_the_day_on_which_a_product_was_gone() -> None:
    old = catalog_of(pill("d", 1, "0001-0001", discontinued="2999-01-01"))
    gone = again(old, pill("e", 1, "0002-0001"), complete=True)
    assert facts(gone)[0] == ("0001-0001", "1", TODAY)


def test_pills_of_a_kit_that_change_places_are_as_they_were() -> None:
    def kit(version: int, *strengths: str) -> Catalog:
        return catalog_of(*(pill("d", version, "0001-0001", strength=one) for one in strengths))

    assert not diff(kit(1, "5 MG", "10 MG"), kit(2, "10 MG", "5 MG"))
