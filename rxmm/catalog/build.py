"""From a publisher's table to a catalogue and its data sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rxmm._files import replacing
from rxmm.catalog.data_sheet import data_sheet
from rxmm.catalog.documents import by_document
from rxmm.catalog.group import group
from rxmm.catalog.sources import (
    Report,
    Row,
    Source,
    c3pi,
    formulary,
    mapped,
    mfds,
    pillbox,
    spl,
    tfda,
)
from rxmm.catalog.table import Catalog
from rxmm.errors import CatalogError

SOURCES = {
    module.SOURCE.name: module.SOURCE
    for module in (c3pi, spl, pillbox, tfda, mfds, mapped, formulary)
}


def build(
    source_name: str,
    published: Path,
    out: Path,
    *,
    country: str = "",
    date: str = "",
    report: Report | None = None,
) -> Catalog:
    """Build the catalogue ``out`` (parquet); beside it its data sheet (``.md``) and, where anything
    was left out, what and why (``.rejects.csv``).

    Args:
        source_name: a key of `SOURCES`.
        published: the publisher's table, document, folder or archive.
        country: ISO 3166 alpha-2 code of the market, where it is not the publisher's.
        date: ISO date of a table that does not tell it.
        report: filled in while the import goes on.

    Raises:
        CatalogError: unknown source, or a file that is not that source's.
    """
    report = Report() if report is None else report
    source = find_source(source_name, published)
    arriving = rows_of(source, published, report, country=country, date=date)
    check_usable(arriving, published, report)
    rows = [row for document in by_document(arriving).values() for row in document]
    catalog = Catalog(group(rows), name=out.stem, country=rows[0]["country"], source=source.title)
    catalog.save(out)
    out.with_suffix(".changes.csv").unlink(missing_ok=True)  # of a catalogue that was there before
    write_reports(catalog, out, report, published, source)
    return catalog


def write_reports(
    catalog: Catalog,
    out: Path,
    report: Report | None = None,
    published: Path | None = None,
    source: Source | None = None,
) -> None:
    """Write the data sheet of a catalogue file beside it, and what its import left out.

    Args:
        report, published, source: of the last import, where it was made by one.
    """
    keys = catalog.products["source"].unique()
    sources = [SOURCES[key] for key in keys if key in SOURCES]
    if source:  # which describes a table of anybody's better than the registry does
        sources = [source if one.name == source.name else one for one in sources]
    sha256 = file_hash(published) if published and published.is_file() else ""
    sheet = data_sheet(catalog, sources, report, sha256)
    with replacing(out.with_suffix(".md")) as partial:
        partial.write_text(sheet, encoding="utf-8")
    rejects = out.with_suffix(".rejects.csv")
    rejects.unlink(missing_ok=True)
    if report and report.rejects:
        table = pd.DataFrame(report.rejects, columns=["where", "why"])
        with replacing(rejects) as partial:
            table.to_csv(partial, index=False)


def find_source(name: str, published: Path) -> Source:
    """The source of this name; of anybody's table, what the map or folder beside it says.

    Raises:
        CatalogError: there is none; the message lists those that are.
    """
    if name == "openfda":
        raise CatalogError(
            "openFDA's directory lists products without their looks, which make no catalogue. "
            "Import another source, then `rxmm catalog update CATALOG FILE --source openfda`."
        )
    if name not in SOURCES:
        raise CatalogError(f"No source {name!r}. Use one of: {', '.join(SOURCES)}.")
    source_of = {"csv": mapped.source_of, "formulary": formulary.source_of}.get(name)
    return source_of(published) if source_of else SOURCES[name]


def rows_of(
    source: Source, published: Path, report: Report, *, country: str = "", date: str = ""
) -> list[Row]:
    """The rows of a published file with their provenance; other arguments as `build`.

    Raises:
        CatalogError: it is not that source's.
    """
    shared = {"source": source.name, "country": country.upper() or source.country}
    if source.document:
        shared |= {"document": source.document, "document_date": date}
        shared["document_version"] = file_hash(published)[:12]
    return [row | shared for row in source.read(published, report)]


def check_usable(rows: Sequence[Row], published: Path, report: Report) -> None:
    """Refuse what brings nothing into a catalogue.

    Raises:
        CatalogError: no row is left; the message says why the first one was left out.
    """
    if not rows:
        first = "".join(f" First left out: {where}, {why}." for where, why in report.rejects[:1])
        raise CatalogError(f"{published} holds no usable row.{first}")


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        CatalogError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error}") from error
