"""The likelihood of strings, against PyTorch's own CTC loss, and the folding of alphabets."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.imprint.lattice import HOPELESS, Alphabet, Vocabulary, best_path

imprints = st.text(IMPRINT_CHARACTERS, min_size=1, max_size=5)


def belief(seed: int, columns: int = 7, sharpness: float = 1.0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return (torch.randn(columns, 37, generator=random) * sharpness).softmax(dim=1)


def spelled(text: str) -> torch.Tensor:
    """A posterior that is sure of a text: a column for each character, blanks between."""
    rows = []
    for character in text:
        for klass in (IMPRINT_CHARACTERS.index(character) + 1, 0):
            rows.append(torch.full((37,), 1e-3).index_fill(0, torch.tensor(klass), 0.96))
    return torch.stack(rows)


@given(st.lists(imprints, min_size=1, max_size=6), st.integers(0, 1000))
@settings(max_examples=40)
def test_likelihood_is_that_of_ctc_relative_to_the_best_path(texts: list[str], seed: int) -> None:
    posterior = belief(seed)
    ours = Vocabulary(texts).log_likelihood([posterior])[0]
    log_best = posterior.amax(dim=1).log().sum()
    for text, value in zip(texts, ours, strict=True):
        target = torch.tensor([[IMPRINT_CHARACTERS.index(c) + 1 for c in text]])
        loss = functional.ctc_loss(
            posterior.log()[:, None], target, torch.tensor([7]), torch.tensor([len(text)]),
            reduction="sum",
        )  # fmt: skip
        expected = -loss - log_best
        if expected > HOPELESS + 1:
            torch.testing.assert_close(value, expected, rtol=1e-3, atol=2e-2)


@given(imprints)
def test_what_is_written_is_likeliest_and_is_the_best_path(text: str) -> None:
    posterior = spelled(text)
    assert best_path(posterior) == (text, pytest.approx([0.96] * len(text)))
    others = [text + "A", text[1:] + "7" + text[:1], text[::-1] + "Q"]
    whole, *rest = Vocabulary([text, *others]).log_likelihood([posterior])[0].tolist()
    assert whole == pytest.approx(0, abs=0.1)
    assert all(whole > other for other in rest)


def test_a_token_is_found_within_a_longer_line() -> None:
    vocabulary = Vocabulary(["93", "7253", "94"])
    line = spelled("93" + "7253")
    within = vocabulary.log_likelihood_within([line])[0]
    whole = vocabulary.log_likelihood([line])[0]
    assert within[0] == pytest.approx(0, abs=0.2) and within[1] == pytest.approx(0, abs=0.2)
    assert within[2] < -3
    assert (whole < -3).all()


def test_lines_of_different_length_do_not_disturb_each_other() -> None:
    vocabulary = Vocabulary(["AB", "ABC"])
    alone = vocabulary.log_likelihood([spelled("AB")])
    together = vocabulary.log_likelihood([spelled("AB"), spelled("TEVA4067")])
    torch.testing.assert_close(alone[0, 0], together[0, 0], atol=0.02, rtol=0)
    assert together[0, 1] < -5


def test_folding_keeps_the_mass_and_joins_cases() -> None:
    alphabet = Alphabet(["[blank]", "a", "A", "-", "7"])
    folded = alphabet.fold(torch.tensor([[0.1, 0.2, 0.3, 0.15, 0.25]]))
    assert folded.sum() == pytest.approx(1)
    assert folded[0, IMPRINT_CHARACTERS.index("A") + 1] == pytest.approx(0.5)
    assert folded[0, 0] == pytest.approx(0.25)


def test_nothing_read_explains_nothing() -> None:
    assert Vocabulary(["A"]).log_likelihood([]).shape == (0, 1)
    assert best_path(torch.eye(37)[:1]) == ("", [])


def test_a_text_is_found_as_a_piece_of_longer_strings() -> None:
    vocabulary = Vocabulary(["20", "5852", "2", "X20Y5", "02"])
    assert vocabulary.share_in("20").tolist() == pytest.approx([1, 0, 0, 0.4, 0])
    assert vocabulary.share_in("5").tolist() == pytest.approx([0, 0.25, 0, 0.2, 0])
