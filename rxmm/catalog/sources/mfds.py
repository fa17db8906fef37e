"""The Korean table: pill identification (낱알식별) of the Ministry of Food and Drug Safety."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sources import Report, Row, Source, normalise
from rxmm.catalog.sources.tables import UTF8, Layout, read_rows
from rxmm.catalog.vocabulary import Color, Shape

_KOREAN = {
    "품목일련번호": "ITEM_SEQ",
    "품목명": "ITEM_NAME",
    "업소명": "ENTP_NAME",
    "의약품제형": "DRUG_SHAPE",
    "색상앞": "COLOR_CLASS1",
    "색상뒤": "COLOR_CLASS2",
    "표시앞": "PRINT_FRONT",
    "표시뒤": "PRINT_BACK",
    "분할선앞": "LINE_FRONT",
    "분할선뒤": "LINE_BACK",
    "크기장축": "LENG_LONG",
    "크기단축": "LENG_SHORT",
    "제형코드명": "FORM_CODE_NAME",
}
"""Columns of the published file → what the open interface calls them."""
_ENGLISH_NAME = "ITEM_ENG_NAME"  # only the open interface has it

_COLORS = {
    "하양": Color.WHITE,
    "노랑": Color.YELLOW,
    "주황": Color.ORANGE,
    "분홍": Color.PINK,
    "빨강": Color.RED,
    "갈색": Color.BROWN,
    "연두": Color.GREEN,  # yellow-green
    "초록": Color.GREEN,
    "청록": Color.TURQUOISE,
    "파랑": Color.BLUE,
    "남색": Color.BLUE,  # indigo
    "자주": Color.PURPLE,  # reddish purple
    "보라": Color.PURPLE,
    "회색": Color.GRAY,
    "검정": Color.BLACK,
}
_SHADES = {"투명", "옅은", "진한"}  # transparent, light, dark
_SHAPES = {
    "원형": Shape.ROUND,
    "타원형": Shape.OVAL,
    "장방형": Shape.CAPSULE,  # oblong with round ends
    "반원형": Shape.SEMI_CIRCLE,
    "삼각형": Shape.TRIANGLE,
    "마름모형": Shape.DIAMOND,
    "오각형": Shape.PENTAGON,
    "육각형": Shape.HEXAGON,
    "팔각형": Shape.OCTAGON,
}
_FOUR_SIDED = "사각형"
_SQUARE = 1.1  # longer side to shorter one, at most

_CROSS, _LINE, _LOGO = "십자분할선", "분할선", "마크"
_BORDERS = re.compile(f"{_CROSS}|{_LINE}|{_LOGO}|[;=─―]+")
_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff가-힣]+")
_UNITS = {
    "밀리그램": "mg",
    "밀리그람": "mg",
    "마이크로그램": "mcg",
    "마이크로그람": "mcg",
    "그램": "g",
    "그람": "g",
}
"""In both spellings; a word comes before those that it ends in."""
_SEVERAL = re.compile(r"m?g\s*,\s*\d")  # 25mg, 50mg


def read(path: Path, report: Report) -> Iterator[Row]:
    """Read the table, as the published file or as rows of the open interface saved as CSV.

    Raises:
        CatalogError: not that table.
    """
    rows = read_rows(
        path,
        list(_KOREAN.values()),
        report,
        # The published file has no commas within values, but single quotation marks.
        layout=lambda heading: Layout(quoted=not any(name in heading for name in _KOREAN)),
        encodings=(UTF8, "cp949"),
        rename=lambda name: _KOREAN.get(name, name),
    )
    for row in rows:
        if _ENGLISH_NAME not in row:  # the published file: a dash stands for nothing
            row = {name: "" if value == "-" else value for name, value in row.items()}
        imprint = [_face(row[f"PRINT_{face}"], report) for face in ("FRONT", "BACK")]
        looks = {
            "imprint": normalise.segments([*imprint[0], *imprint[1]]),
            "color": _colors(row, report),
            "shape": _shape(row, report),
        }
        named = row["ITEM_SEQ"] and row["ITEM_NAME"]
        reason = normalise.without_looks(looks) if named else "no name or no licence"
        if reason:
            report.reject(row["ITEM_SEQ"] or f"row {report.rows_in}", reason)
            continue
        english = row.get(_ENGLISH_NAME, "")
        yield normalise.product(
            **looks,
            score=_pieces(row),
            size_mm=_size(row["LENG_LONG"], report),
            name=" · ".join(filter(None, (english, row["ITEM_NAME"]))),
            strength=_strength(english, row["ITEM_NAME"]),
            labeler=row["ENTP_NAME"],
            dosage_form=row["FORM_CODE_NAME"],
            licence=row["ITEM_SEQ"],
        )


def _face(text: str, report: Report) -> list[str]:
    """The segments of one face: score lines and logos, which the table writes as words, part it."""
    parts = _BORDERS.split(normalize("NFKC", text.replace("½", " 1/2")))
    if any(_ASIAN.search(part) for part in parts):
        report.normalised["Korean or Japanese word in an imprint dropped"] += 1
    if "Λ" in text:
        report.normalised["Λ in an imprint written as A"] += 1
    latin = (_ASIAN.sub(" ", part).replace("Λ", "A") for part in parts)
    return [part for part in latin if tokens(part)]


def _colors(row: Row, report: Report) -> str:
    named = re.split("[,|]", f"{row['COLOR_CLASS1']},{row['COLOR_CLASS2']}")
    words = [word.strip() for word in named if word.strip()]
    if "투명" in words:
        report.normalised["transparent dropped (no FDA colour; a tint beside it stays)"] += 1
    if unknown := set(words) - _COLORS.keys() - _SHADES:
        report.normalised[f"unknown colour {', '.join(sorted(unknown))} dropped"] += 1
    return ";".join(dict.fromkeys(_COLORS[word] for word in words if word in _COLORS))


def _shape(row: Row, report: Report) -> str:
    word = row["DRUG_SHAPE"]
    sides = [normalise.number(row[side]) or 0.0 for side in ("LENG_LONG", "LENG_SHORT")]
    if word == _FOUR_SIDED and all(sides):
        return Shape.SQUARE if max(sides) <= _SQUARE * min(sides) else Shape.RECTANGLE
    if word and word not in _SHAPES:
        report.normalised["another shape (기타) recorded as no shape"] += 1
    return _SHAPES.get(word, "")


def _pieces(row: Row) -> int:
    """Score lines stand among the imprint, as words, and in columns of their own."""
    lines = {row["LINE_FRONT"], row["LINE_BACK"]}
    prints = row["PRINT_FRONT"] + row["PRINT_BACK"]
    if "+" in lines or _CROSS in prints:
        return 4
    return 2 if "-" in lines or _LINE in prints else 1


def _size(text: str, report: Report) -> float | None:
    if "호" in text:
        report.normalised["capsule number in place of a size dropped"] += 1
        return None
    return normalise.size(normalise.number(text), report)


def _strength(*names: str) -> str:
    """The strength in the first of these names that states one; of several pills, none.

    What stands in parentheses is the ingredient, or the same pill's name in another market.
    """
    names = tuple(normalize("NFKC", name).partition("(")[0] for name in names)
    for word, unit in _UNITS.items():
        names = tuple(name.replace(word, unit) for name in names)
    return "" if any(_SEVERAL.search(name) for name in names) else normalise.strength(*names)


SOURCE = Source(
    name="mfds",
    title="MFDS pill identification (Ministry of Food and Drug Safety, Republic of Korea)",
    licence="public data of the Republic of Korea; data.go.kr states its terms",
    country="KR",
    document="pill identification table",
    read=read,
    notes=(
        "Front and back are separate segments in this order, parted again where a score line or "
        "a logo stands between; logos themselves are not recorded.",
        "Words in Korean script are left out of imprints: such a pill may have none left.",
        "Colours are coarser than the table's: yellow-green (연두) is GREEN, indigo (남색) BLUE, "
        "reddish purple (자주) PURPLE; light, dark and transparent are left out.",
        "Oblong (장방형) is CAPSULE for tablets too, which labelers elsewhere call OVAL as well; "
        "four-sided (사각형) is SQUARE or RECTANGLE by its sides; other shapes (기타) are none.",
        "A pill without score line in the table counts as unscored.",
        "Names are English where the table has it, and Korean; there is no generic name.",
    ),
)
