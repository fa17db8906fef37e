"""The Taiwan table: TFDA open data set 42, the appearance of licensed drugs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rxmm.catalog.sources import Report, Row, Source, normalise
from rxmm.catalog.sources.tables import read_rows
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import VocabularyError

_COLUMNS = (
    "licence_id", "name_en", "name_zh", "color", "shape", "score", "size_mm", "mark1", "mark2",
)  # fmt: skip
_NO_PILL = {
    "液劑(包含糖漿用粉劑)": "liquid, or powder for syrup",
    "顆粒劑、粉劑或散劑": "granules or powder",
}
_PIECES = {"無": 1, "直線": 2, "十字": 4}  # none, one line, a cross
_NO_MARK = "無"
_CJK = re.compile(r"[\u3000-\u9fff\uff00-\uffef]+")  # describes a mark ("K in a hexagon")


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read the TFDA appearance table: one row per licence, ``mark1`` and ``mark2`` its two faces.

    Raises:
        CatalogError: not that table.
    """
    for row in read_rows(path, _COLUMNS, report):
        shapes = [part for part in row["shape"].split(";") if part]
        faces = [_face(row["mark1"], report), _face(row["mark2"], report)]
        marks = [mark for face in faces for mark in face]
        reason = _rejection(shapes, marks, row["size_mm"])
        if reason:
            report.reject(row["licence_id"], reason)
            continue
        try:
            color = _colors(row["color"], report)
        except VocabularyError:
            report.reject(row["licence_id"], "colour outside the FDA vocabulary")
            continue
        if any(len(face) > 1 for face in faces) or len(shapes) > 1:
            report.normalised["licence of several pills kept as one appearance"] += 1
        pieces = [_PIECES[part] for part in row["score"].split(";") if part in _PIECES]
        yield normalise.product(
            imprint=normalise.segments(marks),
            color=color,
            shape=_shape(shapes, report),
            score=pieces[0] if pieces else None,
            size_mm=_size(row["size_mm"], report),
            name=" · ".join(name for name in (row["name_en"], row["name_zh"]) if name.strip("*")),
            strength=normalise.strength(row["name_en"]),
            licence=row["licence_id"],
        )


def _rejection(shapes: list[str], marks: list[str], size: str) -> str:
    """Why a row describes no pill, or "" when it does."""
    if shapes and shapes[0] in _NO_PILL:
        return _NO_PILL[shapes[0]]
    if marks:
        return ""
    if not shapes:
        return "neither shape nor mark (injections, creams, sprays)"
    if shapes == ["OTHER"] and not size:
        return "shape OTHER with neither mark nor size (creams, gels, injections)"
    return ""


def _face(mark: str, report: Report) -> list[str]:
    """The marks of one face; several pills of one licence are joined by ``;;;`` in the table."""
    marks = [part.strip() for part in mark.split(";") if part.strip()]
    cleaned = [_CJK.sub("", part).strip() for part in marks]
    if cleaned != marks:
        what = (
            "mark 無 (none) dropped"
            if marks == [_NO_MARK]
            else "Chinese description in a mark dropped"
        )
        report.normalised[what] += 1
    return [part for part in cleaned if part]


def _colors(text: str, report: Report) -> str:
    listed = [part for part in text.split(";") if part]
    if "CLEAR" in listed:
        report.normalised["colour CLEAR dropped (no FDA colour; a tint beside it stays)"] += 1
    return normalise.colors((Color.parse(part) for part in listed if part != "CLEAR"), report)


def _shape(shapes: list[str], report: Report) -> str:
    try:
        return str(Shape.parse(shapes[0])) if shapes else ""
    except VocabularyError:
        report.normalised["shape OTHER recorded as no shape"] += 1
        return ""


def _size(text: str, report: Report) -> float | None:
    """Millimetres; some rows hold centimetres (0.5 to 2.2), some typing errors (0, 50, 105)."""
    value = normalise.number(text) or 0.0
    if 0 < value < 2.5:
        report.normalised["size in centimetres turned into mm"] += 1
        return round(value * 10, 1)
    if text and not 2.5 <= value <= 35:
        report.normalised["impossible size dropped"] += 1
        return None
    return value or None


SOURCE = Source(
    name="tfda",
    title="TFDA open data set 42, appearance of drugs (Taiwan Food and Drug Administration)",
    licence="Open Government Data License, Taiwan, version 1.0",
    country="TW",
    document="data set 42",
    read=read,
    notes=(
        "The two faces are separate segments in source order; a face's words stay in one segment.",
        "Where one licence covers several pills (two colours, two marks), the table does not say "
        "which colour goes with which mark: they are one appearance with all marks and colours.",
        "Pills without a mark are kept, with an empty imprint.",
        "The table has no labeler and no generic name; a product is named in English and Chinese.",
        "Punctuation is missing from many marks: EXELON 1.5mg is listed as EXELON 1 5mg.",
    ),
)
