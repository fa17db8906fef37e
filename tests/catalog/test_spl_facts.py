"""Structured Product Labeling: the looks and ingredients of a pill."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.sources import normalise
from rxmm.catalog.vocabulary import Color, Shape
from tests.catalog.spl_documents import TABLET, Drug, document, imported, looks


def looking(*values: tuple[str, str]) -> Drug:
    """A tablet of these characteristics: their codes and value elements."""
    return Drug(looks=values)


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
    tmp_path = tmp_path_factory.getbasetemp()
    (row,) = imported(
        tmp_path, document(Drug(name=name, looks=looks(imprint, colors, shape, score, size_mm)))
    ).rows
    assert row["imprint"] == normalise.segments(imprint.split(";"))
    assert row["color"] == ";".join(colors)
    assert row["shape"] == (shape or "")
    assert (row["score"], row["size_mm"]) == (score, size_mm)
    assert row["name"] == name


@pytest.mark.parametrize(
    ("said", "imprint"),
    [
        ("none", ""), ("No imprint", ""), ("no markings.", ""), ("44;BLANK", "44"), ("---", ""),
        ("NONE 5", "NONE 5"), (" M ;  ;  15 ", "M;15"),
    ],
)  # fmt: skip
def test_imprint_in_words(tmp_path: Path, said: str, imprint: str) -> None:
    result = imported(tmp_path, document(Drug(looks=looks(said, [Color.RED]))))
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
def test_colors(tmp_path: Path, values: list[str], colors: str) -> None:
    listed = (("SPLCOLOR", f"<value {value}/>") for value in values)
    (row,) = imported(tmp_path, document(looking(*looks("A"), *listed))).rows
    assert row["color"] == colors


def test_what_is_outside_the_vocabulary_is_dropped_and_counted(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        document(
            looking(
                *looks("A"),
                ("SPLCOLOR", '<value nullFlavor="OTH"><originalText>clear</originalText></value>'),
                ("SPLSHAPE", '<value displayName="HEART"/>'),
                ("SPLSIZE", '<value value="3" unit="kg"/>'),
                ("SPLSCORE", '<value value="99999999999999999999"/>'),
            )
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
def test_size(tmp_path: Path, value: str, size_mm: float | None) -> None:
    (row,) = imported(
        tmp_path, document(looking(*looks("A"), ("SPLSIZE", f"<value {value}/>")))
    ).rows
    assert row["size_mm"] == size_mm


@pytest.mark.parametrize(
    ("amount", "unit", "strength"),
    [
        ("500", "mg", "500 MG"), ("0.50", "g", "0.5 G"), (".5", "mg", "0.5 MG"),
        ("1000", "[iU]", "1000 IU"), ("1E+99999999", "mg", ""), ("", "mg", ""), ("5", "1", "5"),
    ],
)  # fmt: skip
def test_strength(tmp_path: Path, amount: str, unit: str, strength: str) -> None:
    (row,) = imported(
        tmp_path, document(Drug(looks=TABLET, ingredients=(("A", amount, unit, ""),)))
    ).rows
    assert row["strength"] == strength


def test_amount_in_something_else_than_one_pill(tmp_path: Path) -> None:
    drug = Drug(looks=TABLET, ingredients=(("A", "10", "mg", ""),))
    text = document(drug).replace(b'value="1" unit="1"', b'value="5" unit="mL"')
    assert imported(tmp_path, text).rows[0]["strength"] == "10 MG/5 ML"
