"""Imprint text to a vector: a small BERT over characters, not word pieces.

It encodes a catalogue row's imprint and a query's reading alike; a reading's confidence is added
to the embedding of each of its characters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS, tokens
from rxmm.results import ImprintReading

PAD, START, MASK, SEPARATOR = range(4)
CLASSES = 4 + len(IMPRINT_CHARACTERS)
MAX_TOKENS, MAX_LENGTH = 8, 16
"""Tokens of a text, and characters of a token, that are looked at."""

_CLASS = {character: number for number, character in enumerate(IMPRINT_CHARACTERS, start=4)}

Text = Sequence[tuple[str, float]]
"""Tokens over A-Z and 0-9, each with the reader's confidence in [0, 1]."""


class TextBatch(NamedTuple):
    """Spelled texts: the start sign, then tokens with separators between them.

    Attributes:
        characters: (B, L) int64 classes, `PAD` beyond a text's end.
        place: (B, L) int64 place within the token, from 1.
        token: (B, L) int64 number of the token.
        confidence: (B, L) float, 1 for signs.
    """

    characters: Tensor
    place: Tensor
    token: Tensor
    confidence: Tensor

    def to(self, device: torch.device) -> TextBatch:
        """The same texts on another device."""
        return TextBatch(*(part.to(device) for part in self))


class TextEncoder(nn.Module):
    """BERT over the characters of all tokens at once.

    Places count anew in each token, and tokens are told apart by numbers that training deals out
    at random: their order says nothing.

    Args:
        dim: of the embedding.
        hidden, layers, heads: of the transformer.
    """

    def __init__(self, dim: int = 128, hidden: int = 128, layers: int = 4, heads: int = 4) -> None:
        super().__init__()
        config = BertConfig(
            vocab_size=CLASSES,
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=4 * hidden,
            max_position_embeddings=MAX_LENGTH + 1,
            type_vocab_size=MAX_TOKENS,
            pad_token_id=PAD,
            initializer_range=0.5 / math.sqrt(hidden),  # BERT's own is for wider layers
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        self.confidence = nn.Linear(1, hidden)
        self.projection = nn.Linear(hidden, dim)

    def characters(self, text: TextBatch) -> Tensor:
        """What stands at each place, (B, L, hidden)."""
        embedded = self.bert.embeddings.word_embeddings(text.characters)
        hidden: Tensor = self.bert(
            inputs_embeds=embedded + self.confidence(text.confidence[..., None] - 1),
            attention_mask=(text.characters != PAD).long(),
            position_ids=text.place,
            token_type_ids=text.token,
        ).last_hidden_state
        return hidden

    def forward(self, text: TextBatch) -> Tensor:
        """Embeddings of length 1, (B, dim): of the mean over a text's signs.

        The mean starts as a bag of characters in their places, where a start sign of its own would
        first have to learn to look at them.
        """
        there = (text.characters != PAD).float()[..., None]
        mean = (self.characters(text) * there).sum(dim=1) / there.sum(dim=1)
        return functional.normalize(self.projection(mean).float(), dim=1)


def spell(texts: Sequence[Text]) -> TextBatch:
    """Texts as a batch; of more than `MAX_TOKENS` tokens the surest are kept.

    Raises:
        KeyError: a character that no imprint token has.
    """
    spelled = [_spelled(text) for text in texts]
    width = max((len(text) for text in spelled), default=1)
    signs = torch.zeros(len(spelled), width, 3, dtype=torch.long)
    confidence = torch.ones(len(spelled), width)
    for row, text in enumerate(spelled):
        signs[row, : len(text)] = torch.tensor([sign[:3] for sign in text])
        confidence[row, : len(text)] = torch.tensor([sign[3] for sign in text])
    characters, place, token = signs.unbind(dim=2)
    return TextBatch(characters, place, token, confidence)


def spell_imprints(imprints: Sequence[Sequence[str]]) -> TextBatch:
    """Imprints of a catalogue, which are certain."""
    return spell([[(token, 1.0) for token in imprint] for imprint in imprints])


@torch.no_grad()
def embed_imprints(encoder: TextEncoder, imprints: Sequence[tuple[str, ...]]) -> Tensor:
    """Embeddings of a whole catalogue's imprints, (N, dim); equal ones are encoded once."""
    distinct = sorted(set(imprints), key=lambda imprint: len("".join(imprint)))
    number = {imprint: place for place, imprint in enumerate(distinct)}
    device = encoder.projection.weight.device
    parts = [
        encoder(spell_imprints(distinct[start : start + 256]).to(device))
        for start in range(0, len(distinct), 256)
    ]
    return torch.cat(parts)[torch.tensor([number[imprint] for imprint in imprints])]


def text_of(readings: Sequence[ImprintReading]) -> list[tuple[str, float]]:
    """The tokens read on all faces of a pill; empty when nothing was."""
    return [
        (word, token.confidence)
        for reading in readings
        for token in reading.tokens
        for word in tokens(token.text)
    ]


def _spelled(text: Text) -> list[tuple[int, int, int, float]]:
    """Class, place, token number and confidence of each sign."""
    kept = sorted(range(len(text)), key=lambda number: -text[number][1])[:MAX_TOKENS]
    signs = [(START, 0, 0, 1.0)]
    for number, (token, confidence) in enumerate(text[index] for index in sorted(kept)):
        if number:
            signs.append((SEPARATOR, 0, number, 1.0))
        signs += [
            (_CLASS[character], place, number, confidence)
            for place, character in enumerate(token[:MAX_LENGTH], start=1)
        ]
    return signs
