"""Importing again: newer documents replace older ones, and what is gone is marked, not forgotten.

The unit is a document, (country, source, document): an SPL, or the whole of a published table.  A
person may hold a pill long after it left the market, so its row stays, with the day it was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rxmm.catalog.build import group
from rxmm.catalog.sources import Row
from rxmm.catalog.table import Catalog

Unit = tuple[str, str, str]


@dataclass
class Documents:
    """The rows of an import by document, of each document the newest version.

    Attributes:
        rows: of each document; none where it lists no pill any more.
        superseded: rows of older versions that were left out.
    """

    rows: dict[Unit, list[Row]] = field(default_factory=dict)
    superseded: int = 0

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Documents:
        """Sort rows by document."""
        documents = cls()
        for row in rows:
            known = documents.rows.setdefault(_unit(row), [])
            if known and is_newer(known[0], row):
                documents.superseded += 1
                continue
            if known and is_newer(row, known[0]):
                documents.superseded += len(known)
                known.clear()
            known.append(row)
        return documents

    def all_rows(self) -> list[Row]:
        """Every row, documents in the order in which they came."""
        return [row for rows in self.rows.values() for row in rows]


def update(
    catalog: Catalog, documents: Documents, *, today: str, complete: bool = False
) -> Catalog:
    """The catalogue with these documents in it.

    A document replaces its own older version; what that listed and this one does not is marked as
    discontinued.  Appearances keep their ids.

    Args:
        documents: what was imported.
        today: ISO date for what is missed in a document without a date of its own.
        complete: whether the import is all that its sources have, so that documents that are not
            in it have been withdrawn.
    """
    standing: dict[Unit, Row] = {}
    for row in catalog.rows():
        known = standing.get(_unit(row))
        if known is None or is_newer(row, known):
            standing[_unit(row)] = row
    arrived = {
        unit: rows
        for unit, rows in documents.rows.items()
        if unit not in standing or not is_newer(standing[unit], rows[0])
    }
    listed = {unit: {product_key(row) for row in rows} for unit, rows in arrived.items()}
    sources = {unit[:2] for unit in documents.rows}
    kept: list[Row] = []
    for row in catalog.rows():
        unit = _unit(row)
        if unit not in documents.rows:
            kept.append(_missed(row, today) if complete and unit[:2] in sources else row)
        elif unit not in arrived:
            kept.append(row)
        elif product_key(row) not in listed[unit]:
            kept.append(_missed(row, arrived[unit][0]["document_date"] or today))
    rows = [*kept, *(row for rows in arrived.values() for row in rows)]
    return Catalog(group(rows), name=catalog.name, country=catalog.country, source=catalog.source)


def is_newer(row: Row, other: Row) -> bool:
    """Whether a row is of a newer version of its document than another row of that document.

    Versions that are numbers are compared, then dates; of tables only the date tells.
    """
    return _order(row) > _order(other)


def product_key(row: Row) -> tuple[str, str]:
    """What a product is known by within its document: its number, otherwise its name."""
    return row["ndc"] or row["licence"], "" if row["ndc"] or row["licence"] else row["name"]


def _unit(row: Row) -> Unit:
    return row["country"], row["source"], row["document"]


def _order(row: Row) -> tuple[int, str]:
    version = row["document_version"]
    return int(version) if version.isdecimal() and len(version) < 7 else 0, row["document_date"]


def _missed(row: Row, day: str) -> Row:
    return row if row["discontinued"] else row | {"discontinued": day}
