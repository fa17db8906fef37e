"""The character BERT: what it is told, and that characters keep imprints apart."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.models.text_encoder import (
    MAX_LENGTH,
    MAX_TOKENS,
    PAD,
    TextEncoder,
    spell,
    spell_imprints,
    text_of,
)
from tests.conftest import reading

TOKENS = st.lists(
    st.tuples(st.text(IMPRINT_CHARACTERS, min_size=1, max_size=20), st.floats(0, 1)), max_size=12
)


@pytest.fixture
def encoder() -> TextEncoder:
    torch.manual_seed(0)
    return TextEncoder(dim=32, hidden=32, layers=2, heads=2)


@given(st.lists(TOKENS, min_size=1, max_size=3))
def test_any_text_can_be_spelled(texts: list[list[tuple[str, float]]]) -> None:
    batch = spell(texts)
    assert batch.place.max() <= MAX_LENGTH and batch.token.max() < MAX_TOKENS
    assert (batch.characters[:, 0] != PAD).all()
    for text, characters in zip(texts, batch.characters, strict=True):
        kept = sorted(text, key=lambda token: -token[1])[:MAX_TOKENS]
        letters = sum(len(token[:MAX_LENGTH]) for token, _ in kept)
        assert (characters != PAD).sum() == 1 + letters + max(0, len(kept) - 1)


def test_an_embedding_depends_on_the_text_and_its_confidence_alone(encoder: TextEncoder) -> None:
    encoder.eval()
    with torch.inference_mode():
        alone = encoder(spell([[("IP", 0.9), ("465", 0.8)]]))
        beside = encoder(spell([[("IP", 0.9), ("465", 0.8)], [("WATSON853", 1.0)], []]))
        unsure = encoder(spell([[("IP", 0.9), ("465", 0.2)]]))
    assert beside.shape == (3, 32)
    torch.testing.assert_close(beside.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(alone[0], beside[0], atol=1e-5, rtol=0)
    assert not torch.allclose(alone, unsure, atol=1e-4)


def test_tokens_that_swap_characters_are_told_apart(encoder: TextEncoder) -> None:
    encoder.eval()
    one, other = encoder(spell_imprints([("A1", "B2"), ("A2", "B1")]))
    assert not torch.allclose(one, other, atol=1e-4)


def test_characters_keep_ip465_and_ip466_apart(encoder: TextEncoder) -> None:
    imprints = [("IP465",), ("IP466",), ("WATSON", "853"), ("WATS0N", "853"), ("IP", "465")]
    same = torch.tensor([0, 1, 2, 2, 0])
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=3e-3)
    for _ in range(60):
        embedded = encoder(spell_imprints(imprints))
        logits = 10 * embedded @ embedded.T
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            logits - 5, (same[:, None] == same).float()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    encoder.eval()
    embedded = encoder(spell_imprints(imprints))
    likeness = embedded @ embedded.T
    assert likeness[0, 1] < 0.5 < 0.8 < likeness[2, 3]
    assert likeness[0, 4] > 0.8


def test_a_reading_becomes_a_text_and_an_empty_one_an_empty_text() -> None:
    assert text_of([reading("IP-465", confidence=0.5), reading()]) == [("IP465", 0.5)]
    assert spell([text_of([])]).characters.shape == (1, 1)


def test_the_default_encoder_is_small() -> None:
    assert sum(p.numel() for p in TextEncoder().parameters()) < 4_000_000
