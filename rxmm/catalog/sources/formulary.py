"""A user's own table of pills, in plain words and edited by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rxmm._files import printable
from rxmm.catalog.search import SearchQuery
from rxmm.catalog.sources import Report, Row, Source, normalise
from rxmm.catalog.sources.tables import read_rows
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import CatalogError, InputError

COLUMNS = ("imprint", "color", "shape", "name")
OPTIONAL = ("score", "size_mm")

_Number = TypeVar("_Number", int, float)


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read such a table; further columns are ignored.

    It is its reader's own and can be mended, so that no row is left out.

    Raises:
        CatalogError: not such a table, or a row that cannot be used; the message names its line.
    """
    for row in read_rows(path, COLUMNS, report):
        try:
            yield parse(row)
        except InputError as error:
            raise CatalogError(f"Line {report.line} of {path}: {error}") from error
    if report.rejects:
        where, why = report.rejects[0]
        raise CatalogError(f"{path}, {where}: {why}. Put a text with a comma in quotes.")


def source_of(path: Path) -> Source:
    """`SOURCE` with the formulary's own name, that of its folder."""
    return replace(SOURCE, document=printable(path.resolve().parent.name))


def parse(row: Mapping[str, str]) -> Row:
    """A row of such a table as columns of a catalogue.

    Raises:
        InputError: no name, nothing of its looks, or a value that no pill has.
    """
    pill, name = look(row), " ".join(row["name"].split())
    if not name:
        raise InputError("A pill needs a name.")
    return normalise.product(
        imprint=pill.imprint,
        color=";".join(dict.fromkeys(pill.colors)),
        shape=pill.shape.value if pill.shape else "",
        score=pill.score,
        size_mm=pill.size_mm,
        name=name,
        strength=normalise.strength(name),
    )


def look(row: Mapping[str, str]) -> SearchQuery:
    """What a row says of the pill's looks.

    Raises:
        InputError: neither imprint nor colour nor shape, or a value that no pill has.
    """
    pill = SearchQuery(
        imprint=";".join(_parts(row["imprint"])),
        colors=tuple(map(Color.parse, _parts(row["color"]))),
        shape=Shape.parse(row["shape"]) if row["shape"].strip() else None,
        score=_number(int, row.get("score", "")),
        size_mm=_number(float, row.get("size_mm", "")),
    )
    if not (pill.imprint or pill.colors or pill.shape):
        raise InputError("Nothing is said of the pill's looks: give its imprint, color or shape.")
    return pill


def _parts(text: str) -> list[str]:
    """The parts of a joined field, with single spaces and none around; empty ones do not count."""
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


def _number(kind: Callable[[str], _Number], text: str) -> _Number | None:
    try:
        return kind(text) if text.strip() else None
    except ValueError:
        raise InputError(
            f"{text!r} is not a number: a score is one of 1 to 8, a size a number of mm."
        ) from None


SOURCE = Source(
    name="formulary",
    title="A formulary of the user's own",
    licence="the user's",
    country="ZZ",  # ISO 3166 leaves it to users
    document="pills.csv",
    read=read,
    notes=("A person wrote these facts down; colours and shapes are in the FDA's words.",),
)
