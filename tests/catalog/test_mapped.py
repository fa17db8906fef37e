"""Anybody's table, with a map of its columns."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rxmm.catalog.build import build, rows_of
from rxmm.catalog.merge import merge
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.mapped import read, source_of
from rxmm.catalog.table import Catalog
from rxmm.catalog.update import update
from rxmm.catalog.validate import problems
from rxmm.errors import CatalogError

MAP = """
title: Hausliste
licence: CC0
country: de
separator: ";"
encoding: cp1252
columns:
  imprint: [Vorne, Hinten]
  name: [Produkt, Zusatz]
  color: {column: Farbe, values: {weiß: WHITE, gelb: YELLOW, Ohne: ""}}
  shape: {column: Form, values: {rund: ROUND, oblong: CAPSULE}}
  score: {column: Kerbe, values: {keine: 1, Kreuz: 4}}
  size_mm: Länge
  imprint_type: {column: Art, values: {geprägt: DEBOSSED}}
  licence: Zulassung
  ndc: NDC
  ingredients: Wirkstoffe
  discontinued: Ende
"""
HEADING = "Produkt;Zusatz;Vorne;Hinten;Farbe;Form;Kerbe;Länge;Art;Zulassung;NDC;Wirkstoffe;Ende"

Read = Callable[..., tuple[list[Row], Report]]


@pytest.fixture
def table(tmp_path: Path) -> Read:
    """Read these lines of a table by this map."""

    def read_lines(*lines: str, said: str = MAP) -> tuple[list[Row], Report]:
        path, report = tmp_path / "pills.csv", Report()
        path.write_text("\n".join([HEADING, *lines]), encoding="cp1252")
        (tmp_path / "pills.columns.yaml").write_text(said, encoding="utf-8")
        return list(read(path, report)), report

    return read_lines


def test_a_row(table: Read) -> None:
    (row,), report = table(
        'Aspirin 500 mg;forte;BAYER;"A; 500";Weiß/gelb;Rund;Kreuz;12,5 mm;geprägt;123.00;'
        "0002-3228;;2020-12-31"
    )
    assert {name: value for name, value in row.items() if value not in ("", None)} == {
        "imprint": "BAYER;A;500",
        "color": "WHITE;YELLOW",
        "shape": "ROUND",
        "score": 4,
        "size_mm": 12.5,
        "imprint_type": "DEBOSSED",
        "name": "Aspirin 500 mg · forte",
        "strength": "500 MG",
        "licence": "123.00",
        "ndc": "0002-3228",
        "discontinued": "2020-12-31",
    }
    assert not report.rejected


def test_words_of_the_fda_need_no_map(table: Read) -> None:
    (row,), _ = table("A;;X;;red|BLUE;oval;2;;;;;;")
    assert (row["color"], row["shape"], row["score"]) == ("RED;BLUE", "OVAL", 2)


@pytest.mark.parametrize(
    ("line", "where", "why"),
    [
        ("A;;X;;mauve;;;;;;;;", "row 1: 'MAUVE' is not an FDA color.", "color not understood"),
        ("A;;X;;;eckig;;;;;;;", "row 1: 'ECKIG' is not an FDA shape.", "shape not understood"),
        ("A;;X;;;;eine;;;;;;", "row 1: 'eine' is not a number.", "score not understood"),
        ("A;;X;;;;;lang;;;;;", "row 1: 'lang' is no length in mm", "size_mm not understood"),
        ("A;;X;;;;;;gemalt;;;;", "row 1: 'GEMALT' is not DEBOSSED", "imprint_type not understood"),
        ("A;;X;;;;;;;;12-3;;", "row 1: '12-3' is no NDC", "ndc not understood"),
        ("A;;X;;;;;;;;;;bald", "row 1: 'bald' is not a date", "discontinued not understood"),
        (";;X;;;;;;;;;;", "row 1", "no name"),
        ("A;;;;ohne;;1;8;;;;;", "row 1", "neither imprint, colour nor shape"),
    ],
)
def test_what_is_left_out(table: Read, line: str, where: str, why: str) -> None:
    rows, report = table(line, "B;;Y;;;;;;;;;;")
    assert [row["name"] for row in rows] == ["B"]
    ((found, reason),) = report.rejects
    assert found.startswith(where)
    assert reason == why


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("", "the file should be a mapping"),
        ("[", "is not YAML"),
        ("[" * 900, "is not YAML"),
        ("day: 2021-99-99", "is not YAML"),
        ("columns: [a]", "columns should be a mapping"),
        ("columns: {name: Produkt}", "one of imprint, color, shape"),
        ("columns: {imprint: Vorne}", "where name and"),
        ("columns: {name: Produkt, imprint: Vorne, colour: Farbe}", "colour is no column of the"),
        ("columns: {name: Produkt, imprint: Vorne, source: Farbe}", "source is no column of the"),
        ("columns: {name: Produkt, imprint: []}", "imprint names no column"),
        ("columns: {name: Produkt, imprint: {values: {}}}", "imprint has a value that is no text"),
        ("columns: {name: Produkt, imprint: {colum: A}}", "colum is no setting of imprint"),
        ("columns: {name: Produkt, imprint: yes}", "put yes, no, on and off in quotes"),
        ("encoding: cp1252\ncolumns: {name: Produkt, imprint: Seite}", "lacks the column.*Seite"),
        (
            "columns: {name: Produkt, imprint: Vorne, color: {column: Farbe, values: {a: MAUVE}}}",
            "has color a: 'MAUVE' is not an FDA color",
        ),
        ("country: NO\ncolumns: {name: Produkt, imprint: Vorne}", "in quotes"),
        ("country: DEU\ncolumns: {name: Produkt, imprint: Vorne}", "not two letters"),
        ("separator: '||'\ncolumns: {name: Produkt, imprint: Vorne}", "not one character"),
        ("encoding: cp0\ncolumns: {name: Produkt, imprint: Vorne}", "'cp0' is not known"),
        ("encoding: hex\ncolumns: {name: Produkt, imprint: Vorne}", "'hex' is not known"),
        ("encoding: undefined\ncolumns: {name: Produkt, imprint: Vorne}", "is not known"),
        ("sep: ';'\ncolumns: {name: Produkt, imprint: Vorne}", "sep is no setting"),
        ("a: &a [x]\nb: &b [*a, *a]\ncolumns: *b", "a, b is no setting"),
        ("!!python/object/apply:os.getcwd []", "is not YAML"),
    ],
)
def test_a_map_that_cannot_be_used(table: Read, said: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        table("A;;X;;;;;;;;;;", said=said)


def test_a_table_needs_a_map(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"columns\.yaml cannot be read.*docs/CATALOGUE\.md"):
        list(read(tmp_path / "pills.csv", Report()))


def test_the_catalogue_is_sound(table: Read, tmp_path: Path) -> None:
    table("A;;X;;weiß;rund;1;8;;1;;;", "B;;;;gelb;;;;;2;;;")
    catalog = build("csv", tmp_path / "pills.csv", tmp_path / "own.parquet")
    assert not problems(catalog)
    assert [product.source for product in catalog.appearance(1).products] == ["csv"]


def test_the_map_describes_the_source(table: Read, tmp_path: Path) -> None:
    table()
    source = source_of(tmp_path / "pills.csv")
    assert (source.title, source.licence, source.country) == ("Hausliste", "CC0", "DE")
    assert source.document == "Hausliste"
    table(said="separator: ';'\nencoding: cp1252\ncolumns: {name: Produkt, imprint: Vorne}")
    source = source_of(tmp_path / "pills.csv")
    assert (source.title, source.country) == ("A table with a column map", "ZZ")
    assert source.document == "pills"


def test_two_tables_are_two_documents_and_one_of_the_same_title_is_a_newer_edition(
    table: Read, tmp_path: Path
) -> None:
    def built(*lines: str, said: str, out: str) -> Catalog:
        table(*lines, said=said)
        return build("csv", tmp_path / "pills.csv", tmp_path / out, date="2026-01-01")

    one = built("A;;X;;;;;;;1;;;", "B;;Y;;;;;;;2;;;", said=MAP, out="one.parquet")
    two = built("C;;Z;;;;;;;3;;;", said=MAP.replace("Haus", "Stations"), out="two.parquet")
    assert sorted(row["name"] for row in merge([one, two], "x").rows()) == ["A", "B", "C"]
    table("A;;X;;;;;;;1;;;")
    path = tmp_path / "pills.csv"
    arriving = rows_of(source_of(path), path, Report(), date="2026-02-01")
    both = merge([one, two], "x")
    new = update(both, arriving, Report(), title="Hausliste", today="2026-03-01")
    ended = {row["name"]: row["discontinued"] for row in new.rows()}
    assert ended == {"A": "", "B": "2026-02-01", "C": ""}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(max_size=80))
def test_any_map_is_used_or_refused(table: Read, said: str) -> None:
    try:
        rows, _ = table("A;;X;;;;;;;;;;", said=said)
    except CatalogError:
        return
    assert [row["name"] for row in rows] == ["A"]


def test_lengths_are_the_longest_in_millimetres(table: Read) -> None:
    rows, report = table("A;;X;;;;;1,2 cm;;;;;", "B;;Y;;;;;5 x 12 mm;;;;;", "C;;Z;;;;;1 in;;;;;")
    assert [(row["name"], row["size_mm"]) for row in rows] == [("A", 12.0), ("B", 12.0)]
    assert report.rejected == {"size_mm not understood": 1}


def test_a_whole_cell_may_be_a_word_of_the_map(table: Read) -> None:
    said = MAP.replace("Ohne:", "weiß/klar: WHITE, Ohne:")
    rows, _ = table("A;;X;;weiß/klar;;;;;;;;", "B;;Y;;weiß/gelb;;;;;;;;", said=said)
    assert [row["color"] for row in rows] == ["WHITE", "WHITE;YELLOW"]
