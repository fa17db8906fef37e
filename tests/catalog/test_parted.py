"""A typed imprint, parted as it is recorded."""

from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.parted import parted

TOKEN = st.text("AB12", min_size=1, max_size=3)


@given(st.lists(TOKEN, min_size=1, max_size=3), st.lists(st.lists(TOKEN, max_size=4), max_size=5))
def test_no_letter_is_lost_and_known_words_stay(
    words: list[str], imprints: list[list[str]]
) -> None:
    found = parted(words, imprints)
    assert "".join(found) == "".join(words)
    known = {token for imprint in imprints for token in imprint}
    assert all(word in found for word in words if word in known)


def test_tokens_may_be_typed_in_any_order() -> None:
    assert parted(["5313TEVA", "X"], [("TEVA", "5313")]) == ["5313", "TEVA", "X"]
    assert parted(["OP700"], [("OP",), ("700",)]) == ["OP700"]
