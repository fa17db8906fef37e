"""Sheets of drawn entries, and what their captions say."""

import numpy as np

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.drawing.sheet import CARD_WIDTH, DRAWN, Entry, caption, draw_sheet
from rxmm.results import Appearance, Product

PRODUCTS = (Product("PILL 5 MG"), Product("OTHER"), Product("THIRD"))
FULL = Appearance(
    "us-1",
    ("54", "757"),
    (Color.WHITE, Color.BLUE),
    Shape.CAPSULE,
    score=2,
    size_mm=8.5,
    imprint_type="PRINTED",
    imprint_color=Color.BLACK,
    products=PRODUCTS,
)


def test_the_caption_tells_what_is_recorded() -> None:
    assert caption(FULL) == [
        "54 · 757",
        "white and blue, capsule, 8.5 mm, scored into 2, printed in black",
        "PILL 5 MG (+2 more)",
        f"us-1. {DRAWN}",
        "Not recorded: which face carries what, the face of the score line.",
    ]


def test_the_caption_tells_what_is_not_recorded() -> None:
    bare = Appearance("tw-1", (), products=(Product("PILL · 藥品", country="TW"),))
    imprint, looks, product, _, missing = caption(bare)
    assert (imprint, looks, product) == ("no imprint recorded", "", "PILL")
    assert missing == "Not recorded: color, shape, size, score."


def test_taiwan_records_the_faces() -> None:
    known = Appearance("tw-1", ("A", "B"), products=(Product("P", country="TW"),))
    assert "face" not in caption(known)[-1]


def test_a_sheet_holds_a_card_for_every_entry() -> None:
    one = draw_sheet([Entry(FULL)])
    assert one.width == CARD_WIDTH
    three = draw_sheet([Entry(FULL, "1.  exact")] * 3)
    assert three.width == 2 * CARD_WIDTH and three.height > 2 * one.height
    cards = np.asarray(three)
    assert (
        cards[: three.height // 2, :CARD_WIDTH] == cards[: three.height // 2, CARD_WIDTH:]
    ).all()
