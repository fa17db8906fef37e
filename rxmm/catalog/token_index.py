"""An index of tokens by length: a text is only compared with those that are within its reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.imprint_text import fold_look_alikes

Edits = NDArray[np.uint8]


class Near(NamedTuple):
    """Tokens of one length beside the texts that may be within reach of them.

    Attributes:
        tokens: which n of the vocabulary.
        texts: (k,) numbers of the texts, rising.
        edits: (k, n) Levenshtein distances.
        unlike: (k, n) the same with look-alike characters made one; out of every text's reach, any
            number that is.
    """

    tokens: slice
    texts: NDArray[np.int64]
    edits: Edits
    unlike: Edits


class TokenIndex:
    """Tokens, grouped by length.

    Args:
        vocabulary: the tokens, shorter ones first.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        length = np.array([len(token) for token in vocabulary], dtype=np.int64)
        lengths, starts = np.unique(length, return_index=True)
        bounds = [*starts.tolist(), len(vocabulary)]
        self._groups = [
            (size, slice(start, end), list(vocabulary[start:end]))
            for size, (start, end) in zip(lengths.tolist(), pairwise(bounds), strict=True)
        ]
        self._folded = [list(map(fold_look_alikes, tokens)) for *_, tokens in self._groups]

    @property
    def lengths(self) -> list[int]:
        """The G lengths that tokens have, rising."""
        return [size for size, *_ in self._groups]

    def near(self, texts: Sequence[str], reach: NDArray[np.int64]) -> Iterator[Near]:
        """All pairs of a text and a token within its reach, and others, by length of the token.

        Args:
            reach: (texts, G) most edits, look-alikes made one, for tokens of each length; -1 for
                no pair at all.
        """
        folded = [fold_look_alikes(text) for text in texts]
        length = np.array([len(text) for text in texts], dtype=np.int64)
        for group, (size, tokens, words) in enumerate(self._groups):
            # It takes at least as many edits as the lengths are apart.
            asked = np.flatnonzero(np.abs(length - size) <= reach[:, group])
            if not len(asked):
                continue
            chosen = asked.tolist()
            most = int(reach[asked, group].max())
            unlike = _distances([folded[text] for text in chosen], self._folded[group], most)
            edits = _distances([texts[text] for text in chosen], words)
            yield Near(tokens, asked, edits, unlike)


def _distances(texts: list[str], tokens: list[str], most: int | None = None) -> Edits:
    """Of each text and token; above ``most`` any number that is."""
    return process.cdist(
        texts, tokens, scorer=Levenshtein.distance, score_cutoff=most, dtype=np.uint8
    )
