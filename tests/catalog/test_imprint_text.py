import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.imprint_text import (
    LOOK_ALIKES,
    appearance_key,
    fold_look_alikes,
    rotate_180,
    tokens,
)

IMPRINT = st.text("ABCMWXZ0123456789", max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lilly;3227;10;mg", ("LILLY", "3227", "10", "MG")),
        ("PAD; 112", ("PAD", "112")),
        ("2.5;4214", ("25", "4214")),
        ("West-;ward;3141", ("WEST", "WARD", "3141")),
        ("M+", ("M",)),
        ("六邊形裡面有K", ("K",)),
        (" ;; - ", ()),
        ("", ()),
        (("FY T061", "10"), ("FY", "T061", "10")),
    ],
)
def test_tokens_follow_the_scoring_protocol(
    text: str | tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert tokens(text) == expected


@given(st.text())
def test_tokens_hold_only_capital_letters_and_digits_and_are_idempotent(text: str) -> None:
    found = tokens(text)
    assert all(token and token.isascii() and token.isalnum() for token in found)
    assert tokens(found) == found == tokens(" ".join(found))


@given(
    st.lists(IMPRINT).flatmap(lambda pieces: st.tuples(st.just(pieces), st.permutations(pieces)))
)
def test_the_key_ignores_order_but_not_repetition(both: tuple[list[str], list[str]]) -> None:
    pieces, shuffled = both
    assert appearance_key(pieces) == appearance_key(shuffled)
    assert len(appearance_key([*pieces, "A"])) == len(appearance_key(pieces)) + 1


@given(IMPRINT)
def test_turning_twice_gives_the_same_text(text: str) -> None:
    turned = rotate_180(text)
    assert turned is None or rotate_180(turned) == text


@pytest.mark.parametrize(
    ("text", "turned"), [("69", "69"), ("W66", "99M"), ("SON", "NOS"), ("A1", None), ("", "")]
)
def test_turning(text: str, turned: str | None) -> None:
    assert rotate_180(text) == turned


@given(IMPRINT)
def test_folding_is_idempotent_and_keeps_the_length(text: str) -> None:
    folded = fold_look_alikes(text)
    assert fold_look_alikes(folded) == folded
    assert len(folded) == len(text)


@pytest.mark.parametrize("group", LOOK_ALIKES)
def test_a_look_alike_class_folds_to_one_character(group: str) -> None:
    assert len({fold_look_alikes(character) for character in group}) == 1
