"""The Korean table: rows of the open interface and of the published file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.build import build
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.mfds import read
from rxmm.catalog.table import split
from rxmm.catalog.validate import problems
from rxmm.catalog.vocabulary import Color
from rxmm.errors import CatalogError

OPEN = (
    "ITEM_SEQ,ITEM_NAME,ITEM_ENG_NAME,ENTP_NAME,CHART,DRUG_SHAPE,COLOR_CLASS1,COLOR_CLASS2,"
    "PRINT_FRONT,PRINT_BACK,LINE_FRONT,LINE_BACK,LENG_LONG,LENG_SHORT,THICK,FORM_CODE_NAME"
)
FILE = (
    "품목일련번호,품목명,업소일련번호,업소명,성상,큰제품이미지,표시앞,표시뒤,의약품제형,색상앞,"
    "색상뒤,분할선앞,분할선뒤,크기장축,크기단축,크기두께,이미지생성일자(약학정보원),분류번호,"
    "분류명,전문일반구분,품목허가일자,제형코드명"
)

ReadRow = Callable[..., tuple[list[Row], Report]]


@pytest.fixture
def korea(tmp_path: Path) -> ReadRow:
    return lambda **facts: _read(tmp_path, **facts)


def _read(folder: Path, **facts: str) -> tuple[list[Row], Report]:
    pill = {
        "ITEM_SEQ": "1",
        "ITEM_NAME": "가",
        "DRUG_SHAPE": "원형",
        "COLOR_CLASS1": "하양",
    } | facts
    cells = ('"{}"'.format(pill.get(name, "").replace('"', '""')) for name in OPEN.split(","))
    path, report = folder / "pills.csv", Report()
    path.write_text(f"{OPEN}\n{','.join(cells)}\n", encoding="utf-8")
    return list(read(path, report)), report


def _recorded(row: Row) -> Row:
    return {name: value for name, value in row.items() if value not in ("", None)}


def test_a_row_of_the_open_interface(tmp_path: Path) -> None:
    path = tmp_path / "pills.csv"
    path.write_text(
        f"{OPEN}\n200809076,가스프렌정5밀리그램(모사프리드시트르산염이수화물),Gaspren Tab,"
        "경동제약(주),분할선을 가진 흰색의 장방형 필름코팅정제,장방형,하양,,KD,분할선,,-,9.1,4.5,"
        "3.4,필름코팅정\n",
        encoding="utf-8",
    )
    (row,) = read(path, Report())
    assert _recorded(row) == {
        "imprint": "KD",
        "color": "WHITE",
        "shape": "CAPSULE",
        "score": 2,
        "size_mm": 9.1,
        "name": "Gaspren Tab · 가스프렌정5밀리그램(모사프리드시트르산염이수화물)",
        "strength": "5 MG",
        "labeler": "경동제약(주)",
        "dosage_form": "필름코팅정",
        "licence": "200809076",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_rows_of_the_published_file(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "OpenData.csv"
    path.write_text(
        f"{FILE}\n"
        "200808877,페라트라정2.5밀리그램(레트로졸),1,(주)유한양행,어두운황색의정,https://a,YH,LT,원형,"
        "노랑,-,-,-,6.1,6.1,3.5,-,421,항악성종양제,전문의약품,20081229,필름코팅정\n"
        '200709387,가캡슐,1,나,"SZ가새겨진|열린따옴표,https://a,V분할선T,-,장방형,초록|투명,하양,-,-,8,4,3,-,1,'
        "가,나,20070101,경질캡슐제|산제\n",
        encoding=encoding,
    )
    report = Report()
    first, second = read(path, report)
    assert (first["imprint"], first["color"], first["score"]) == ("YH;LT", "YELLOW", 1)
    assert (first["licence"], first["strength"]) == ("200808877", "2.5 MG")
    assert (second["imprint"], second["color"], second["score"]) == ("V;T", "GREEN;WHITE", 2)
    assert not report.rejected


@pytest.mark.parametrize(
    ("front", "back", "imprint"),
    [
        ("V분할선T", "HS8", "V;T;HS8"),
        ("마크", "십자분할선", ""),
        ("마크분할선마크", "31", "31"),
        ("D-W", "SF분할선50", "D-W;SF;50"),
        ("TEMODAL=250mg=", "=마크=", "TEMODAL;250mg"),
        ("──────마크IDL150──────", "", "IDL150"),
        ("CΛJ", "분할선", "CAJ"),
        ("복합LC-500", "", "LC-500"),
        ("\uff2b\uff30\uff30", "2½", "KPP;2 1/2"),
        ("D-W PMX PMX", "☆", "D-W PMX PMX"),
    ],
)
def test_imprints(korea: ReadRow, front: str, back: str, imprint: str) -> None:
    (row,), _ = korea(PRINT_FRONT=front, PRINT_BACK=back)
    assert row["imprint"] == imprint


@pytest.mark.parametrize(
    ("first", "second", "colors"),
    [
        ("초록, 투명", "하양", "GREEN;WHITE"),
        ("하양, 갈색", "", "WHITE;BROWN"),
        ("노랑", "노랑, 옅은", "YELLOW"),
        ("연두", "초록", "GREEN"),
        ("투명", "", ""),
        ("남색", "자주", "BLUE;PURPLE"),
    ],
)
def test_colours(korea: ReadRow, first: str, second: str, colors: str) -> None:
    (row,), _ = korea(COLOR_CLASS1=first, COLOR_CLASS2=second)
    assert row["color"] == colors


@pytest.mark.parametrize(
    ("facts", "shape"),
    [
        ({"DRUG_SHAPE": "사각형", "LENG_LONG": "7.2", "LENG_SHORT": "7.0"}, "SQUARE"),
        ({"DRUG_SHAPE": "사각형", "LENG_LONG": "7.0", "LENG_SHORT": "10.2"}, "RECTANGLE"),
        ({"DRUG_SHAPE": "사각형"}, ""),
        ({"DRUG_SHAPE": "기타"}, ""),
        ({"DRUG_SHAPE": "타원형"}, "OVAL"),
    ],
)
def test_shapes(korea: ReadRow, facts: dict[str, str], shape: str) -> None:
    (row,), _ = korea(**facts)
    assert row["shape"] == shape


@pytest.mark.parametrize(
    ("facts", "pieces"),
    [
        ({}, 1),
        ({"LINE_FRONT": "-"}, 2),
        ({"PRINT_BACK": "2분할선5"}, 2),
        ({"LINE_FRONT": "-", "LINE_BACK": "+"}, 4),
        ({"PRINT_BACK": "십자분할선"}, 4),
    ],
)
def test_score_lines(korea: ReadRow, facts: dict[str, str], pieces: int) -> None:
    (row,), _ = korea(**facts)
    assert row["score"] == pieces


@pytest.mark.parametrize(
    ("text", "size"),
    [("21.1±0.1mm", 21.1), ("15.50-15.60", 15.5), ("14.2.", 14.2), ("4호", None), ("", None)],
)
def test_sizes(korea: ReadRow, text: str, size: float | None) -> None:
    (row,), _ = korea(LENG_LONG=text)
    assert row["size_mm"] == size


@pytest.mark.parametrize(
    ("name", "english", "strength"),
    [
        ("아토크정20마이크로그램(수출명 : 나정20마이크로그램)", "", "20 MCG"),
        ("파비도엔정 100mg/25mg", "", "100 MG / 25 MG"),
        ("라믹탈정25밀리그램,50밀리그램", "Lamictal Tab. 25mg, 50mg", ""),
    ],
)
def test_strengths(korea: ReadRow, name: str, english: str, strength: str) -> None:
    (row,), _ = korea(ITEM_NAME=name, ITEM_ENG_NAME=english)
    assert row["strength"] == strength


def test_what_is_left_out(korea: ReadRow) -> None:
    rows, report = korea(DRUG_SHAPE="기타", COLOR_CLASS1="투명", PRINT_FRONT="마크")
    assert (rows, report.rejects) == ([], [("1", "neither imprint, colour nor shape")])
    rows, report = korea(ITEM_NAME="")
    assert (rows, report.rejects) == ([], [("1", "no name or no licence")])


def test_a_colour_that_is_new_is_counted(korea: ReadRow) -> None:
    (row,), report = korea(COLOR_CLASS1="금색", COLOR_CLASS2="하양")
    assert (row["color"], report.normalised) == ("WHITE", {"unknown colour 금색 dropped": 1})


@given(front=st.text(max_size=20), back=st.text(max_size=20))
def test_any_print_gives_segments_with_letters_or_digits(
    front: str, back: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (row,), _ = _read(folder, PRINT_FRONT=front, PRINT_BACK=back)
    assert all(tokens(segment) for segment in row["imprint"].split(";") if row["imprint"])


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("ITEM_SEQ,ITEM_NAME\n1,2\n")
    with pytest.raises(CatalogError, match="ENTP_NAME"):
        list(read(path, Report()))


def test_the_real_table(real_data: Path, tmp_path: Path) -> None:
    report = Report()
    catalog = build("mfds", real_data / "kr/pills.csv", tmp_path / "kr.parquet", report=report)
    assert not problems(catalog)
    assert len(catalog.products) >= 0.99 * report.rows_in > 4900
    assert {color for text in catalog.appearances["color"] for color in split(text)} == set(Color)
    assert (catalog.appearances["color"] == "").mean() < 0.01
    assert (catalog.appearances["imprint"] == "").mean() < 0.15
    assert catalog.appearances["shape"].isin(["ROUND", "OVAL", "CAPSULE"]).mean() > 0.9
