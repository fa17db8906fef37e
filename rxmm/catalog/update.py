"""Importing again: newer documents replace older ones, and what is gone is marked, not forgotten.

A person may hold a pill long after it left the market: its row stays, with the day it was missed.
"""

from __future__ import annotations

from collections.abc import Iterable

from rxmm.catalog.documents import Unit, by_document, is_newer, newest, product_key, unit_of
from rxmm.catalog.group import group
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.table import Catalog


def update(
    catalog: Catalog,
    arriving: Iterable[Row],
    report: Report,
    *,
    title: str,
    today: str,
    complete: bool = False,
) -> Catalog:
    """The catalogue with the documents of these rows in it.

    A document replaces its own older version; what that listed and this one does not is marked as
    discontinued.  Appearances keep their ids.

    Args:
        arriving: what was imported.
        report: told of each document of which the catalogue has a newer version.
        title: of their source, in words.
        today: ISO date for what is missed in a document without a date of its own.
        complete: whether the import is all that its sources have, so that documents that are not
            in it have been withdrawn.
    """
    rows, documents = catalog.rows(), by_document(arriving)
    known = newest(rows)
    arrived: dict[Unit, list[Row]] = {}
    for unit, new in documents.items():
        if unit in known and is_newer(known[unit], new[0]):
            report.reject(unit[-1], "the catalogue has a newer version of this document")
        else:
            arrived[unit] = new
    listed = {unit: {product_key(row) for row in new} for unit, new in arrived.items()}
    sources = {unit[:2] for unit in documents}
    kept: list[Row] = []
    for row in rows:
        unit = unit_of(row)
        if unit not in documents:
            kept.append(_missed(row, today) if complete and unit[:2] in sources else row)
        elif unit not in arrived:
            kept.append(row)
        elif product_key(row) not in listed[unit]:
            kept.append(_missed(row, arrived[unit][0]["document_date"] or today))
    kept += (row for new in arrived.values() for row in new)
    countries = [*catalog.countries, *(unit[0] for unit in arrived)]
    return Catalog(
        group(kept, catalog.appearances["appearance_id"]),
        name=catalog.name,
        country="+".join(dict.fromkeys(countries)),
        source="; ".join(dict.fromkeys([*catalog.source.split("; "), title])),
    )


def _missed(row: Row, day: str) -> Row:
    """The row, gone since this day at the latest."""
    return row if "" < row["discontinued"] <= day else row | {"discontinued": day}
