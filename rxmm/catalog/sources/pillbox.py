"""The NLM Pillbox table as it was published until January 2021: pills of US drug labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rxmm.catalog.ndc import Ndc
from rxmm.catalog.sources import Report, Row, Source, normalise
from rxmm.catalog.sources.tables import UTF8, Layout, read_rows
from rxmm.catalog.vocabulary import Color, Shape, Vocabulary
from rxmm.errors import InputError, VocabularyError

_COLUMNS = ("product_code", "medicine_name", "splimprint", "splcolor_text", "splshape_text")
_RENAMED = {"label_effective_time": "effective_time"}
_NO_IMPRINT = {"NONE", "NO IMPRINT", "N/A", "BLANK", "NULL"}
_CORRECTED = ("imprint", "color_text", "shape_text", "score", "size")
_JOINED = "[;,|/]"
_MOIETY = re.compile(r"\s*\[[^\]]*\]")
_WHOLE = re.compile(r"(\d)\.0+(?!\d)")


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read the table, comma- or tab-separated, of any year: one row per pill of a product.

    Raises:
        CatalogError: not that table.
    """
    rows = read_rows(
        path,
        _COLUMNS,
        report,
        layout=lambda heading: Layout("\t" if "\t" in heading else ","),
        encodings=(UTF8, "cp1252"),
        rename=_column,
    )
    for row in rows:
        where = row["product_code"] or f"row {report.rows_in}"
        try:
            ndc = Ndc.parse(row["product_code"])
        except InputError:
            report.reject(where, "product code is not an NDC")
            continue
        name = " · ".join(
            dict.fromkeys(filter(None, (row["medicine_name"], row.get("part_medicine_name"))))
        )
        look = _look(row, report)
        reason = _rejection(row, look, name)
        if reason:
            report.reject(where, reason)
            continue
        ingredients = _parts(_WHOLE.sub(r"\1", row.get("spl_strength", "")), ";")
        substances = (_MOIETY.sub("", part) for part in _parts(row.get("spl_ingredients", ""), ";"))
        rxcui = row.get("rxcui", "").removesuffix(".0")
        yield normalise.product(
            **look,
            name=name,
            generic=" / ".join(dict.fromkeys(substances)),
            strength=normalise.strength(" / ".join(ingredients), row.get("rxstring", ""), name),
            labeler=row.get("author", ""),
            ndc=str(ndc),
            rxcui=rxcui if rxcui.isascii() and rxcui.isdecimal() else "",
            ingredients=";".join(ingredients),
            document=row.get("setid") or f"NDC {ndc}",
            document_version=row.get("version_number", "").removesuffix(".0"),
            document_date=normalise.iso_date(row.get("effective_time", "")),
        )


def _column(heading: str) -> str:
    """The name of a column in the words of the data dictionary: SPLIMPRINT, created at, Enabled?"""
    plain = re.sub(r"\W+", "_", heading.lower()).strip("_")
    return _RENAMED.get(plain, plain)


def _rejection(row: dict[str, str], look: Row, name: str) -> str:
    """Why a row describes no pill, or "" when it does."""
    if row.get("enabled", "").lower() in ("false", "0", "no"):
        return "switched off by NLM"
    if not name:
        return "no name"
    return normalise.without_looks(look)


def _look(row: dict[str, str], report: Report) -> Row:
    """The pill's looks; what NLM corrected from a photograph stands before what the label says."""
    corrected = {fact: row.get(f"pillbox_{fact}", "") for fact in _CORRECTED}
    for fact, value in corrected.items():
        if value and value != row.get(f"spl{fact}", ""):
            report.normalised[f"{fact.removesuffix('_text')} as corrected by NLM"] += 1
    said = {fact: value or row.get(f"spl{fact}", "") for fact, value in corrected.items()}
    if said["imprint"].upper() in _NO_IMPRINT:
        report.normalised["imprint given as a word for none"] += 1
        said["imprint"] = ""
    colors = (corrected["color_text"], row.get("splcolor", ""), said["color_text"])
    shapes = (corrected["shape_text"], row.get("splshape", ""), said["shape_text"])
    return {
        "imprint": normalise.imprint(said["imprint"].split(";"), report),
        "color": _first_in_vocabulary(Color, colors, report),
        "shape": _first_in_vocabulary(Shape, shapes, report),
        "score": normalise.score(normalise.number(said["score"]), report),
        "size_mm": normalise.size(normalise.number(said["size"]), report),
    }


def _first_in_vocabulary(vocabulary: type[Vocabulary], texts: Iterable[str], report: Report) -> str:
    """The terms of the first text that has no others, or ""."""
    given = [text for text in texts if text]
    for text in given:
        try:
            terms = [normalise.term(vocabulary, part) for part in _parts(text, _JOINED)]
        except VocabularyError:
            continue
        return ";".join(dict.fromkeys(terms))
    if given:
        what = vocabulary.__name__.lower()
        report.normalised[f"{what} outside the FDA vocabulary recorded as none"] += 1
    return ""


def _parts(text: str, separator: str) -> list[str]:
    return [part.strip() for part in re.split(separator, text) if part.strip()]


SOURCE = Source(
    name="pillbox",
    title="NLM Pillbox (US National Library of Medicine), retired on 28 January 2021",
    licence="US government work, public domain",
    country="US",
    document="",
    read=read,
    notes=(
        "What NLM corrected from its own photographs stands before what the label says.",
        "Both faces of a pill are listed together; which segment is on which face is not recorded.",
        "The table ended in January 2021: labelers and products have changed since, and it does "
        "not say from when on a product is gone.",
        "Dosage forms are codes in this table and are not read.",
        "A kit has one row per pill, named by the kit and its part.",
    ),
)
