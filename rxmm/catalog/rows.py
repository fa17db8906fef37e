"""A catalogue's appearances as arrays, and what evidence about tokens and looks says of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rxmm.catalog.sides import sided, visible
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.token_sets import ImprintEvidence, Shown, TokenSets
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import Looks, measured_size

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
