"""The living US source: Structured Product Labeling (SPL) as DailyMed publishes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rxmm.catalog.sources import Report, Row, Source
from rxmm.catalog.sources.spl_archive import documents
from rxmm.catalog.sources.spl_document import pills
from rxmm.catalog.sources.spl_xml import UnusableError, parse


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read an .xml document, a .zip of them or of zips of them, or a folder of both.

    A document that cannot be used is left out.

    Raises:
        CatalogError: there is no such path, or nothing of this kind.
    """
    for where, document in documents(path, report):
        report.rows_in += 1
        try:
            yield from pills(parse(document), where, report)
        except UnusableError as error:
            line = f", line {error.line}" if error.line else ""
            report.reject(f"{where}{line}", str(error))


SOURCE = Source(
    name="spl",
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
