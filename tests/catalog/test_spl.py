"""Structured Product Labeling: what stands in a document is what stands in the rows."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.build import build
from rxmm.catalog.documents import Documents
from rxmm.catalog.sources import Report, Row, normalise, spl
from rxmm.catalog.validate import problems
from rxmm.catalog.vocabulary import Color, Shape
from tests.catalog.spl_documents import SET_ID, Drug, document, looks, release

TABLET = looks("EX;10", [Color.WHITE], Shape.ROUND, 2, 8)


class Result(Report):
    """What the importer reported, and its rows."""

    rows: list[Row]


def read(path: Path) -> Result:
    result = Result()
    result.rows = list(spl.read(path, result))
    return result


@pytest.fixture
def label(tmp_path: Path) -> Path:
    return tmp_path / "label.xml"


def of(label: Path, *drugs: Drug, **named: Any) -> Result:
    """What is read of a document of these products."""
    label.write_bytes(document(*drugs, **named))
    return read(label)


def looking(*values: tuple[str, str]) -> Drug:
    """A tablet of these characteristics: their codes and value elements."""
    return Drug(looks=values)


# The four real documents, as a person reads them.

LIPITOR = {
    "name": "Lipitor",
    "color": "WHITE",
    "shape": "OVAL",
    "score": 1,
    "dosage_form": "TABLET, FILM COATED",
}
FIRST = LIPITOR | {
    "generic": "atorvastatin calcium",
    "labeler": "Parke-Davis Div of Pfizer Inc",
    "document": "c6e131fe-e7df-4876-83f7-9156fc4e8228",
    "document_version": "11",
    "document_date": "2014-01-13",
}
VIAGRA = {
    "name": "Viagra",
    "generic": "sildenafil citrate",
    "color": "BLUE",
    "shape": "DIAMOND",
    "score": 1,
    "dosage_form": "TABLET, FILM COATED",
    "labeler": "Pfizer Laboratories Div Pfizer Inc",
    "document": "0b0be196-0c62-461c-94f4-9a35339b4501",
    "document_version": "20",
    "document_date": "2017-11-07",
}
REAL: dict[str, list[dict[str, Any]]] = {
    "lipitor-orig.xml": [
        FIRST
        | {
            "ndc": "0071-0155",
            "packages": "0071-0155-23;0071-0155-34;0071-0155-40;0071-0155-10;0071-0155-97",
            "imprint": "PD;155;10",
            "size_mm": 10.0,
            "strength": "10 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 10 mg [48A5M73Z4Q]",
        },
        FIRST
        | {
            "ndc": "0071-0156",
            "packages": "0071-0156-23;0071-0156-94;0071-0156-40;0071-0156-10;0071-0156-96",
            "imprint": "PD;156;20",
            "size_mm": 12.0,
            "strength": "20 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 20 mg [48A5M73Z4Q]",
        },
        FIRST
        | {
            "ndc": "0071-0157",
            "packages": "0071-0157-23;0071-0157-73;0071-0157-88;0071-0157-40;0071-0157-97",
            "imprint": "PD;157;40",
            "size_mm": 15.0,
            "strength": "40 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 40 mg [48A5M73Z4Q]",
        },
        FIRST
        | {
            "ndc": "0071-0158",
            "packages": "0071-0158-23;0071-0158-73;0071-0158-88;0071-0158-92",
            "imprint": "PD;158;80",
            "size_mm": 19.0,
            "strength": "80 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 80 mg [48A5M73Z4Q]",
        },
    ],
    "lipitor-repack.xml": [
        LIPITOR
        | {
            "generic": "atorvastatin calcium trihydrate",
            "ndc": "55289-800",
            "packages": "55289-800-30",
            "imprint": "PD;156;20",
            "size_mm": 12.0,
            "strength": "20 MG",
            "ingredients": "ATORVASTATIN CALCIUM TRIHYDRATE 20 mg [48A5M73Z4Q]",
            "labeler": "PD-Rx Pharmaceuticals, Inc.",
            "document": "17a163ef-b349-4e32-bc8c-b02bac7f65d6",
            "document_version": "8",
            "document_date": "2012-02-29",
        }
    ],
    "no-title.xml": [
        {
            "name": "Haloperidol",
            "generic": "haloperidol",
            "ndc": "67046-268",
            "packages": "67046-268-30",
            "imprint": "MYLAN;327",
            "color": "ORANGE",
            "shape": "ROUND",
            "score": 2,
            "size_mm": 9.0,
            "strength": "5 MG",
            "ingredients": "HALOPERIDOL 5 mg [J6292F8L3D]",
            "dosage_form": "TABLET",
            "labeler": "Contract Pharmacy Services-PA",
            "document": "0027b8a3-73bf-4005-a7e3-b035f451a861",
            "document_version": "1",
            "document_date": "2010-07-28",
        }
    ],
    "viagra-multi-upc.xml": [
        VIAGRA
        | {
            "ndc": "0069-4200",
            "packages": "0069-4200-30",
            "imprint": "VGR25;Pfizer",
            "size_mm": 9.0,
            "strength": "25 MG",
            "ingredients": "SILDENAFIL CITRATE 25 mg [BW9B0ZE037]",
        },
        VIAGRA
        | {
            "ndc": "0069-4210",
            "packages": "0069-4210-30;0069-4210-66",
            "imprint": "VGR50;Pfizer",
            "size_mm": 11.0,
            "strength": "50 MG",
            "ingredients": "SILDENAFIL CITRATE 50 mg [BW9B0ZE037]",
        },
        VIAGRA
        | {
            "ndc": "0069-4220",
            "packages": "0069-4220-30;0069-4220-66",
            "imprint": "VGR100;Pfizer",
            "size_mm": 14.0,
            "strength": "100 MG",
            "ingredients": "SILDENAFIL CITRATE 100 mg [BW9B0ZE037]",
        },
    ],
}


@pytest.mark.parametrize("name", REAL)
def test_real_document(name: str, real_data: Path) -> None:
    result = read(real_data / "us/spl" / name)
    assert result.rows == [normalise.product(**facts) for facts in REAL[name]]
    assert result.rows_in == 1
    assert not result.rejected and not result.normalised


# What generated documents say.


def test_every_column(label: Path) -> None:
    drug = Drug(
        looks=TABLET,
        ingredients=(("Examplin; salt", "12.50", "mg", "0123456789"), ("Other", "5", "ug", "")),
        packages=("12345-678-01", "12345-678-02", "12345-678-01"),
    )
    result = of(label, drug, version=7, labeler="A & B")
    assert result.rows == [
        normalise.product(
            imprint="EX;10",
            color="WHITE",
            shape="ROUND",
            score=2,
            size_mm=8.0,
            name="Examplin",
            generic="examplin hydrochloride",
            strength="12.5 MG / 5 MCG",
            labeler="A & B",
            ndc="12345-678",
            packages="12345-678-01;12345-678-02",
            dosage_form="TABLET",
            ingredients="EXAMPLIN, SALT 12.5 mg [0123456789];OTHER 5 mcg",
            document=SET_ID,
            document_version="7",
            document_date="2026-01-31",
        )
    ]


letters = st.text("ABCXYZ012 ", min_size=1, max_size=6).filter(str.strip)


@given(
    imprint=st.lists(letters, min_size=1, max_size=4).map(";".join),
    colors=st.lists(st.sampled_from(Color), max_size=3, unique=True),
    shape=st.sampled_from([None, *Shape]),
    score=st.sampled_from([None, 1, 2, 3, 4]),
    size_mm=st.sampled_from([None, 1.0, 5.5, 23.0]),
    name=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20),
)
def test_a_pill_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    imprint: str,
    colors: list[Color],
    shape: Shape | None,
    score: int | None,
    size_mm: float | None,
    name: str,
) -> None:
    label = tmp_path_factory.getbasetemp() / "one.xml"
    (row,) = of(label, Drug(name=name, looks=looks(imprint, colors, shape, score, size_mm))).rows
    assert row["imprint"] == normalise.segments(imprint.split(";"))
    assert row["color"] == ";".join(colors)
    assert row["shape"] == (shape or "")
    assert (row["score"], row["size_mm"]) == (score, size_mm)
    assert row["name"] == name


def test_parts_of_a_kit(label: Path) -> None:
    active = Drug("", "", looks=looks("b;974"), ingredients=(("ACTIVE", "1", "mg", "A"),))
    inert = Drug("12345-600", "Inert", "", looks=looks("b;143"))
    kit = Drug("12345-111", "Pack", form="KIT", packages=("12345-111-28",), parts=(active, inert))
    first, second = of(label, kit).rows
    assert [first[name] for name in ("name", "ndc", "packages", "imprint", "strength")] == [
        "Pack", "12345-111", "12345-111-28", "b;974", "1 MG",
    ]  # fmt: skip
    assert [second[name] for name in ("name", "generic", "ndc", "imprint", "ingredients")] == [
        "Inert", "", "12345-600", "b;143", "",
    ]  # fmt: skip


def test_kit_in_a_kit_and_a_product_after_it(label: Path) -> None:
    pill = Drug("", "", looks=looks("A 1"))
    inner = Drug("12345-222", "Week", form="KIT", parts=(pill,))
    outer = Drug("12345-111", "Month", form="KIT", parts=(inner, pill))
    rows = of(label, outer, Drug("12345-333", "Single", looks=TABLET)).rows
    assert [(row["ndc"], row["imprint"]) for row in rows] == [
        ("12345-111", "A 1"),
        ("12345-111", "A 1"),
        ("12345-333", "EX;10"),
    ]


def test_older_documents(label: Path) -> None:
    drug = Drug(looks=TABLET, ingredients=(("OLD", "20", "mg", "0123456789"),))
    kit = Drug("12345-111", "Pack", form="KIT", parts=(drug,))
    text = document(drug, kit, set_id=SET_ID.upper()).decode()
    for old, new in {
        "partProduct": "partMedicine",
        "containerPackagedProduct": "containerPackagedMedicine",
        "<subject><manufacturedProduct><manufacturedProduct>": "<subject><manufacturedProduct>"
        "<manufacturedMedicine>",
        "</manufacturedProduct><subjectOf>": "</manufacturedMedicine><subjectOf>",
        '<ingredient classCode="ACTIB"><quantity>': "<activeIngredient><quantity>",
        '<ingredientSubstance><code code="0123456789"/><name>OLD</name></ingredientSubstance>'
        "</ingredient>": '<activeIngredientSubstance><code code="0123456789"/><name>OLD</name>'
        "</activeIngredientSubstance></activeIngredient>",
    }.items():
        text = text.replace(old, new)
    label.write_text(text)
    rows = read(label).rows
    assert [row["ingredients"] for row in rows] == ["OLD 20 mg [0123456789]"] * 2
    assert {row["document"] for row in rows} == {SET_ID}


def test_name_with_a_suffix(label: Path) -> None:
    text = document(Drug(looks=TABLET)).replace(
        b"<name>Examplin</name>", b"<name>Examplin\n <suffix>XR</suffix></name>"
    )
    label.write_bytes(text)
    assert read(label).rows[0]["name"] == "Examplin XR"


@pytest.mark.parametrize(
    ("marketing", "discontinued"),
    [
        ('<statusCode code="active"/><effectiveTime><low value="20200101"/></effectiveTime>', ""),
        (
            '<statusCode code="completed"/><effectiveTime><low value="20200101"/>'
            '<high value="20251130"/></effectiveTime>',
            "2025-11-30",
        ),
        (
            '<statusCode code="active"/><effectiveTime><high value="20300630"/></effectiveTime>',
            "2030-06-30",
        ),
        ('<statusCode code="completed"/>', "2026-01-31"),
    ],
)
def test_end_of_marketing(label: Path, marketing: str, discontinued: str) -> None:
    (row,) = of(label, Drug(looks=TABLET, marketing=marketing)).rows
    assert row["discontinued"] == discontinued


@pytest.mark.parametrize(
    ("said", "imprint"),
    [
        ("none", ""), ("No imprint", ""), ("no markings.", ""), ("44;BLANK", "44"), ("---", ""),
        ("NONE 5", "NONE 5"), (" M ;  ;  15 ", "M;15"),
    ],
)  # fmt: skip
def test_imprint_in_words(label: Path, said: str, imprint: str) -> None:
    result = of(label, Drug(looks=looks(said, [Color.RED])))
    assert result.rows[0]["imprint"] == imprint
    assert bool(result.normalised) == (imprint in ("", "44"))


@pytest.mark.parametrize(
    ("values", "colors"),
    [
        (['code="C48325" displayName="off-white"'], "WHITE"),
        (['code="X" displayName="Pink (light)"', 'displayName="BLUE"'], "PINK;BLUE"),
        (['code="C48329"', 'code="C48329"'], "GREEN"),
        (['code="X" displayName="MAUVE"', 'code="C48331"'], "ORANGE"),
        (['nullFlavor="OTH"'], ""),
    ],
)
def test_colors(label: Path, values: list[str], colors: str) -> None:
    listed = (("SPLCOLOR", f"<value {value}/>") for value in values)
    (row,) = of(label, looking(*looks("A"), *listed)).rows
    assert row["color"] == colors


def test_what_is_outside_the_vocabulary_is_dropped_and_counted(label: Path) -> None:
    result = of(
        label,
        looking(
            *looks("A"),
            ("SPLCOLOR", '<value nullFlavor="OTH"><originalText>clear</originalText></value>'),
            ("SPLSHAPE", '<value displayName="HEART"/>'),
            ("SPLSIZE", '<value value="3" unit="kg"/>'),
            ("SPLSCORE", '<value value="99999999999999999999"/>'),
        ),
    )
    (row,) = result.rows
    assert [row[name] for name in ("imprint", "color", "shape", "score", "size_mm")] == [
        "A", "", "", None, None,
    ]  # fmt: skip
    assert result.normalised == {
        "color outside the FDA vocabulary dropped": 1,
        "shape outside the FDA vocabulary dropped": 1,
        "size in a unit that is no length dropped": 1,
        "impossible number of score pieces dropped": 1,
    }


@pytest.mark.parametrize(
    ("value", "size_mm"),
    [
        ('value="8" unit="mm"', 8.0), ('value="1.2" unit="cm"', 12.0), ('value="7,5"', 7.5),
        ('value="900" unit="mm"', None), ('unit="mm"', None), ('value="big" unit="mm"', None),
    ],
)  # fmt: skip
def test_size(label: Path, value: str, size_mm: float | None) -> None:
    (row,) = of(label, looking(*looks("A"), ("SPLSIZE", f"<value {value}/>"))).rows
    assert row["size_mm"] == size_mm


@pytest.mark.parametrize(
    ("amount", "unit", "strength"),
    [
        ("500", "mg", "500 MG"), ("0.50", "g", "0.5 G"), (".5", "mg", "0.5 MG"),
        ("1000", "[iU]", "1000 IU"), ("1E+99999999", "mg", ""), ("", "mg", ""), ("5", "1", "5"),
    ],
)  # fmt: skip
def test_strength(label: Path, amount: str, unit: str, strength: str) -> None:
    (row,) = of(label, Drug(looks=TABLET, ingredients=(("A", amount, unit, ""),))).rows
    assert row["strength"] == strength


def test_amount_in_something_else_than_one_pill(label: Path) -> None:
    drug = Drug(looks=TABLET, ingredients=(("A", "10", "mg", ""),))
    label.write_bytes(document(drug).replace(b'value="1" unit="1"', b'value="5" unit="mL"'))
    assert read(label).rows[0]["strength"] == "10 MG/5 ML"


@pytest.mark.parametrize(
    ("drug", "kept"),
    [
        (Drug(form="CREAM", route="TOPICAL"), False),
        (Drug(form="SOLUTION", looks=looks("", [Color.RED])), False),
        (Drug(form="SUPPOSITORY", route="RECTAL", looks=looks("", [], Shape.BULLET)), False),
        (Drug(form="TABLET", route="VAGINAL", looks=TABLET), True),
        (Drug(form="FILM", route="SUBLINGUAL", looks=looks("N8")), True),
        (Drug(form="CAPSULE, LIQUID FILLED", looks=looks("", [Color.RED])), True),
        (Drug(form="TABLET"), False),
    ],
)
def test_which_products_are_pills(label: Path, drug: Drug, kept: bool) -> None:
    result = of(label, drug)
    assert len(result.rows) == kept
    assert result.rejected.total() == (not kept)


def test_product_without_a_code(label: Path) -> None:
    result = of(label, Drug("", looks=TABLET), Drug("123", looks=TABLET))
    assert not result.rows
    assert result.rejects == [("label.xml Examplin", "product without name or NDC")] * 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not well-formed XML"),
        (b"<html/>", "XML, but not an SPL document (urn:hl7-org:v3)"),
        (document(Drug())[:-1], "not well-formed XML"),
        (document(Drug(), set_id=""), "no set id"),
    ],
)
def test_other_documents_are_rejected(label: Path, content: bytes, why: str) -> None:
    label.write_bytes(content)
    result = read(label)
    assert (result.rows, result.rows_in, list(result.rejected)) == ([], 1, [why])


@pytest.mark.parametrize("order", [(9, 10), (10, 9)])
def test_of_two_versions_the_newer_stays(label: Path, order: tuple[int, int]) -> None:
    rows = [
        row | {"source": "spl", "country": "US"}
        for version in order
        for row in of(label, Drug(looks=TABLET), version=version).rows
    ]
    assert [row["document_version"] for row in Documents.of(rows).all_rows()] == ["10"]


def test_catalogue_of_a_release(tmp_path: Path) -> None:
    drugs = [Drug(looks=looks(imprint)) for imprint in ("A 1", "A 1", "B 2")]
    labels = [document(drug, set_id=str(number)) for number, drug in enumerate(drugs)]
    release(tmp_path / "release.zip", [*labels, b"<html/>"], pictures=100)
    catalog = build("spl", tmp_path / "release.zip", tmp_path / "us.parquet")
    assert [len(catalog.appearance(row).products) for row in range(len(catalog))] == [2, 1]
    assert not problems(catalog)
    rejects = (tmp_path / "us.rejects.csv").read_text()
    assert "release.zip/prescription/20260131_3.zip/3.xml" in rejects
