"""Catalogue entries as drawings: what is recorded is what is seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.drawing.pill import COLORS, PAPER, draw_faces, share
from rxmm.imprint.reader import EasyOCRReader
from rxmm.looks import describe
from rxmm.results import Appearance, Product
from rxmm.segmentation import PillSegmenter


def pill(*imprint: str, **facts: object) -> Appearance:
    defaults = {"colors": (Color.WHITE,), "shape": Shape.ROUND, "imprint_type": "DEBOSSED"}
    return Appearance("us-0", imprint, **(defaults | facts))  # type: ignore[arg-type]


def pixels(appearance: Appearance, width: int = 240, height: int = 200) -> np.ndarray:
    return np.asarray(draw_faces(appearance, width, height), int)


@pytest.mark.parametrize("color", Color)
def test_the_recorded_color_is_drawn(color: Color) -> None:
    drawn = pixels(pill(colors=(color,)))
    assert np.abs(drawn[100, 120] - COLORS[color]).max() < 16


@pytest.mark.parametrize(
    "color", sorted(set(Color) - {Color.BLACK})
)  # on white paper it is called gray
def test_the_drawn_color_is_recognised(color: Color) -> None:
    (face,) = PillSegmenter()(pixels(pill(colors=(color,))).astype(np.uint8))
    seen = describe(face).colors[0]
    assert max(seen, key=lambda name: seen[name]) == color


def test_two_colors_share_a_capsule() -> None:
    drawn = pixels(pill(colors=(Color.RED, Color.WHITE), shape=Shape.CAPSULE), 300, 120)
    assert np.abs(drawn[60, 90] - COLORS[Color.RED]).max() < 40
    assert np.abs(drawn[60, 210] - COLORS[Color.WHITE]).max() < 40


def test_a_pill_of_unknown_color_and_shape_is_no_white_one() -> None:
    unknown, white = pill(colors=(), shape=None), pill()
    assert pixels(unknown)[100, 120].sum() < pixels(white)[100, 120].sum() - 40


def test_the_same_facts_give_the_same_pixels() -> None:
    one = pill("54", "757", score=2)
    assert (pixels(one) == pixels(pill("54", "757", score=2))).all()
    assert (pixels(one) != pixels(pill("54", "758", score=2))).any()


@settings(max_examples=25)
@given(
    st.sampled_from(Shape),
    st.lists(st.sampled_from(Color), max_size=3, unique=True),
    st.lists(st.text("ABgy059 -", min_size=1, max_size=8), max_size=4),
    st.sampled_from([None, 1, 2, 3, 4]),
    st.sampled_from([None, "DEBOSSED", "EMBOSSED", "PRINTED"]),
)
def test_any_pill_lies_inside_its_sheet(
    shape: Shape, colors: list[Color], imprint: list[str], score: int | None, kind: str | None
) -> None:
    drawn = pixels(
        pill(*imprint, shape=shape, colors=tuple(colors), score=score, imprint_type=kind), 160, 80
    )
    assert drawn.shape == (80, 160, 3)
    edge = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
    assert np.abs(edge - PAPER).max() < 25  # paper, or the shadow on it
    assert (np.abs(drawn - PAPER).max(axis=2) > 8).mean() > 0.05


@pytest.mark.parametrize("kind", [None, "DEBOSSED", "EMBOSSED", "PRINTED"])
@pytest.mark.parametrize("color", [Color.BLACK, Color.WHITE, Color.RED])
def test_every_kind_of_imprint_shows_on_every_coat(kind: str | None, color: Color) -> None:
    facts = {"colors": (color,), "imprint_type": kind, "imprint_color": color}
    bare, lettered = pixels(pill(**facts)), pixels(pill("HH", **facts))
    changed = np.abs(bare - lettered).max(axis=2) > 35
    assert changed.sum() > 150
    rows, columns = np.nonzero(changed)
    assert abs(rows.mean() - 100) < 6 and abs(columns.mean() - 120) < 6


def test_segments_are_shared_by_the_faces() -> None:
    assert share(pill("54")) == (("54",),)
    assert share(pill()) == ((),)
    assert share(pill("54", score=2)) == (("54",), ())
    roxane = (Product("Lithium", labeler="ROXANE LABORATORIES INC."),)
    assert share(pill("54", "757", products=roxane)) == (("54", "757"),)
    teva = (Product("Fluconazole", labeler="TEVA"),)
    assert share(pill("93", "5412", products=teva)) == (("93",), ("5412",))
    trigen = (Product("Lorzone", labeler="TRIGEN LABS"),)
    capsule = pill("TL", "385", "TL", "385", shape=Shape.CAPSULE, products=trigen)
    assert share(capsule) == (("TL", "385", "TL", "385"),)
    many = tuple("ABCDEFGHIJ")
    assert share(pill(*many)) == (many,)
    taiwan = (Product("Pill", country="TW"),)
    assert share(pill("A", "A", "B", "B", products=taiwan)) == (("A", "A"), ("B", "B"))
    both = (*taiwan, Product("Pill", country="US"))
    assert share(pill("A", "A", "B", "B", products=both)) != (("A", "A"), ("B", "B"))


def test_the_reader_reads_what_is_drawn() -> None:
    catalog = Catalog.load("us")
    row = int(catalog.appearances.query("imprint == '54;757' and color == 'WHITE'").index[0])
    drawn = pixels(catalog.appearance(row), 520, 220)
    faces = PillSegmenter()(drawn.astype(np.uint8))
    readings = EasyOCRReader.released()(faces)
    assert sorted(word for reading in readings for word in reading.text.split()) == ["54", "757"]
    assert Matcher(catalog)(readings, [describe(face) for face in faces]).score.argmax() == row
