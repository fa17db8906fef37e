"""The importers: rows as published in, facts in our schema out."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rxmm.catalog.build import SOURCES, build
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.normalise import product, strength
from rxmm.catalog.sources.tables import read_rows
from rxmm.catalog.table import Catalog
from rxmm.catalog.validate import problems
from rxmm.errors import CatalogError

US = (
    "ndc11,parts,proprietary_name,generic_name,labeler,imprint,imprint_type,imprint_color,color,"
    "shape,score,size_mm,rxcui,rxname\n"
)
TW = "licence_id,name_en,name_zh,color,shape,score,size_mm,mark1,mark2\n"


class Result(Report):
    """What an importer reported, and its rows."""

    rows: list[Row]


Read = Callable[[str], Result]


@pytest.fixture
def us(tmp_path: Path) -> Read:
    return _reader("c3pi", US, tmp_path)


@pytest.fixture
def tw(tmp_path: Path) -> Read:
    return _reader("tfda", TW, tmp_path)


def _reader(source: str, header: str, folder: Path) -> Read:
    def read(rows: str) -> Result:
        path, result = folder / "published.csv", Result()
        path.write_text(header + rows, encoding="utf-8")
        result.rows = list(SOURCES[source].read(path, result))
        return result

    return read


def test_us_row(us: Read) -> None:
    result = us(
        "00002322830,1,STRATTERA CAP 25 MG,ATOMOXETINE,ELI LILLY CO.,Lilly;3228;25;mg,PRINTED,"
        "BLACK,WHITE;BLUE,CAPSULE,1,16,352319,atomoxetine 25 MG Oral Capsule [Strattera]\n"
    )
    assert result.rows == [
        product(
            imprint="Lilly;3228;25;mg",
            color="WHITE;BLUE",
            shape="CAPSULE",
            score=1,
            size_mm=16.0,
            imprint_type="PRINTED",
            imprint_color="BLACK",
            name="STRATTERA CAP 25 MG",
            generic="ATOMOXETINE",
            strength="25 MG",
            labeler="ELI LILLY CO.",
            ndc="00002-3228-30",
            rxcui="352319",
        )
    ]


def test_us_dirt(us: Read) -> None:
    result = us(
        "00093214062,4,TRI-LO,?,TEVA,b;451,DEBOSSED,,GREEN;GREEN,PENTAGON (5 sided),1,6,0,"
        "{7 (A 0.02 MG Oral Tablet) / 7 (B 1 MG Oral Tablet) } Pack\n"
        "93214062,1,X,X,TEVA,b,DEBOSSED,,GREEN,ROUND,1,6,,\n"
        "00093214063,1,X,X,TEVA,b,DEBOSSED,,MAUVE,ROUND,1,6,,\n"
    )
    (row,) = result.rows
    assert (row["color"], row["shape"], row["rxcui"]) == ("GREEN", "PENTAGON", "")
    assert (row["generic"], row["strength"]) == ("", "")
    assert result.rows_in == 3
    assert result.rejects == [
        ("93214062", "NDC is not 11 digits"),
        ("00093214063", "colour or shape outside the FDA vocabulary"),
    ]
    assert result.rejected == dict.fromkeys((why for _, why in result.rejects), 1)
    assert result.normalised.total() == 4


@pytest.mark.parametrize(
    ("score", "size", "kept", "counted"),
    [
        ("2.0", "8.5", (2, 8.5), 0),
        ("two", "8", (None, 8.0), 1),
        ("1", "about 8", (1, None), 1),
        ("9", ".5", (None, None), 2),
    ],
)
def test_us_numbers(
    us: Read, score: str, size: str, kept: tuple[int | None, float | None], counted: int
) -> None:
    result = us(f"00000000001,1,X,X,TEVA,b,DEBOSSED,,GREEN,ROUND,{score},{size},,\n")
    (row,) = result.rows
    assert (row["score"], row["size_mm"]) == kept
    assert result.normalised.total() == counted


def test_taiwan_row(tw: Read) -> None:
    result = tw("A1,DOXEPIN CAPSULES 25MG,多慮平,BLUE;CLEAR,CAPSULE,十字,0.8,YSP 25,無\n")
    (row,) = result.rows
    assert row["imprint"] == "YSP 25"
    assert (row["color"], row["shape"], row["score"], row["size_mm"]) == ("BLUE", "CAPSULE", 4, 8.0)
    assert (row["name"], row["strength"]) == ("DOXEPIN CAPSULES 25MG · 多慮平", "25 MG")
    assert (row["licence"], row["ndc"]) == ("A1", "")


def test_taiwan_licence_of_several_pills_is_one_appearance(tw: Read) -> None:
    (row,) = tw("A1,X,*,WHITE;YELLOW,ROUND;ROUND,直線;直線,7;8,SYN 281;;;SYN 282,頭CL\n").rows
    assert (row["imprint"], row["color"]) == ("SYN 281;SYN 282;CL", "WHITE;YELLOW")
    assert (row["shape"], row["score"], row["size_mm"], row["name"]) == ("ROUND", 2, 7.0, "X")


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ("A1,X,Y,BROWN,液劑(包含糖漿用粉劑);液劑(包含糖漿用粉劑),無,,,", False),
        ("A1,X,Y,BROWN,顆粒劑、粉劑或散劑,無,,,", False),
        ("A1,INJECTION,Y,,,,,,", False),
        ("A1,CREAM,Y,WHITE,OTHER,無,,,", False),
        ("A1,AN ODD TABLET,Y,WHITE,OTHER,無,9,,", True),
        ("A1,UNMARKED TABLET,Y,WHITE,ROUND,無,,,", True),
        ("A1,MARKED ONLY,Y,,,,,K,", True),
    ],
)
def test_taiwan_keeps_every_solid_pill(tw: Read, row: str, kept: bool) -> None:
    result = tw(row + "\n")
    assert len(result.rows) == kept
    assert result.rejected.total() == (not kept)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("7.0", 7.0),
        ("1.8", 18.0),
        (".8", 8.0),
        ("0", None),
        ("105", None),
        ("", None),
        ("about 8", None),
    ],
)
def test_taiwan_sizes(tw: Read, size: str, expected: float | None) -> None:
    assert tw(f"A1,X,Y,WHITE,ROUND,無,{size},K,\n").rows[0]["size_mm"] == expected


def test_taiwan_colour_that_is_none(tw: Read) -> None:
    result = tw("A1,X,Y,MAUVE,ROUND,無,8,K,\nA2,X,Y,WHITE,ROUND,無,8,K,\n")
    assert [row["licence"] for row in result.rows] == ["A2"]
    assert result.rejects == [("A1", "colour outside the FDA vocabulary")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Hydrochlorothiazide 12.5 MG / Lisinopril 20 MG Oral Tablet"], "12.5 MG / 20 MG"),
        (["", "BISOPROLOL TAB 10/6.25MG"], "10/6.25 MG"),
        (["24 HR Nifedipine 90 MG Extended Release"], "90 MG"),
        (["{21 (A 0.03 MG) / 7 (B 1 MG) } Pack"], ""),
        (["{4 (risedronate sodium 35 MG Oral Tablet) } Pack"], "35 MG"),
        (["THYROID 2 GRAINS"], "2 GRAINS"),
        (["ALPRAZOLAM .5 MG"], ".5 MG"),
        (["X .25/5mg"], ".25/5 MG"),
        (["X F.C.TAB.5MG"], "5 MG"),
        (["Ramipril 2,5 mg"], "2,5 MG"),
        (["FERRALET 90 TAB", ""], ""),
    ],
)
def test_strength(names: list[str], expected: str) -> None:
    assert strength(*names) == expected


def test_products_of_one_look_come_together(tmp_path: Path) -> None:
    def row(ndc: str, imprint: str, color: str, size: int) -> str:
        return f"{ndc},1,N{ndc[-2:]},G,L,{imprint},DEBOSSED,,{color},ROUND,1,{size},,\n"

    published = tmp_path / "pills.csv"
    published.write_text(
        US
        + row("00000000001", "A;1", "BLUE;WHITE", 8)
        + row("00000000002", "B;2", "WHITE", 5)
        + row("00000000003", "1;a", "WHITE;BLUE", 9)
        + row("00000000004", "A;1", "BLUE;WHITE", 9)
        + row("00000000004", "A;1", "BLUE;WHITE", 9)
        + row("00000000005", "A;1", "WHITE", 9)
        + row("00000000006", "", "WHITE", 5)
        + row("00000000007", "", "WHITE", 9)
    )
    catalog = build("c3pi", published, tmp_path / "us.parquet")
    assert catalog.imprint_tokens == [("A", "1"), ("B", "2"), ("A", "1"), (), ()]
    first = catalog.appearance(0)
    assert [product.name for product in first.products] == ["N01", "N03", "N04"]
    assert first.size_mm == 9
    assert not problems(catalog)
    sheet = (tmp_path / "us.md").read_text()
    assert "| Rows in | 8 |" in sheet
    assert "| Products | 7 |" in sheet


def test_another_table_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(CatalogError, match="lacks the column"):
        build("c3pi", other, tmp_path / "us.parquet")
    with pytest.raises(CatalogError, match="cannot be read"):
        list(read_rows(tmp_path / "absent.csv", (), Report()))
    with pytest.raises(CatalogError, match="No source 'nlm'"):
        build("nlm", other, tmp_path / "us.parquet")
    with pytest.raises(CatalogError, match="no usable row"):
        other.write_text(US)
        build("c3pi", other, tmp_path / "us.parquet")


def test_every_row_says_where_it_stands(tmp_path: Path) -> None:
    published, out = tmp_path / "pills.csv", tmp_path / "tw.parquet"
    published.write_text(TW + "A1,X,Y,WHITE,ROUND,無,,K,\nA2,SYRUP,Y,BROWN,,無,,,\n", "utf-8")
    report = Report()
    seen: list[tuple[int, int]] = []
    report.progress = lambda done, total: seen.append((done, total))
    build("tfda", published, out, country="mo", date="2026-01-31", report=report)
    catalog = Catalog.load(out)
    (pill,) = catalog.appearance(0).products
    assert (pill.country, pill.source, pill.document) == ("MO", "tfda", "data set 42")
    assert pill.document_date == "2026-01-31"
    assert hashlib.sha256(published.read_bytes()).hexdigest().startswith(pill.document_version)
    assert (catalog.country, catalog.appearance(0).appearance_id[:3]) == ("MO", "mo-")
    assert len(seen) == 2 and seen[-1][0] == seen[-1][1] == published.stat().st_size
    assert 'A2,"neither shape nor mark' in (tmp_path / "tw.rejects.csv").read_text()


def test_a_data_sheet_that_breaks_off_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, text: str, encoding: str) -> None:
        path.write_bytes(text[:9].encode(encoding))
        raise OSError("no space left on device")

    published, out = tmp_path / "pills.csv", tmp_path / "tw.parquet"
    published.write_text(TW + "A1,X,Y,WHITE,ROUND,無,,K,\n", "utf-8")
    build("tfda", published, out)
    before = (tmp_path / "tw.md").read_bytes()
    monkeypatch.setattr(Path, "write_text", broken)
    with pytest.raises(OSError, match="no space"):
        build("tfda", published, out)
    assert (tmp_path / "tw.md").read_bytes() == before


def test_a_fact_without_a_column_is_a_defect() -> None:
    with pytest.raises(TypeError, match="no column colour"):
        product(colour="WHITE")


@pytest.mark.skipif("RXMM_REAL_DATA" not in os.environ, reason="RXMM_REAL_DATA is not set")
@pytest.mark.parametrize(("source", "country"), [("c3pi", "us"), ("tfda", "tw")])
def test_the_built_catalogues_are_those_of_the_published_tables(
    source: str, country: str, tmp_path: Path
) -> None:
    published = Path(os.environ["RXMM_REAL_DATA"]) / country / "pills.csv"
    built = build(source, published, tmp_path / f"{country}.parquet")
    assert built.version == Catalog.load(country).version

    known = {appearance_key(imprint) for imprint in built.imprint_tokens}
    imprint_columns = {"us": ["imprint"], "tw": ["mark1", "mark2"]}[country]
    rows: list[dict[str, Any]] = list(read_rows(published, imprint_columns, Report()))
    keys = [appearance_key([row[column] for column in imprint_columns]) for row in rows]
    assert len(keys) > 5000
    assert {key for key in keys if key} <= known
