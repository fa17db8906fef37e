"""Which tokens of an imprint stand on the same face."""

import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sides import (
    FEATURES,
    MOST,
    Sided,
    load_weights,
    log_odds,
    on_other_face,
    sided,
    visible,
)
from rxmm.catalog.table import Catalog
from rxmm.evaluation import photos
from rxmm.training import photos as training_photos

CATALOG = Catalog.load("us")
US = sided(CATALOG)
WORDS = st.lists(st.text("ABC0123", min_size=1, max_size=5), max_size=4, unique=True)


def shown_by(pill: Sided) -> dict[tuple[str, ...], float]:
    """Probability of each set of tokens, sorted."""
    found = visible([pill])
    sets: dict[tuple[str, ...], float] = defaultdict(float)
    for shown, likely in zip(found.tokens, np.exp(found.log_probability).tolist(), strict=True):
        sets[tuple(sorted({pill.tokens[number] for number in shown}))] += likely
    return dict(sets)


@given(WORDS, st.sampled_from(["US", "TW", "KR"]), st.sampled_from(["", "MYLAN"]))
def test_what_one_face_lacks_the_other_shows(words: list[str], country: str, maker: str) -> None:
    found = shown_by(Sided(tuple(words), country=country, labeler=maker))
    assert 0.5 < sum(found.values()) < 1 + 1e-9  # what is unlikely is left out
    for shown, probability in found.items():
        other = tuple(sorted(set(words) - set(shown)))
        assert found[other] == pytest.approx(probability)


def test_a_lone_token_is_on_the_face_that_is_shown_or_on_the_other() -> None:
    assert shown_by(Sided(("A",))) == {("A",): pytest.approx(0.5), (): pytest.approx(0.5)}


def test_both_halves_of_a_capsule_are_one_face() -> None:
    pill = US["7350", "93"]
    assert pill.tokens == ("93", "7350", "93", "7350")
    found = shown_by(pill)
    assert found["7350", "93"] == pytest.approx(found[()])
    assert found["7350", "93"] > 0.4


def test_a_blank_pill_shows_nothing() -> None:
    assert visible([Sided(())]).tokens == [(), ()]
    assert visible([]).tokens == []


def test_of_very_many_tokens_nothing_is_said() -> None:
    many = tuple("ABCDEFGHIJ"[: MOST + 1])
    assert shown_by(Sided(many)) == {many: 1.0}


def test_every_imprint_has_something_to_show() -> None:
    unheard = [Sided(tuple(f"{letter}9Q" for letter in "ABCDEFGH"[:count])) for count in range(9)]
    assert set(visible([*US.values(), *unheard]).imprint) == set(range(len(US) + 9))


def test_the_weights_fit_the_features() -> None:
    assert load_weights().shape == (FEATURES,)


@pytest.mark.parametrize(
    ("imprint", "together"),
    [("54;757", True), ("IP;465", True), ("TEVA;7466", False), ("93;7355", False)],
)
def test_makers_habits_are_known(imprint: str, together: bool) -> None:
    ((odds,),) = log_odds([US[tuple(sorted(tokens(imprint)))]])
    assert (odds > 0) == together


def test_what_another_reader_saw_together_on_pills_that_were_held_back(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of phone photographs of one face; nothing of these pills was fitted on."""
    monkeypatch.setenv("RXMM_REAL_DATA", str(real_data))
    fitted_on = set(training_photos.phone_readings())
    listed = photos.us_phone_readings(real_data)
    together, alone = [], []
    for imprint, reading in (row for row in listed if row not in fitted_on):
        words, key = tokens(reading.replace("|", " ")), tuple(sorted(set(tokens(imprint))))
        if key in US and len(US[key].tokens) == 2 and len(words) < 4:
            ((odds,),) = log_odds([US[key]])
            found = len(set(words).intersection(key))
            if found:
                (together if found == 2 else alone).append(1 / (1 + math.exp(-odds)))
    assert len(together) > 10
    assert len(alone) > 50
    assert np.mean(np.array(together) > 0.5) > 0.75
    assert np.mean(np.array(alone) < 0.5) > 0.65


@pytest.mark.parametrize(
    ("imprint", "read", "elsewhere"),
    [
        ("93;7355", {"7355"}, {"93"}),
        ("93;7355", {"93"}, {"7355"}),
        ("54;757", {"757"}, set()),
        ("54;757", {"54", "757"}, set()),
        ("54;757", {"54", "Q"}, set()),
        ("TEVA;7466", set(), set()),
    ],
)
def test_where_to_look_for_what_was_not_read(
    imprint: str, read: set[str], elsewhere: set[str]
) -> None:
    row = CATALOG.imprint_tokens.index(tokens(imprint))
    assert on_other_face(CATALOG.appearance(row), read) == elsewhere
