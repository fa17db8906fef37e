"""The living US source: Structured Product Labeling (SPL) as DailyMed publishes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rxmm.catalog.sources import Report, Row, Source
from rxmm.catalog.sources.spl_archive import documents
from rxmm.catalog.sources.spl_document import pills, provenance
from rxmm.catalog.sources.spl_xml import UnusableError, parse


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read an .xml document, a .zip of them or of zips of them, or a folder of both.

    A document that cannot be used, or is older than one of its set read before, is left out.  The
    rows of an older one read earlier are out already: `newest` drops them.

    Raises:
        CatalogError: there is no such path, or nothing of this kind.
    """
    read_before: dict[str, tuple[int, str]] = {}
    for where, document in documents(path, report):
        report.rows_in += 1
        try:
            root = parse(document)
            facts = provenance(root)
        except UnusableError as error:
            line = f", line {error.line}" if error.line else ""
            report.reject(f"{where}{line}", str(error))
            continue
        age = _age(facts)
        if age <= read_before.get(facts["document"], (-1, "")):
            report.reject(where, "older than a document of its set read before, or the same")
            continue
        read_before[facts["document"]] = age
        yield from pills(root, where, report)


def newest(rows: Iterable[Row]) -> list[Row]:
    """Of each document of each source the rows of the newest version, in the order of ``rows``."""
    listed = list(rows)
    latest: dict[tuple[str, str], tuple[int, str]] = {}
    for row in listed:
        key = row["source"], row["document"]
        latest[key] = max(_age(row), latest.get(key, (-1, "")))
    return [row for row in listed if _age(row) == latest[row["source"], row["document"]]]


def _age(row: Row) -> tuple[int, str]:
    """Version, as a number where it is one, and date: the greater, the newer."""
    version = row["document_version"]
    return int(version) if version.isdecimal() else 0, row["document_date"]


SOURCE = Source(
    title="DailyMed Structured Product Labeling (US National Library of Medicine, FDA)",
    licence="facts that labelers file with the FDA, published by NLM without restriction",
    country="US",
    document="",
    read=read,
    notes=(
        "Both faces of a pill are listed together; which segment is on which face is not recorded.",
        "Whether an imprint is pressed in or printed, and its ink, are not recorded.",
        "Facts are as labelers file them: a repackager's document names the repackager and may "
        "be older than the pill it describes.",
        "A part of a kit without a name, NDC or packages of its own has those of the kit.",
        "An ingredient is named as the substance in the pill; its amount is the one on the label, "
        "of some salts that of the active moiety.",
        "Left out: products that are neither tablets, capsules nor the like, and pills of which "
        "no looks are recorded, most of them not prescribed.",
    ),
)
