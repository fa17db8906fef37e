"""A catalogue's appearances as arrays, and how evidence about tokens and looks adds up per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from itertools import chain, combinations
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rxmm.catalog.sides import sided, visible
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import ImprintReading, Looks, measured_size

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COLOR_WEIGHT, SHAPE_WEIGHT, SIZE_WEIGHT = 0.8, 0.54, 0.4
LOOKS_BOUND = 3.2
UNSAID = 0.3
"""Most that a token costs which a person did not type who has one face: it may be on the other."""
PROBABILITY_UNIT = 0.5
"""Of a score, for the logarithm of what one face is likely to show; about
`rxmm.catalog.matching.TEMPERATURE`, which makes logits of scores."""
LEAST = 0.02
"""Least probability granted to a colour, shape or size: labels and light are unsure."""
SIZE_SPREAD, SIZE_FREEDOM = 0.046, 1.3
"""Student's t of the logarithm of a measured over the recorded size, fitted on the training part of
the Taiwan photographs: most are near, a few are far off."""

_COLOR_INDEX = {color: index for index, color in enumerate(Color)}
_SHAPE_INDEX = {shape: index for index, shape in enumerate(Shape)}


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


class CatalogRows:
    """The N appearances of a catalogue, their V distinct tokens, colours and shapes.

    Attributes:
        vocabulary: the V tokens, by length, those of one length sorted.
        length: (V,) characters of each, rising.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        # A token that is on both faces, or both halves of a capsule, counts once.
        imprints = [tuple(sorted(set(imprint))) for imprint in catalog.imprint_tokens]
        known = {token for imprint in imprints for token in imprint}
        self.vocabulary = sorted(known, key=lambda token: (len(token), token))
        self.length = np.array([len(token) for token in self.vocabulary], dtype=np.int64)
        self._number = {token: index for index, token in enumerate(self.vocabulary)}
        # Rows of one imprint have one sum.
        place = {imprint: index for index, imprint in enumerate(dict.fromkeys(imprints))}
        self._imprint = np.fromiter((place[imprint] for imprint in imprints), np.int64)  # (N,)
        numbers = [[self._number[token] for token in imprint] for imprint in place]
        self._whole = TokenSets(numbers, len(self._number))
        self._colors, self._shape, self._dress = _dresses(catalog)
        self._sizes = np.nan_to_num(catalog.appearances["size_mm"].to_numpy(dtype=float))

    @cached_property
    def _of_one_face(self) -> tuple[TokenSets, Floats, Integers]:
        """The E sets of tokens that one face may show, the logarithm of how likely each is, (E,),
        and the first of each imprint, (M,)."""
        pills = list(sided(self._catalog).values())  # in the order of the imprints here
        faces = visible(pills)
        sets = [
            sorted({self._number[pills[imprint].tokens[token]] for token in shown})
            for imprint, shown in zip(faces.imprint.tolist(), faces.tokens, strict=True)
        ]
        first = np.flatnonzero(np.diff(faces.imprint, prepend=-1))
        return TokenSets(sets, len(self._number)), faces.log_probability, first

    def unread(self, cost: float, shown: Shown) -> Floats:
        """Value of each token if it was not read, (V,).

        Args:
            cost: per character, counting at most three, where it was there to be read.
            shown: how much was there to be read.
        """
        missed = cost * np.minimum(self.length, 3)
        return -(np.minimum(missed, UNSAID) if shown is Shown.AS_TYPED else missed)

    def imprint_score(self, evidence: ImprintEvidence) -> Floats:
        """Sum of a row's token values less the price of what it leaves unexplained, (N,).

        Where one face was shown: of what of the row may be on it, all possibilities together.
        """
        if evidence.shown is not Shown.ONE_FACE:
            return self._whole.score(evidence)[self._imprint]
        if not len(self._imprint):
            return np.zeros(0)
        sets, log_probability, first = self._of_one_face
        score = sets.score(evidence) / PROBABILITY_UNIT + log_probability
        joint = PROBABILITY_UNIT * np.logaddexp.reduceat(score, first)
        return np.asarray(joint[self._imprint], dtype=float)

    def looks_score(self, looks: Sequence[Looks]) -> Floats:
        """What colours, shapes and sizes of all faces add, (N,), from -`LOOKS_BOUND` to 0.

        The bound keeps looks from outweighing a character that was read for sure.
        """
        if not looks:
            return np.zeros(len(self._dress))
        score = np.mean([self._face_looks(face) for face in looks], axis=0)[self._dress]
        score += SIZE_WEIGHT * self.size_fit(looks)
        best = score.max(initial=-np.inf)
        return np.asarray(np.maximum(score - best, -LOOKS_BOUND), dtype=float)

    def size_fit(self, looks: Sequence[Looks]) -> Floats:
        """How a measured size fits each row, (N,), see the function of that name."""
        return size_fit(self._sizes, looks)

    def _face_looks(self, looks: Looks) -> Floats:
        """Of each distinct combination of colours and shape, (D,)."""
        color = color_fit(self._colors, looks)
        shape = np.log(np.clip([looks.shape.get(s, 0.0) for s in Shape], LEAST, 1.0))
        shape = np.append(shape, np.log(LEAST) / 2)[self._shape]
        return np.asarray(COLOR_WEIGHT * color + SHAPE_WEIGHT * shape, dtype=float)


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


def _dresses(catalog: Catalog) -> tuple[NDArray[np.bool_], Integers, Integers]:
    """The D distinct combinations of colours and shape, and which of them each row has.

    Returns:
        (D, 12) the colours, (D,) place of the shape in `Shape`, one more where it is not recorded,
        and (N,) numbers of the combinations.
    """
    facts = catalog.appearances[["color", "shape"]]
    dress, known = pd.MultiIndex.from_frame(facts).factorize()
    colors = np.zeros((len(known), len(Color)), dtype=bool)
    shapes = np.full(len(known), len(Shape))
    for number, (named, shape) in enumerate(known):
        colors[number, [_COLOR_INDEX[Color.parse(color)] for color in split(named)]] = True
        if shape:
            shapes[number] = _SHAPE_INDEX[Shape.parse(shape)]
    return colors, shapes, dress


def color_fit(recorded: NDArray[Any], looks: Looks) -> Floats:
    """Mean log probability that a part seen has a recorded colour, and a recorded colour is seen.

    Args:
        recorded: (N, 12), true or 1 for each recorded colour, in the order of `Color`.

    Returns:
        (N,), from log `LEAST` to 0; a middling value where no colour is recorded.
    """
    seen = np.array([[part.get(color, 0.0) for color in Color] for part in looks.colors])
    parts = np.log(np.clip(recorded @ seen.T, LEAST, 1.0)).mean(axis=1)
    strongest = np.log(np.clip(seen.max(axis=0), LEAST, 1.0))
    count = recorded.sum(axis=1)
    colors = (recorded * strongest).sum(axis=1) / np.maximum(count, 1)
    return np.asarray(np.where(count > 0, (parts + colors) / 2, np.log(LEAST) / 2), dtype=float)


def size_fit(recorded: NDArray[Any], looks: Sequence[Looks]) -> Floats:
    """Log likelihood of the measured size, relative to that of the likeliest recorded one.

    Args:
        recorded: (N,) mm, 0 where not recorded.

    Returns:
        (N,), from log `LEAST` to 0; that of a row drawn at random where no size is recorded, and 0
        for all where none was measured.
    """
    size, known = measured_size(looks), recorded > 0
    if not size or not known.any():
        return np.zeros(len(recorded))
    off = np.log(size / np.where(known, recorded, size)) / SIZE_SPREAD
    likely = (1 + off**2 / SIZE_FREEDOM) ** (-(SIZE_FREEDOM + 1) / 2)
    fit = np.log(np.where(known, likely, likely[known].mean()).clip(LEAST, 1.0))
    return np.asarray(fit, dtype=float)
