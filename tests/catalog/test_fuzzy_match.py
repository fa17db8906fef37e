"""The fuzzy match, by its properties and by pills whose ranking a person can check."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxmm.catalog.fuzzy_match import FuzzyMatcher
from rxmm.catalog.imprint_text import appearance_key, rotate_180
from rxmm.catalog.rows import LEAST, CatalogRows, size_fit
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import ImprintReading, Looks
from tests.conftest import reading

CATALOG = Catalog.load("us")
ROWS = CatalogRows(CATALOG)
FUZZY = FuzzyMatcher(ROWS)
ROWS_WITH_IMPRINT = [row for row, imprint in enumerate(CATALOG.imprint_tokens) if imprint]


def score_of(*readings: ImprintReading) -> np.ndarray:
    return ROWS.imprint_score(FUZZY(readings))


def best(*readings: ImprintReading) -> tuple[str, ...]:
    """Imprint of the best row, as its sorted tokens."""
    return appearance_key(CATALOG.imprint_tokens[int(score_of(*readings).argmax())])


def looks(color: Color, shape: Shape) -> Looks:
    return Looks(colors=({color: 1.0},), shape={shape: 1.0}, score={1: 1.0}, aspect_ratio=1.0)


@given(st.sampled_from(ROWS_WITH_IMPRINT), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_an_imprint_read_in_full_is_never_beaten(row: int, random) -> None:
    words = list(CATALOG.imprint_tokens[row])
    random.shuffle(words)
    cut = random.randint(0, len(words))
    score = score_of(reading(*words[:cut]), reading(*words[cut:]))
    assert score[row] == pytest.approx(score.max())


@given(st.lists(st.text("ABC0189", min_size=1, max_size=6), max_size=4))
@settings(max_examples=40)
def test_the_order_of_faces_does_not_matter(texts: list[str]) -> None:
    there = score_of(reading(*texts), reading("TEVA"))
    back = score_of(reading("TEVA"), reading(*texts))
    np.testing.assert_allclose(there, back, atol=1e-9)


def test_without_a_reading_no_imprint_gains() -> None:
    assert score_of().max() <= 0
    assert score_of(ImprintReading(), ImprintReading()).max() <= 0


def test_a_look_alike_costs_less_than_another_character() -> None:
    (row,) = [r for r, t in enumerate(CATALOG.imprint_tokens) if sorted(t) == ["54", "757"]]
    alike = score_of(reading("S4", "757"))[row]
    other = score_of(reading("X4", "757"))[row]
    assert alike > other


def test_a_line_read_upside_down_is_found() -> None:
    turnable = [
        (row, turned)
        for row, imprint in enumerate(CATALOG.imprint_tokens)
        if len(imprint) == 1 and len(imprint[0]) > 2
        if (turned := rotate_180(imprint[0])) and turned not in ROWS.vocabulary
    ]
    assert turnable
    for row, turned in turnable:
        found = score_of(reading(turned), ImprintReading())[row]
        assert found > score_of(reading("QJQJ"), ImprintReading())[row] + 5


def test_what_may_be_on_the_other_face_costs_little() -> None:
    (row,) = [r for r, t in enumerate(CATALOG.imprint_tokens) if sorted(t) == ["4067", "TEVA"]]
    one_face = score_of(reading("4067"))
    both_faces = score_of(reading("4067"), ImprintReading())
    assert one_face[row] > one_face.max() - 1  # there are pills with 4067 alone
    assert one_face[row] > both_faces[row] + 3


def test_two_tokens_read_as_one_line_are_found() -> None:
    assert best(reading("TEVA4067")) == ("4067", "TEVA")


def test_a_lone_character_is_not_found_inside_a_longer_token() -> None:
    lone = [r for r, words in enumerate(CATALOG.imprint_tokens) if len("".join(words)) == 1]
    score = score_of(reading("".join({CATALOG.imprint_tokens[row][0] for row in lone})))
    blank = score_of(ImprintReading())
    assert lone and (score[lone] <= blank[lone]).all()


def test_colour_and_shape_decide_between_equal_imprints() -> None:
    table = CATALOG.appearances.assign(key=list(map(appearance_key, CATALOG.imprint_tokens)))
    several = table.groupby("key").filter(lambda rows: rows["color"].nunique() > 1)
    single = several[~several["color"].str.contains(";") & (several["imprint"] != "")]
    row = int(single.index[0])
    facts = single.loc[row]
    seen = looks(Color(facts["color"]), Shape(facts["shape"]))
    score = score_of(reading(*CATALOG.imprint_tokens[row])) + ROWS.looks_score([seen])
    assert int(score.argmax()) == row


def test_a_measured_size_decides_between_equal_imprints_of_unclear_looks() -> None:
    table = CATALOG.appearances.assign(key=list(map(appearance_key, CATALOG.imprint_tokens)))
    several = table[(table["imprint"] != "") & table["size_mm"].notna()].groupby("key")["size_mm"]
    (smaller, larger), *_ = (
        (sizes.idxmin(), sizes.idxmax())
        for _, sizes in several
        if len(sizes) == 2 and sizes.max() > 1.3 * sizes.min()
    )
    unclear = Looks(
        colors=(dict.fromkeys(Color, 1 / len(Color)),),
        shape=dict.fromkeys(Shape, 1 / len(Shape)),
        score={1: 1.0},
        aspect_ratio=1.0,
    )
    imprint = score_of(reading(*CATALOG.imprint_tokens[smaller]))
    for row, other in ((smaller, larger), (larger, smaller)):
        seen = replace(unclear, size_mm=float(table["size_mm"][row]))
        score = imprint + ROWS.looks_score([seen])
        assert score[row] == score.max() > score[other]


@given(
    st.lists(st.one_of(st.just(0.0), st.floats(2.0, 40.0)), min_size=1, max_size=9),
    st.one_of(st.none(), st.floats(1.0, 60.0)),
)
def test_the_fit_of_a_size_is_bounded_and_neutral_where_nothing_is_known(
    sizes: list[float], measured: float | None
) -> None:
    recorded = np.array(sizes)
    fit = size_fit(recorded, [replace(looks(Color.WHITE, Shape.ROUND), size_mm=measured)])
    assert ((math.log(LEAST) - 1e-9 <= fit) & (fit <= 0)).all()
    if measured is None or not recorded.any():
        assert (fit == 0).all()
        return
    known = recorded > 0
    assert (fit[known].min() - 1e-9 <= fit[~known]).all() and (
        fit[~known] <= fit[known].max() + 1e-9
    ).all()
    off = np.abs(np.log(measured / recorded[known]))
    assert (np.diff(fit[known][off.argsort()]) <= 1e-9).all()


def test_colour_and_shape_never_rescue_a_contradicting_imprint() -> None:
    (row,) = [r for r, t in enumerate(CATALOG.imprint_tokens) if sorted(t) == ["54", "757"]]
    wrong = looks(Color.BLACK, Shape.GEAR)
    assert int((score_of(reading("54", "757")) + ROWS.looks_score([wrong])).argmax()) == row


def test_an_unsure_line_counts_less_than_a_sure_one() -> None:
    (row,) = [r for r, t in enumerate(CATALOG.imprint_tokens) if sorted(t) == ["54", "757"]]
    sure = score_of(reading("54", "757"))[row]
    unsure = score_of(reading("54", "757", confidence=0.3))[row]
    assert sure > unsure


@pytest.mark.parametrize(("texts", "other"), [(("93", "7240"), "7230"), (("M", "475"), "3758")])
def test_looks_never_outweigh_a_character_that_was_read(texts: tuple[str, ...], other: str) -> None:
    rows = [r for r, t in enumerate(CATALOG.imprint_tokens) if other in t]
    facts = CATALOG.appearances.loc[rows[0]]
    flattering = looks(Color(facts["color"]), Shape(facts["shape"]))
    score = score_of(*(reading(text) for text in texts)) + ROWS.looks_score([flattering])
    assert appearance_key(CATALOG.imprint_tokens[int(score.argmax())]) == tuple(sorted(texts))
