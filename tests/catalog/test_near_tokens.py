"""The index of near tokens against asking every pair, and the kinds of mistake by example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.imprint_text import fold_look_alikes, rotate_180
from rxmm.catalog.near_tokens import Mistake, NearTokens

WORDS = st.sets(st.text("0O16B9", min_size=1, max_size=4), min_size=1, max_size=30)


@given(WORDS, st.text("0O16B9", min_size=1, max_size=4))
def test_the_index_finds_what_asking_every_pair_finds(words: set[str], token: str) -> None:
    def one_mistake(word: str) -> bool:
        return (
            Levenshtein.distance(word, token) == 1
            or fold_look_alikes(word) == fold_look_alikes(token)
            or rotate_180(token) == word
        )

    near = NearTokens(words)(token)
    assert set(near) == {word for word in words - {token} if one_mistake(word)}
    for word, mistake in near.items():
        alike = fold_look_alikes(word) == fold_look_alikes(token)
        assert (mistake == Mistake.LOOKS_ALIKE) == alike
        if mistake == Mistake.REPLACED:
            assert len(word) == len(token)
        if mistake == Mistake.ADDED:
            assert abs(len(word) - len(token)) == 1


@given(WORDS)
def test_near_is_mutual(words: set[str]) -> None:
    near = NearTokens(words)
    for one in words:
        assert all(near(other)[one] == mistake for other, mistake in near(one).items())


@pytest.mark.parametrize(
    ("token", "other", "mistake"),
    [
        ("B53", "8S3", Mistake.LOOKS_ALIKE),
        ("66", "99", Mistake.TURNED),
        ("465", "466", Mistake.REPLACED),
        ("465", "4655", Mistake.ADDED),
        ("5", "7", Mistake.REPLACED),
    ],
)
def test_each_kind_of_mistake(token: str, other: str, mistake: Mistake) -> None:
    assert NearTokens([other, "ZZZZZZ"])(token) == {other: mistake}


def test_two_edits_are_not_near() -> None:
    assert NearTokens(["4777", "54", "465"])("465") == {}
