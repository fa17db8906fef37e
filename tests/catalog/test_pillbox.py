"""The NLM Pillbox table, in the forms in which it was published."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rxmm.catalog.build import build
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.pillbox import read
from rxmm.catalog.table import split
from rxmm.catalog.validate import problems
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import CatalogError

# As exported last, by datadiscovery.nlm.nih.gov.
HEADING = (
    "ID,Enabled?,created at,updated at,spp,setid,splsize,pillbox_size,splshape,splshape_text,"
    "pillbox_shape_text,splscore,pillbox_score,splimprint,pillbox_imprint,splcolor,splcolor_text,"
    "pillbox_color_text,spl_strength,spl_ingredients,spl_inactive_ing,source,rxtty,rxstring,rxcui,"
    "RxNorm Update time,product_code,part_num,part_medicine_name,ndc9,ndc_labeler_code,"
    "ndc_product_code,medicine_name,marketing_act_code,effective_time,file_name,"
    "equal_product_code,dosage_form,document_type,dea_schedule_code,dea_schedule_name,author_type,"
    "author,approval_code,image_id,image_source,splimage,has_image,epc_match,version_number,"
    "laberer_code,application_number,updated,stale,new,Pillbox Value"
)
STRATTERA = {
    "Enabled?": "True",
    "setid": "309de576-c318-404a-bc15-660c2b1876fb",
    "splsize": "16",
    "splshape": "C48336",
    "splshape_text": "CAPSULE",
    "splscore": "1",
    "splimprint": "Lilly;3228;25;mg",
    "splcolor": "C48325;C48333",
    "splcolor_text": "WHITE;BLUE",
    "spl_strength": "ATOMOXETINE HYDROCHLORIDE 25.0 mg;",
    "spl_ingredients": "ATOMOXETINE HYDROCHLORIDE[ATOMOXETINE];",
    "rxstring": "atomoxetine 25 MG Oral Capsule [Strattera]",
    "rxcui": "352319",
    "product_code": "0002-3228",
    "part_num": "0",
    "medicine_name": "Strattera",
    "effective_time": "20200131",
    "dosage_form": "C25158",
    "author": "Eli Lilly and Company",
    "version_number": "42",
}

ReadRow = Callable[..., tuple[list[Row], Report]]


@pytest.fixture
def pillbox(tmp_path: Path) -> ReadRow:
    def read_row(**changes: str) -> tuple[list[Row], Report]:
        path, report = tmp_path / "pillbox.csv", Report()
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, HEADING.split(","))
            writer.writeheader()
            writer.writerow(STRATTERA | changes)
        return list(read(path, report)), report

    return read_row


EXPECTED = {
    "imprint": "Lilly;3228;25;mg",
    "color": "WHITE;BLUE",
    "shape": "CAPSULE",
    "score": 1,
    "size_mm": 16.0,
    "name": "Strattera",
    "generic": "ATOMOXETINE HYDROCHLORIDE",
    "strength": "25 MG",
    "labeler": "Eli Lilly and Company",
    "ndc": "0002-3228",
    "rxcui": "352319",
    "ingredients": "ATOMOXETINE HYDROCHLORIDE 25 mg",
    "document": "309de576-c318-404a-bc15-660c2b1876fb",
    "document_version": "42",
    "document_date": "2020-01-31",
}


def _recorded(row: Row) -> Row:
    return {name: value for name, value in row.items() if value not in ("", None)}


def test_a_row(pillbox: ReadRow) -> None:
    (row,), report = pillbox()
    assert _recorded(row) == EXPECTED
    assert not report.normalised


def test_the_tab_separated_form_of_2018(tmp_path: Path) -> None:
    names = {"effective_time": "LABEL_EFFECTIVE_TIME", "Enabled?": "enabled"}
    path = tmp_path / "pillbox_201805.tab"
    header = "\t".join(names.get(name, name.upper()) for name in STRATTERA)
    values = "\t".join(STRATTERA.values()).replace("Eli Lilly", "Eli Lilly®")
    path.write_bytes(f"{header}\r\n{values}\r\n".encode("cp1252"))
    (row,) = read(path, Report())
    assert _recorded(row) == EXPECTED | {"labeler": "Eli Lilly® and Company"}


def test_corrections_of_nlm_stand_before_the_label(pillbox: ReadRow) -> None:
    (row,), report = pillbox(
        pillbox_imprint="LILLY;3228",
        pillbox_color_text="BLUE, WHITE",
        pillbox_shape_text="OVAL",
        pillbox_score="2",
        pillbox_size="15.00",
    )
    assert (row["imprint"], row["color"], row["shape"]) == ("LILLY;3228", "BLUE;WHITE", "OVAL")
    assert (row["score"], row["size_mm"]) == (2, 15.0)
    assert report.normalised.total() == 5


@pytest.mark.parametrize("joined", ["PINK;WHITE", "pink,white", "Pink | White", "PINK/WHITE"])
def test_colours_are_joined_in_many_ways(pillbox: ReadRow, joined: str) -> None:
    (row,), _ = pillbox(splcolor="", splcolor_text=joined)
    assert row["color"] == "PINK;WHITE"


def test_dirt(pillbox: ReadRow) -> None:
    (row,), report = pillbox(
        splcolor="C99999",
        splcolor_text="MAUVE",
        splshape="",
        splshape_text="HEXAGON (6 sided)",
        splscore="0",
        splsize="n/a",
        splimprint="None",
        rxcui="352319|352320",
        effective_time="99999999",
    )
    assert (row["color"], row["shape"], row["imprint"]) == ("", "HEXAGON", "")
    assert (row["score"], row["size_mm"], row["rxcui"], row["document_date"]) == (
        None,
        None,
        "",
        "",
    )
    assert report.normalised == {
        "color outside the FDA vocabulary recorded as none": 1,
        "impossible number of score pieces dropped": 1,
        "imprint given as a word for none": 1,
    }


def test_a_code_outside_the_vocabulary_gives_way_to_the_word(pillbox: ReadRow) -> None:
    (row,), report = pillbox(splshape="C00000")
    assert (row["shape"], report.normalised.total()) == ("CAPSULE", 0)


def test_pills_of_a_kit_have_their_own_strength(pillbox: ReadRow) -> None:
    (row,), _ = pillbox(
        part_num="2",
        part_medicine_name="Norgestimate and ethinyl estradiol",
        spl_strength="NORGESTIMATE 0.18 mg;ETHINYL ESTRADIOL 0.035 mg;",
        spl_ingredients="NORGESTIMATE;ETHINYL ESTRADIOL;",
    )
    assert row["name"] == "Strattera · Norgestimate and ethinyl estradiol"
    assert row["generic"] == "NORGESTIMATE / ETHINYL ESTRADIOL"
    assert row["strength"] == "0.18 MG / 0.035 MG"
    assert row["ingredients"] == "NORGESTIMATE 0.18 mg;ETHINYL ESTRADIOL 0.035 mg"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"product_code": "n/a"}, "product code is not an NDC"),
        ({"product_code": ""}, "product code is not an NDC"),
        ({"Enabled?": "False"}, "switched off by NLM"),
        ({"medicine_name": ""}, "no name"),
        (
            dict.fromkeys(
                ("splimprint", "splcolor", "splcolor_text", "splshape", "splshape_text"), ""
            ),
            "neither imprint, colour nor shape",
        ),
    ],
)
def test_what_is_left_out(pillbox: ReadRow, changes: dict[str, str], reason: str) -> None:
    rows, report = pillbox(**changes)
    assert (rows, report.rejected) == ([], {reason: 1})


def test_the_catalogue_is_sound(pillbox: ReadRow, tmp_path: Path) -> None:
    pillbox()
    catalog = build("pillbox", tmp_path / "pillbox.csv", tmp_path / "pillbox.parquet")
    assert not problems(catalog)
    (product,) = catalog.appearance(0).products
    assert (product.source, product.document) == ("pillbox", EXPECTED["document"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.dictionaries(
        st.sampled_from([*STRATTERA, "pillbox_color_text", "pillbox_shape_text", "pillbox_size"]),
        st.text(max_size=12) | st.sampled_from(["C48325", "OVAL", "9.5", "1e9", "٣", "²"]),
    )
)
def test_any_values_give_a_sound_row_or_a_reason(pillbox: ReadRow, changes: dict[str, str]) -> None:
    rows, report = pillbox(**changes)
    assert len(rows) + report.rejected.total() == report.rows_in
    for row in rows:
        assert set(split(row["color"])) <= set(Color)
        assert row["shape"] in {"", *Shape}
        assert row["size_mm"] is None or 1 <= row["size_mm"] <= 50
        assert row["score"] is None or 1 <= row["score"] <= 8
        assert not row["rxcui"].strip("0123456789")


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CatalogError, match="lacks the column"):
        list(read(path, Report()))
