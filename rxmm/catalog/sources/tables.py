"""Published CSV tables of any separator and encoding, read row by row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from rxmm.catalog.sources import Report
from rxmm.errors import CatalogError

if TYPE_CHECKING:
    import _csv

UTF8 = "utf-8-sig"
_BLOCK = 1 << 20
_MOST_NAMED = 12
"""Columns of a table that a message lists."""


class Layout(NamedTuple):
    """How the values of a table are kept apart.

    Attributes:
        separator: one character.
        quoted: whether a value may stand in quotes.
    """

    separator: str = ","
    quoted: bool = True


def _plain(value: str) -> str:
    return " ".join(value.split())


def read_rows(
    path: Path,
    needed: Collection[str],
    report: Report,
    *,
    layout: Callable[[str], Layout] = lambda heading: Layout(),
    encodings: Sequence[str] = (UTF8,),
    rename: Callable[[str], str] = str,
    tidy: Callable[[str], str] = _plain,
) -> Iterator[dict[str, str]]:
    """The rows of a table as text, counted in ``report``; empty lines are none.

    A row with more values than columns is rejected, one with fewer lacks the last.

    Args:
        needed: columns that have to be there.
        layout: of the table with this first line.
        encodings: the first in which the whole file can be read counts.
        rename: what a column is called here.
        tidy: what is made of each value; by default its spaces become single ones.

    Raises:
        CatalogError: not a readable table, without a needed column, or with two of one name.
    """
    try:
        encoding, size = _encoding(path, encodings), path.stat().st_size
        with path.open("rb") as file:
            lines = io.TextIOWrapper(file, encoding=encoding, newline="")
            heading = lines.readline()
            form = layout(heading)
            names = _names(heading, form)
            if twice := [name for name, times in Counter(names).items() if name and times > 1]:
                raise CatalogError(
                    f"{path} has more than one column {', '.join(twice)}: name each differently."
                )
            columns = [rename(name) for name in names]
            missing = [name for name in needed if name not in columns]
            if missing:
                told = f"{path} lacks the column(s) {', '.join(missing)}; {_has(names, heading)}"
                raise CatalogError(told)
            reader = _reader(lines, form)
            for values in reader:
                texts = [tidy(value) for value in values]
                if not any(texts):
                    continue
                report.rows_in += 1
                report.line = reader.line_num + 1
                report.progress(file.tell(), size)
                if any(texts[len(columns) :]):
                    report.reject(f"row {report.rows_in}", "more values than columns")
                    continue
                yield dict.fromkeys(columns, "") | dict(zip(columns, texts, strict=False))
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror or error}.") from error
    except csv.Error as error:
        raise CatalogError(f"{path} cannot be read as a CSV table: {error}.") from error


def _has(names: Sequence[str], heading: str) -> str:
    """Which columns a table has instead of those that are looked for, and why that may be."""
    if len(names) == 1 and any(separator in heading for separator in ";\t|"):
        return f"it has only {names[0]!r}. Separate the columns with commas."
    named = ", ".join([name for name in names if name][:_MOST_NAMED])
    return f"it has {named or 'none'}. Is it the right table?"


def with_row(table: str, row: Mapping[str, str]) -> str:
    """The text of a table separated by commas, and a further row; what is there stays as it is.

    The heading alone gets longer, by the columns that it lacks and the row fills.
    """
    first = io.StringIO(table, newline="").readline()
    heading = first.rstrip("\r\n")
    end = first.removeprefix(heading) or "\n"
    columns = _names(heading.removeprefix("\ufeff"), Layout())
    lacking = [name for name, value in row.items() if value and name not in columns]
    rows = table.removeprefix(first)
    if rows and not rows.endswith(("\r", "\n")):
        rows += end
    added = io.StringIO()
    csv.writer(added, lineterminator=end).writerow(row.get(n, "") for n in (*columns, *lacking))
    return ",".join([heading, *lacking]) + end + rows + added.getvalue()


def _reader(lines: Iterable[str], form: Layout) -> _csv.Reader:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if form.quoted else csv.QUOTE_NONE
    return csv.reader(lines, delimiter=form.separator, quoting=quoting)


def _names(heading: str, form: Layout) -> list[str]:
    return [_plain(name) for name in next(_reader([heading], form), [])]


def _encoding(path: Path, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            with path.open(encoding=encoding) as file:
                while file.read(_BLOCK):
                    pass
            return encoding
        except UnicodeError:
            continue
    known = " or ".join("UTF-8" if name == UTF8 else name for name in encodings)
    raise CatalogError(f"{path} is not text in {known}. Save it as CSV UTF-8.")
