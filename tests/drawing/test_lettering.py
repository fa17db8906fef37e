"""Text on a drawn face: all of it, inside, clear of the score lines."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rxmm.catalog.vocabulary import Shape
from rxmm.drawing.lettering import arrange, ink_mask
from rxmm.render.arrange import Groove
from rxmm.render.layout import inside
from rxmm.render.shapes import outline

RADIUS, SIDE = 60.0, 140
TOKENS = st.lists(st.text("AMgyi157-&", min_size=1, max_size=13), min_size=1, max_size=7)
UPRIGHT, LEVEL = Groove(np.pi / 2, 0.0, 0.06, 0.08), Groove(0.0, 0.0, 0.06, 0.08)
GROOVES = st.sampled_from([(), (UPRIGHT,), (LEVEL,), (UPRIGHT, LEVEL)])


@settings(max_examples=25)
@given(TOKENS, st.sampled_from(Shape), GROOVES)
def test_every_word_is_inside_the_pill_and_off_its_score_lines(
    tokens: list[str], shape: Shape, grooves: tuple[Groove, ...]
) -> None:
    shaped = outline(shape, 5)
    lines = arrange(tokens, shaped, grooves)
    assert sorted(" ".join(line.text for line in lines).split()) == sorted(tokens)
    mask = ink_mask(lines, (SIDE, SIDE), RADIUS)
    rows, columns = np.nonzero(mask > 0.5)
    x, y = (columns + 0.5 - SIDE / 2) / RADIUS, (rows + 0.5 - SIDE / 2) / RADIUS
    assert inside(np.stack([x, y], axis=1), shaped, 0.03)
    for groove in grooves:
        assert np.abs(x if groove.angle else y).min(initial=1) > 0.04


def test_a_single_word_is_in_the_middle() -> None:
    (line,) = arrange(["LASIX"], outline(Shape.ROUND, 5), [])
    assert line.text == "LASIX" and abs(line.x) < 0.05 and abs(line.y) < 0.05


def test_words_go_on_lines_where_that_makes_them_larger() -> None:
    (queued,) = arrange(["END", "UP"], outline(Shape.CAPSULE, 5), [])
    stacked = arrange(["END", "UP"], outline(Shape.ROUND, 5), [])
    assert queued.text == "END UP"
    assert [line.text for line in stacked] == ["END", "UP"] and stacked[0].y < stacked[1].y


def test_a_score_line_parts_the_words() -> None:
    left, right = arrange(["93", "7"], outline(Shape.OVAL, 5), (UPRIGHT,))
    assert (left.text, right.text) == ("93", "7") and left.x < 0 < right.x


def test_a_blank_face_has_no_lines() -> None:
    assert arrange([], outline(Shape.OVAL, 5), (UPRIGHT,)) == []
    assert not ink_mask([], (8, 8), RADIUS).any()
