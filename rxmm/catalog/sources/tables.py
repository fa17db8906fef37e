"""Published CSV tables of any separator and encoding, read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from rxmm.catalog.sources import Report
from rxmm.errors import CatalogError

UTF8 = "utf-8-sig"
_BLOCK = 1 << 20


class Layout(NamedTuple):
    """How the values of a table are kept apart.

    Attributes:
        separator: one character.
        quoted: whether a value may stand in quotes.
    """

    separator: str = ","
    quoted: bool = True


def read_rows(
    path: Path,
    needed: Collection[str],
    report: Report,
    *,
    layout: Callable[[str], Layout] = lambda heading: Layout(),
    encodings: Sequence[str] = (UTF8,),
    rename: Callable[[str], str] = str,
) -> Iterator[dict[str, str]]:
    """The rows of a table as text with single spaces, counted in ``report``.

    A row with more values than columns is rejected, one with fewer lacks the last.

    Args:
        needed: columns that have to be there.
        layout: of the table with this first line.
        encodings: the first in which the whole file can be read counts.
        rename: what a column is called here.

    Raises:
        CatalogError: not a readable table, or without a needed column.
    """
    try:
        encoding, size = _encoding(path, encodings), path.stat().st_size
        with path.open("rb") as file:
            lines = io.TextIOWrapper(file, encoding=encoding, newline="")
            first = lines.readline()
            separator, quoted = layout(first)
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
            names = next(csv.reader([first], delimiter=separator, quoting=quoting), [])
            columns = [rename(" ".join(name.split())) for name in names]
            missing = [name for name in needed if name not in columns]
            if missing:
                raise CatalogError(
                    f"{path} lacks the column(s) {', '.join(missing)}: is it this source's table?"
                )
            for values in csv.reader(lines, delimiter=separator, quoting=quoting):
                if not any(values):
                    continue
                report.rows_in += 1
                report.progress(file.tell(), size)
                texts = [" ".join(value.split()) for value in values]
                if any(texts[len(columns) :]):
                    report.reject(f"row {report.rows_in}", "more values than columns")
                    continue
                yield dict.fromkeys(columns, "") | dict(zip(columns, texts, strict=False))
    except (OSError, csv.Error) as error:
        raise CatalogError(f"{path} cannot be read as a CSV table: {error}") from error


def _encoding(path: Path, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            with path.open(encoding=encoding) as file:
                while file.read(_BLOCK):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise CatalogError(f"{path} is not text in {' or '.join(encodings)}.")
