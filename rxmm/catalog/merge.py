"""Several catalogues as one."""

from __future__ import annotations

from collections.abc import Sequence

from rxmm.catalog.documents import Unit, is_newer, newest, unit_of
from rxmm.catalog.group import group
from rxmm.catalog.sources import Row
from rxmm.catalog.table import Catalog
from rxmm.errors import CatalogError


def merge(catalogs: Sequence[Catalog], name: str) -> Catalog:
    """One catalogue of all products; each keeps its regulator, source and document.

    Pills that look the same are one appearance, whatever their countries, with the id that the
    first catalogue gives it.  Of a document that several have, the newest version counts, of equals
    that of the last catalogue.

    Raises:
        CatalogError: fewer than two catalogues.
    """
    if len(catalogs) < 2:
        raise CatalogError(f"Merging takes at least two catalogues, not {len(catalogs)}.")
    rows = [catalog.rows() for catalog in catalogs]
    chosen: dict[Unit, tuple[Row, int]] = {}  # of each document: how new, and whose
    for number, own in enumerate(rows):
        for unit, row in newest(own).items():
            if unit not in chosen or not is_newer(chosen[unit][0], row):
                chosen[unit] = row, number
    return Catalog(
        group(
            (r for n, own in enumerate(rows) for r in own if chosen[unit_of(r)][1] == n),
            (name for catalog in catalogs for name in catalog.appearances["appearance_id"]),
        ),
        name=name,
        country="+".join(dict.fromkeys(c for catalog in catalogs for c in catalog.countries)),
        source="; ".join(dict.fromkeys(catalog.source for catalog in catalogs)),
    )
