"""Structured Product Labeling: which rows a document gives, and what they are sold as."""

from pathlib import Path

import pytest

from rxmm.catalog.build import build
from rxmm.catalog.documents import by_document
from rxmm.catalog.sources import normalise
from rxmm.catalog.validate import problems
from rxmm.catalog.vocabulary import Color, Shape
from tests.catalog.spl_documents import (
    SET_ID,
    TABLET,
    Drug,
    document,
    imported,
    looks,
    release,
)


def test_every_column(tmp_path: Path) -> None:
    drug = Drug(
        looks=TABLET,
        ingredients=(("Examplin; salt", "12.50", "mg", "0123456789"), ("Other", "5", "ug", "")),
        packages=("12345-678-01", "12345-678-02", "12345-678-01"),
    )
    result = imported(tmp_path, document(drug, version=7, labeler="A & B"))
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


def test_parts_of_a_kit(tmp_path: Path) -> None:
    active = Drug("", "", looks=looks("b;974"), ingredients=(("ACTIVE", "1", "mg", "A"),))
    inert = Drug("12345-600", "Inert", "", looks=looks("b;143"))
    kit = Drug("12345-111", "Pack", form="KIT", packages=("12345-111-28",), parts=(active, inert))
    first, second = imported(tmp_path, document(kit)).rows
    assert [first[name] for name in ("name", "ndc", "packages", "imprint", "strength")] == [
        "Pack", "12345-111", "12345-111-28", "b;974", "1 MG",
    ]  # fmt: skip
    assert [second[name] for name in ("name", "generic", "ndc", "imprint", "ingredients")] == [
        "Inert", "", "12345-600", "b;143", "",
    ]  # fmt: skip


def test_kit_in_a_kit_and_a_product_after_it(tmp_path: Path) -> None:
    pill = Drug("", "", looks=looks("A 1"))
    inner = Drug("12345-222", "Week", form="KIT", parts=(pill,))
    outer = Drug("12345-111", "Month", form="KIT", parts=(inner, pill))
    rows = imported(tmp_path, document(outer, Drug("12345-333", "Single", looks=TABLET))).rows
    assert [(row["ndc"], row["imprint"]) for row in rows] == [
        ("12345-111", "A 1"),
        ("12345-111", "A 1"),
        ("12345-333", "EX;10"),
    ]


def test_older_documents(tmp_path: Path) -> None:
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
    rows = imported(tmp_path, text.encode()).rows
    assert [row["ingredients"] for row in rows] == ["OLD 20 mg [0123456789]"] * 2
    assert {row["document"] for row in rows} == {SET_ID}


def test_name_with_a_suffix(tmp_path: Path) -> None:
    text = document(Drug(looks=TABLET)).replace(
        b"<name>Examplin</name>", b"<name>Examplin\n <suffix>XR</suffix></name>"
    )
    assert imported(tmp_path, text).rows[0]["name"] == "Examplin XR"


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
def test_end_of_marketing(tmp_path: Path, marketing: str, discontinued: str) -> None:
    (row,) = imported(tmp_path, document(Drug(looks=TABLET, marketing=marketing))).rows
    assert row["discontinued"] == discontinued


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
def test_which_products_are_pills(tmp_path: Path, drug: Drug, kept: bool) -> None:
    result = imported(tmp_path, document(drug))
    assert len(result.rows) == kept
    assert result.rejected.total() == (not kept)


def test_product_without_a_code(tmp_path: Path) -> None:
    result = imported(tmp_path, document(Drug("", looks=TABLET), Drug("123", looks=TABLET)))
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
def test_other_documents_are_rejected(tmp_path: Path, content: bytes, why: str) -> None:
    result = imported(tmp_path, content)
    assert (result.rows, result.rows_in, list(result.rejected)) == ([], 1, [why])


@pytest.mark.parametrize("order", [(9, 10), (10, 9)])
def test_of_two_versions_the_newer_stays(tmp_path: Path, order: tuple[int, int]) -> None:
    rows = [
        row | {"source": "spl", "country": "US"}
        for version in order
        for row in imported(tmp_path, document(Drug(looks=TABLET), version=version)).rows
    ]
    (kept,) = by_document(rows).values()
    assert [row["document_version"] for row in kept] == ["10"]


def test_catalogue_of_a_release(tmp_path: Path) -> None:
    drugs = [Drug(looks=looks(imprint)) for imprint in ("A 1", "A 1", "B 2")]
    labels = [document(drug, set_id=str(number)) for number, drug in enumerate(drugs)]
    release(tmp_path / "release.zip", [*labels, b"<html/>"], pictures=100)
    catalog = build("spl", tmp_path / "release.zip", tmp_path / "us.parquet")
    assert [len(catalog.appearance(row).products) for row in range(len(catalog))] == [2, 1]
    assert not problems(catalog)
    rejects = (tmp_path / "us.rejects.csv").read_text()
    assert "release.zip/prescription/20260131_3.zip/3.xml" in rejects
