"""A catalogue's appearances as arrays, and how evidence about tokens and looks adds up per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import Looks

Floats = NDArray[np.float64]

COLOR_WEIGHT, SHAPE_WEIGHT = 0.8, 0.54
LOOKS_BOUND = 2.6
UNSEEN = 0.3
"""Cost of a token that was not read where one face alone was seen: it may be on the other."""
LEAST = 0.02
"""Least probability granted to a colour or shape: labels and light are unsure."""

_COLOR_INDEX = {color: index for index, color in enumerate(Color)}
_SHAPE_INDEX = {shape: index for index, shape in enumerate(Shape)}


@dataclass(frozen=True, slots=True, eq=False)
class ImprintEvidence:
    """What was read, as seen from a catalogue's tokens.

    Attributes:
        value: (V,) log-likelihood ratio of each token being on the pill, up to a constant.
        unread: (V,) the same if it was not read.
        source: (V,) number of the text that gave the value, -1 where none alone did: a text tells
            of one token of a pill only.
        price: (K,) what leaving each confident line unexplained costs.
        explained: (K, V) share of each of those lines that each token explains, 0 to 1.
    """

    value: Floats
    unread: Floats
    source: NDArray[np.int64]
    price: Floats
    explained: Floats


class CatalogRows:
    """The N appearances of a catalogue, their V distinct tokens, colours and shapes.

    Attributes:
        vocabulary: the V tokens, sorted.
        length: (V,) characters of each.
    """

    def __init__(self, catalog: Catalog) -> None:
        # A token that is on both faces, or both halves of a capsule, counts once.
        imprints = [sorted(set(imprint)) for imprint in catalog.imprint_tokens]
        self.vocabulary = sorted({token for imprint in imprints for token in imprint})
        self.length = np.array([len(token) for token in self.vocabulary], dtype=np.int64)
        number = {token: index for index, token in enumerate(self.vocabulary)}
        width = max(1, max(map(len, imprints), default=1))
        self._tokens = np.full((len(imprints), width), len(self.vocabulary))  # (N, W)
        for row, imprint in enumerate(imprints):
            self._tokens[row, : len(imprint)] = [number[token] for token in imprint]
        self._colors = np.zeros((len(catalog), len(Color)), dtype=bool)
        for row, colors in enumerate(catalog.appearances["color"]):
            self._colors[row, [_COLOR_INDEX[Color.parse(color)] for color in split(colors)]] = True
        self._shape = np.array(
            [
                _SHAPE_INDEX[Shape.parse(shape)] if shape else len(Shape)
                for shape in catalog.appearances["shape"]
            ]
        )

    def unread(self, cost: float, faces: int) -> Floats:
        """Value of each token if it was not read, (V,).

        Args:
            cost: per character, counting at most three, where all of the pill was seen.
            faces: how many faces were seen.
        """
        missed = cost * np.minimum(self.length, 3)
        return -(np.minimum(missed, UNSEEN) if faces == 1 else missed)

    def imprint_score(self, evidence: ImprintEvidence) -> Floats:
        """Sum of a row's token values less the price of what it leaves unexplained, (N,)."""
        score = self._token_values(evidence).sum(axis=1)
        for price, explained in zip(evidence.price, evidence.explained, strict=True):
            share = np.append(explained, 0.0)[self._tokens].sum(axis=1)
            score = score - price * (1 - np.minimum(share, 1.0))
        return np.asarray(score, dtype=float)

    def _token_values(self, evidence: ImprintEvidence) -> Floats:
        """Value of each token of each row, (N, W): of those that one text told of, the best."""
        value = np.append(evidence.value, 0.0)[self._tokens]
        unread = np.append(evidence.unread, 0.0)[self._tokens]
        source = np.append(evidence.source, -1)[self._tokens]
        for one, other in combinations(range(self._tokens.shape[1]), 2):
            rows = np.flatnonzero((source[:, one] == source[:, other]) & (source[:, one] >= 0))
            less = np.where(value[rows, one] < value[rows, other], one, other)
            value[rows, less] = unread[rows, less]
            source[rows, less] = -1
        return np.asarray(value, dtype=float)

    def looks_score(self, looks: Sequence[Looks]) -> Floats:
        """What colours and shapes of all faces add, (N,), from -`LOOKS_BOUND` to 0.

        The bound keeps looks from outweighing a character that was read for sure.
        """
        if not looks:
            return np.zeros(len(self._shape))
        score = np.mean([self._face_looks(face) for face in looks], axis=0)
        return np.asarray(np.maximum(score - score.max(), -LOOKS_BOUND), dtype=float)

    def _face_looks(self, looks: Looks) -> Floats:
        color = color_fit(self._colors, looks)
        shape = np.log(np.clip([looks.shape.get(s, 0.0) for s in Shape], LEAST, 1.0))
        shape = np.append(shape, np.log(LEAST) / 2)[self._shape]
        return np.asarray(COLOR_WEIGHT * color + SHAPE_WEIGHT * shape, dtype=float)


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
