"""Reading published tables: separators, encodings, quotes and ragged rows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.sources import Report
from rxmm.catalog.sources.tables import Layout, read_rows
from rxmm.errors import CatalogError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "published.csv"


def test_separator_encoding_and_names(table: Path) -> None:
    table.write_bytes('Farbe;"Name; lang"\nweiß;" A   B "\n;\nblau\n'.encode("cp1252"))
    report = Report()
    rows = list(
        read_rows(
            table,
            ["FARBE"],
            report,
            layout=lambda heading: Layout(";"),
            encodings=("utf-8-sig", "cp1252"),
            rename=str.upper,
        )
    )
    assert rows == [
        {"FARBE": "weiß", "NAME; LANG": "A B"},
        {"FARBE": "blau", "NAME; LANG": ""},
    ]
    assert report.rows_in == 2


def test_quotes_may_be_plain_characters(table: Path) -> None:
    table.write_text('a,b\n"C5" on it,1\n"open,2\n')
    rows = read_rows(table, (), Report(), layout=lambda heading: Layout(quoted=False))
    assert [row["a"] for row in rows] == ['"C5" on it', '"open']


def test_a_row_with_too_many_values_is_left_out(table: Path) -> None:
    table.write_text("a,b\n1,2,3\n1,2,,\n")
    report = Report()
    assert list(read_rows(table, (), report)) == [{"a": "1", "b": "2"}]
    assert report.rejects == [("row 1", "more values than columns")]


def test_the_line_of_a_row_counts_empty_lines(table: Path) -> None:
    table.write_text('a,b\n\n1,2\n,\n"3\n",4\n5,6\n')
    report = Report()
    assert [report.line for _ in read_rows(table, (), report)] == [3, 6, 7]


def test_empty_names_may_repeat(table: Path) -> None:
    table.write_text("a,,\n1,,\n")
    assert [row["a"] for row in read_rows(table, (), Report())] == ["1"]


def test_progress_reaches_the_end(table: Path) -> None:
    table.write_text("a\n" + "value\n" * 50_000)
    seen: list[tuple[int, int]] = []
    report = Report(progress=lambda done, total: seen.append((done, total)))
    assert len(list(read_rows(table, (), report))) == 50_000
    assert seen[-1] == (table.stat().st_size,) * 2
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the column"),
        (b"b,c\n1,2\n", "lacks the column.s. a; it has b, c. Is it"),
        (b"a;b\n1;2\n", "it has only 'a;b'. Separate the columns with commas"),
        (b"a\tb\n1\t2\n", "it has only 'a b'. Separate the columns with commas"),
        (b"a\n\xff\xfe\n", "is not text in UTF-8. Save it as CSV UTF-8"),
        (b"a,b, b \n1,2,3\n", "more than one column b"),
        (b'a\n"' + b"x" * 200_000, "cannot be read as a CSV"),
    ],
)
def test_another_file_is_refused(table: Path, content: bytes, message: str) -> None:
    table.write_bytes(content)
    with pytest.raises(CatalogError, match=message):
        list(read_rows(table, ["a"], Report()))


def test_an_absent_file_is_refused(table: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        list(read_rows(table, ["a"], Report()))


@given(content=st.binary(max_size=200))
def test_any_bytes_give_rows_or_one_error(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"a,b\n" + content)
    report = Report()
    try:
        rows = list(read_rows(path, ["a"], report))
    except CatalogError:
        return
    assert len(rows) + report.rejected.total() == report.rows_in
    assert all(set(row) == {"a", "b"} for row in rows)
