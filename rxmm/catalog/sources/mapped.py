"""Anybody's CSV table of pills, with a map of its columns beside it: see `column_map`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rxmm._files import printable
from rxmm.catalog.ndc import Ndc
from rxmm.catalog.sources import Report, Row, Source, normalise
from rxmm.catalog.sources.column_map import Column, ColumnMap
from rxmm.catalog.sources.tables import Layout, read_rows
from rxmm.catalog.vocabulary import IMPRINT_TYPES, Color, Shape
from rxmm.errors import CatalogError, InputError

Words = list[str]


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read a table by its map; a row with a value that no pill has is left out.

    Raises:
        CatalogError: the table or its map cannot be used.
    """
    said = _map(path)
    needed = [name for column in said.columns.values() for name in column.names]
    rows = read_rows(
        path,
        needed,
        report,
        layout=lambda heading: Layout(said.separator),
        encodings=(said.encoding,),
    )
    for row in rows:
        facts: Row = {}
        try:
            for name, column in said.columns.items():
                facts[name] = _fact(name, column, row, report)
        except InputError as error:
            report.reject(f"row {report.rows_in}: {error}", f"{name} not understood")
            continue
        reason = normalise.without_looks(facts) if facts["name"] else "no name"
        if reason:
            report.reject(f"row {report.rows_in}", reason)
            continue
        strength = normalise.strength(facts["name"])
        yield normalise.product(**{"strength": strength} | facts)


def source_of(path: Path) -> Source:
    """`SOURCE` with the title, licence and country that the map of this table gives.

    The table is known by its title, so that a newer edition of it replaces it; without one, by the
    name of its file.

    Raises:
        CatalogError: the map cannot be used.
    """
    said = _map(path)
    return replace(
        SOURCE,
        title=said.title or SOURCE.title,
        licence=said.licence or "the user's",
        country=said.country.upper() or SOURCE.country,
        document=said.title or printable(path.stem),
    )


def _map(path: Path) -> ColumnMap:
    """The map of a table, its words checked against the catalogue's."""
    said = ColumnMap.beside(path, list(_READERS))
    for name, column in said.columns.items():
        for word, value in column.values.items():
            try:
                _READERS[name]([value] if value else [], Report())
            except InputError as error:
                raise CatalogError(f"The map of {path} has {name} {word}: {error}") from None
    return said


def _fact(name: str, column: Column, row: Mapping[str, str], report: Report) -> Any:
    """One fact of a row.

    Raises:
        InputError: no pill has it.
    """
    words = [word for source in column.names for word in _words(name, column, row[source])]
    return _READERS[name]([word for word in words if word], report)


def _words(name: str, column: Column, cell: str) -> Words:
    """The words of a cell, or all of it where the map knows that, as the map has them."""
    separators = _SEPARATORS.get(name)
    known = cell.strip().casefold() in column.values
    parts = re.split(separators, cell) if separators and not known else [cell]
    words = (part.strip() for part in parts)
    return [column.values.get(word.casefold(), word) for word in words]


def _colors(words: Words, report: Report) -> str:
    return normalise.colors([normalise.term(Color, word) for word in words], report)


def _shape(words: Words, report: Report) -> str:
    return str(normalise.term(Shape, words[0])) if words else ""


def _imprint_type(words: Words, report: Report) -> str:
    kind = "".join(words).upper()
    if kind not in ("", *IMPRINT_TYPES):
        raise InputError(f"{kind!r} is not {' or '.join(IMPRINT_TYPES)}.")
    return kind


def _score(words: Words, report: Report) -> int | None:
    return normalise.score(_number(words), report)


def _size(words: Words, report: Report) -> float | None:
    return normalise.size(normalise.millimetres(" ".join(words)), report)


def _number(words: Words) -> float | None:
    number = normalise.number(" ".join(words))
    if words and number is None:
        raise InputError(f"{words[0]!r} is not a number.")
    return number


def _ndc(words: Words, report: Report) -> str:
    return str(Ndc.parse(words[0])) if words else ""


def _day(words: Words, report: Report) -> str:
    day = normalise.iso_date(" ".join(words))
    if words and not day:
        raise InputError(f"{words[0]!r} is not a date such as 2021-01-28.")
    return day


def _list(words: Words, report: Report) -> str:
    return ";".join(words)


def _text(words: Words, report: Report) -> str:
    return " · ".join(dict.fromkeys(words))


_SEPARATORS = {
    "imprint": ";",
    "packages": ";",
    "ingredients": ";",
    "color": "[;,/|+]",
    "imprint_color": "[;,/|+]",
}
_READERS: dict[str, Callable[[Words, Report], Any]] = {
    "imprint": normalise.imprint,
    "color": _colors,
    "shape": _shape,
    "score": _score,
    "size_mm": _size,
    "imprint_type": _imprint_type,
    "imprint_color": _colors,
    "name": _text,
    "generic": _text,
    "strength": _text,
    "labeler": _text,
    "ndc": _ndc,
    "packages": _list,
    "licence": _text,
    "rxcui": _text,
    "dosage_form": _text,
    "ingredients": _list,
    "discontinued": _day,
}
"""Columns that a map may give → what makes their words a fact, or raises `InputError`."""

SOURCE = Source(
    name="csv",
    title="A table with a column map",
    licence="as its map says, the user's otherwise",
    country="ZZ",  # ISO 3166 leaves it to users
    document="table",
    read=read,
    notes=(
        "A map says which columns of the table mean what, and which words are the FDA's.",
        "Rows with a colour or shape outside the FDA's vocabularies are left out.",
    ),
)
