"""Where rows stand: a document, an SPL or the whole of a published table, in one version."""

from __future__ import annotations

from collections.abc import Iterable

from rxmm.catalog.sources import Row

Unit = tuple[str, str, str]
"""Country, source and document: what a newer version replaces as a whole."""


def by_document(rows: Iterable[Row]) -> dict[Unit, list[Row]]:
    """Rows by document, of each document the newest version, of equals the last to come."""
    documents: dict[Unit, list[Row]] = {}
    for row in rows:
        known = documents.setdefault(unit_of(row), [])
        if known and row["document_version"] != known[0]["document_version"]:
            if is_newer(known[0], row):
                continue
            known.clear()
        known.append(row)
    return documents


def is_newer(row: Row, other: Row) -> bool:
    """Whether a row is of a newer version of its document than another row of that document.

    Versions that are numbers are compared, then dates; of tables only the date tells.  Of two of
    which one has no date neither is newer: what arrives later stands.
    """
    number, known = _number(row), _number(other)
    if number != known:
        return number > known
    date, before = str(row["document_date"]), str(other["document_date"])
    return date > before != ""


def newest(rows: Iterable[Row]) -> dict[Unit, Row]:
    """A row of the newest version of each document."""
    found: dict[Unit, Row] = {}
    for row in rows:
        known = found.get(unit_of(row))
        if known is None or is_newer(row, known):
            found[unit_of(row)] = row
    return found


def product_key(row: Row) -> tuple[str, str]:
    """What a product is known by within its document: its number, otherwise its name."""
    return row["ndc"] or row["licence"], "" if row["ndc"] or row["licence"] else row["name"]


def unit_of(row: Row) -> Unit:
    """The document of a row."""
    return row["country"], row["source"], row["document"]


def _number(row: Row) -> int:
    version = row["document_version"]
    return int(version) if version.isdecimal() and len(version) < 7 else 0
