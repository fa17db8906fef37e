"""What was read as evidence about tokens, and how it adds up over sets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain, combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rxmm.results import ImprintReading

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Shown(Enum):
    """How much of a pill was there to be read."""

    BOTH_FACES = auto()
    ONE_FACE = auto()
    AS_TYPED = auto()
    """A person with one face typed what was read there, or what the whole pill has."""

    @classmethod
    def of(cls, readings: Sequence[ImprintReading]) -> Self:
        """What there was for these, one per face."""
        if len(readings) != 1:
            return cls.BOTH_FACES
        return cls.AS_TYPED if typed(readings) else cls.ONE_FACE


def typed(readings: Sequence[ImprintReading]) -> bool:
    """Whether there are texts without beliefs, as of a person."""
    return any(r.tokens for r in readings) and not any(r.beliefs for r in readings)


@dataclass(frozen=True, slots=True, eq=False)
class ImprintEvidence:
    """What was read, as seen from a catalogue's tokens.

    Attributes:
        shown: how much there was to be read.
        value: (V,) log-likelihood ratio of each token being on the pill, up to a constant.
        unread: (V,) the same if it was not read.
        source: (V,) number of the text that gave the value, -1 where none alone did: a text tells
            of one token of a pill only.
        price: (K,) what leaving each confident line unexplained costs.
        explained: (K, V) share of each of those lines that each token explains, 0 to 1.
    """

    shown: Shown
    value: Floats
    unread: Floats
    source: NDArray[np.int64]
    price: Floats
    explained: Floats


class TokenSets:
    """M sets of tokens, and what evidence says of each.

    Args:
        sets: numbers of tokens.
        tokens: how many tokens there are.
    """

    def __init__(self, sets: Sequence[Sequence[int]], tokens: int) -> None:
        # A set without tokens has one that is worth nothing, the last: no sum is empty.
        numbers = [of_set or [tokens] for of_set in sets]
        self._size = np.fromiter(map(len, numbers), np.int64)  # (M,)
        self._start = np.cumsum(self._size) - self._size
        self._tokens = np.fromiter(chain.from_iterable(numbers), np.int64)
        self._pairs = _pairs(self._start, self._size)

    def score(self, evidence: ImprintEvidence) -> Floats:
        """Sum of the tokens' values less the price of what is left unexplained, (M,)."""
        score = self._sum(evidence.value)
        self._count_texts_once(score, evidence)
        for price, explained in zip(evidence.price, evidence.explained, strict=True):
            share = self._sum(explained)
            score -= price * (1 - np.minimum(share, 1.0, out=share))
        return score

    def _sum(self, of_tokens: Floats) -> Floats:
        """Of each set's tokens, (M,)."""
        if not len(self._start):
            return np.zeros(0)
        return np.asarray(np.add.reduceat(np.append(of_tokens, 0.0)[self._tokens], self._start))

    def _count_texts_once(self, score: Floats, evidence: ImprintEvidence) -> None:
        """Set right the sums of sets of which one text told several tokens: the best counts."""
        imprint, one, other = self._pairs
        source = np.append(evidence.source, -1).astype(np.int16)[self._tokens]
        told = source[one]
        twice = np.zeros(len(score), dtype=bool)
        twice[imprint[(told >= 0) & (told == source[other])]] = True
        for size in np.unique(self._size[twice]).tolist():
            which = np.flatnonzero(twice & (self._size == size))
            places = self._start[which, None] + np.arange(size)  # (n, size)
            tokens, origin = self._tokens[places], source[places]
            value, unread = evidence.value[tokens], evidence.unread[tokens]
            for first, second in combinations(range(size), 2):
                same = np.flatnonzero(
                    (origin[:, first] == origin[:, second]) & (origin[:, first] >= 0)
                )
                less = np.where(value[same, first] < value[same, second], first, second)
                value[same, less] = unread[same, less]
                origin[same, less] = -1
            score[which] = value.sum(axis=1)


def _pairs(start: Integers, size: Integers) -> tuple[Integers, Integers, Integers]:
    """All pairs of two tokens of an imprint: its number, and their places among all tokens."""
    found = [np.zeros((3, 0), dtype=np.int64)]
    for one, other in combinations(range(int(size.max(initial=0))), 2):
        larger = np.flatnonzero(size > other)
        found.append(np.stack([larger, start[larger] + one, start[larger] + other]))
    imprint, first, second = np.concatenate(found, axis=1)
    return imprint, first, second
