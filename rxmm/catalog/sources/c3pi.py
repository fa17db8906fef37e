"""The US table: NLM's Computational Photography Project for Pill Identification (C3PI)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rxmm.catalog.sources import Report, Row, Source, normalise
from rxmm.catalog.sources.tables import read_rows
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import VocabularyError

_COLUMNS = (
    "ndc11", "parts", "proprietary_name", "generic_name", "labeler", "imprint", "imprint_type",
    "imprint_color", "color", "shape", "score", "size_mm", "rxcui", "rxname",
)  # fmt: skip
_SIDES = re.compile(r" \(\d+ SIDED\)", re.IGNORECASE)


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read the C3PI pill table: one row per pill of a product, kits having several.

    Raises:
        CatalogError: not that table.
    """
    for row in read_rows(path, _COLUMNS, report):
        if not re.fullmatch(r"\d{11}", row["ndc11"]):
            report.reject(row["ndc11"], "NDC is not 11 digits")
            continue
        try:
            colors = [Color.parse(part) for part in row["color"].split(";") if part]
            ink = [Color.parse(part) for part in row["imprint_color"].split(";") if part]
            shape = Shape.parse(_SIDES.sub("", row["shape"])) if row["shape"] else ""
        except VocabularyError:
            report.reject(row["ndc11"], "colour or shape outside the FDA vocabulary")
            continue
        pieces, mm = normalise.number(row["score"]), normalise.number(row["size_mm"])
        changes = {
            "score that is no number dropped": pieces is None and row["score"] != "",
            "size that is no number dropped": mm is None and row["size_mm"] != "",
            "shape written with its number of sides, e.g. PENTAGON (5 SIDED)": "SIDED"
            in row["shape"].upper(),
            "RxCUI 0 dropped": row["rxcui"] == "0",
            "generic name ? dropped": row["generic_name"] == "?",
        }
        report.normalised.update(what for what, applies in changes.items() if applies)
        ndc = row["ndc11"]
        in_a_kit = row["parts"] not in ("", "1")
        yield normalise.product(
            imprint=normalise.segments(row["imprint"].split(";")),
            color=normalise.colors(colors, report),
            shape=str(shape),
            score=normalise.score(pieces, report),
            size_mm=normalise.size(mm, report),
            imprint_type=row["imprint_type"],
            imprint_color=";".join(ink[:1]),
            name=row["proprietary_name"],
            generic=row["generic_name"].strip("?"),
            strength="" if in_a_kit else normalise.strength(row["rxname"], row["proprietary_name"]),
            labeler=row["labeler"],
            ndc=f"{ndc[:5]}-{ndc[5:9]}-{ndc[9:]}",
            rxcui=row["rxcui"].strip("0") and row["rxcui"],
        )


SOURCE = Source(
    name="c3pi",
    title="NLM C3PI / RxIMAGE pill table (US National Library of Medicine)",
    licence="US government work, public domain",
    country="US",
    document="pill table",
    read=read,
    notes=(
        "Both faces of a pill are listed together; which segment is on which face is not recorded.",
        'A decimal point is often a segment border: "2;5" stands for 2.5.',
        "NDCs are padded to 11 digits, 5-4-2; the segments are kept as strings.",
        "Strength is taken from the RxNorm name, else from the product's name; pills of a kit "
        "have none, because the kit's name does not say which pill is which.",
        "The table was gathered until about 2016: labelers and products have changed since.",
    ),
)
