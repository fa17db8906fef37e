"""What a look-up by hand asks of a whole catalogue at once: it then looks at few rows closely."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import chain
from typing import ClassVar, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from rxmm.catalog.imprint_match import PARTIAL_RATIO, PARTIAL_SHARE, ImprintQuery
from rxmm.catalog.imprint_text import fold_look_alikes
from rxmm.catalog.table import Catalog

Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]

_Item = TypeVar("_Item", bound=Hashable)

Looks = tuple[str, str, float, float]
"""Colours, shape, score and size of an appearance as the catalogue has them."""

_MISSING = {"score": -1.0, "size_mm": -1.0}


class SearchIndex:
    """The distinct imprints and looks of a catalogue of N rows.

    Attributes:
        imprints: M imprints, each as its tokens in order.
        imprint: (N,) number of each row's imprint.
        looks: D combinations of colours, shape, score and size.
        look: (N,) number of each row's combination.
    """

    _known: ClassVar[WeakKeyDictionary[Catalog, SearchIndex]] = WeakKeyDictionary()

    def __init__(self, catalog: Catalog) -> None:
        self.imprints, self.imprint = _numbered(catalog.imprint_tokens)
        facts = catalog.appearances[["color", "shape", "score", "size_mm"]]
        kinds = pd.MultiIndex.from_frame(facts.fillna(_MISSING))  # NaN would equal no other NaN
        self.look, known = kinds.factorize()
        first = np.full(len(known), len(facts))
        np.minimum.at(first, self.look, np.arange(len(facts)))
        self.looks: list[Looks] = list(facts.iloc[first].itertuples(index=False, name=None))
        joined = ["".join(imprint) for imprint in self.imprints]
        self._joined = joined
        self._text = pa.array(joined, pa.string())
        self._folded = pa.array([fold_look_alikes(text) for text in joined], pa.string())
        words = list(chain.from_iterable(self.imprints))
        self._words, self._word = _numbered(words)
        self._imprint_of_word = np.repeat(np.arange(len(joined)), list(map(len, self.imprints)))

    @classmethod
    def of(cls, catalog: Catalog) -> SearchIndex:
        """The index of a catalogue, made when first asked and kept as long as the catalogue is."""
        if catalog not in cls._known:
            cls._known[catalog] = cls(catalog)
        return cls._known[catalog]

    def possible(self, query: ImprintQuery) -> Integers:
        """Numbers of the imprints that may fit; none that does fit is left out."""
        found = np.array([not text for text in self._joined])
        for way in query.ways:
            found |= self._hold(self._text, way)
        for way in query.mistaken:
            found |= self._hold(self._folded, way)
        plain = [piece for piece in query.pieces if len(piece) > 1 and "*" not in piece]
        fitting = np.zeros(len(found))
        for piece in plain:
            fitting += len(piece) * (self._hold(self._text, [piece]) | self._near(piece))
        found |= fitting >= PARTIAL_SHARE * query.length
        if query.letters:
            found |= _ratios(query.letters, self._joined) >= PARTIAL_RATIO
        return np.flatnonzero(found)

    def _hold(self, texts: pa.StringArray, pieces: Iterable[str]) -> Bools:
        """Which imprints have all that stands between the wildcards of some pieces, (M,).

        A piece lies on tokens side by side, so that it lies within the imprint without its spaces.
        """
        held = np.ones(len(texts), dtype=bool)
        for part in {part for piece in pieces for part in piece.split("*") if part}:
            held &= pc.match_substring(texts, part).to_numpy(zero_copy_only=False)
        return held

    def _near(self, piece: str) -> Bools:
        """Which imprints have a token that is nearly this piece, (M,)."""
        alike = _ratios(piece, self._words) >= PARTIAL_RATIO
        near = np.zeros(len(self.imprints), dtype=bool)
        near[self._imprint_of_word[alike[self._word]]] = True
        return near


def _ratios(text: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """`rapidfuzz.fuzz.ratio` of a text with others, 0 below `PARTIAL_RATIO`."""
    below = PARTIAL_RATIO - 0.01  # single precision rounds
    return np.asarray(process.cdist([text], texts, scorer=fuzz.ratio, score_cutoff=below)[0])


def _numbered(items: Sequence[_Item]) -> tuple[list[_Item], Integers]:
    """The distinct ones in order, and the number of each."""
    number = {item: place for place, item in enumerate(dict.fromkeys(items))}
    return list(number), np.fromiter((number[item] for item in items), np.int64, len(items))
