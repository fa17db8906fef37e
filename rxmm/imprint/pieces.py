"""Upper bounds of the likelihood of strings under lines, from the likelihoods of their pieces.

A string is cut into pieces of one and two characters, of which there are only 36 + 36².  What each
is worth on a line is worked out once, at its best place and with no regard to the others; a string
is at most as likely as their product.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.imprint.forward import Array, Integers

ALPHABET_SIZE = len(IMPRINT_CHARACTERS)
"""How many imprint characters there are."""
_MARGIN = np.float32(1e-3)
"""Added to each bound: sums in another order differ by less."""


class PieceBounds(NamedTuple):
    """Log-likelihoods of all pieces, each (36 + 36², lines), numbered as `pieces_of` does.

    Attributes:
        first: at most, of the first piece of a string that explains a whole line.
        inner: at most, of any other piece but the last, and of the first within a line.
        last: at most, of the last piece of a string that explains a whole line.
        last_within: at most, of the last piece of a string that explains some part of a line.
    """

    first: Array
    inner: Array
    last: Array
    last_within: Array

    @classmethod
    def of(cls, columns: Array) -> Self:
        """For lines (lines, T, 37) from `rxmm.imprint.forward.relative`."""
        first, *_ = _forward(columns, anywhere=False)
        # A last piece counts with all its starts together: the pieces before say at most their best
        # of each of them, which makes the product a bound.
        return cls(first, *_forward(columns, anywhere=True))

    def whole(self, pieces: Integers) -> Array:
        """Bounds for strings (n, k) in pieces that explain whole lines, (n, lines)."""
        return self._sum(self.first, self.last, pieces)

    def within(self, pieces: Integers) -> Array:
        """Bounds for strings (n, k) in pieces that explain some part of lines, (n, lines)."""
        return self._sum(self.inner, self.last_within, pieces)

    def _sum(self, first: Array, last: Array, pieces: Integers) -> Array:
        total = first[pieces[:, 0]]
        for place in range(1, pieces.shape[1] - 1):
            total += self.inner[pieces[:, place]]
        if pieces.shape[1] > 1:
            total += last[pieces[:, -1]]
        return total


def pieces_of(classes: Integers) -> Integers:
    """Numbers of the pieces of strings of one length, (n, k).

    Args:
        classes: (n, L) characters of each string, from 1.
    """
    signs = classes - 1
    length = signs.shape[1]
    if length <= 2:
        return signs
    pairs = ALPHABET_SIZE * (1 + signs[:, : length - 1 : 2]) + signs[:, 1::2]
    return np.column_stack([pairs, signs[:, -1]]) if length % 2 else pairs


def _forward(columns: Array, *, anywhere: bool) -> tuple[Array, Array, Array]:
    """CTC's forward recursion for all pieces at once.

    Args:
        anywhere: count a piece with all columns at which it may start together.

    Returns:
        Logs, each (36 + 36², lines): of the most up to any column, up to the last column, and of
        the most up to any column in which the last character stands.
    """
    lines = len(columns)
    # Characters first, lines last: what is added up lies side by side.
    one, after_one = np.zeros((2, ALPHABET_SIZE, lines), dtype=np.float32)
    two, after_two = np.zeros((2, ALPHABET_SIZE, ALPHABET_SIZE, lines), dtype=np.float32)
    same = np.arange(ALPHABET_SIZE)
    most, most_ending = [one.copy(), two.copy()], [one.copy(), two.copy()]
    lead = np.ones(lines, dtype=np.float32)
    for step in range(columns.shape[1]):
        blank = np.ascontiguousarray(columns[:, step, 0])
        character = np.ascontiguousarray(columns[:, step, 1:].T)
        after_two += two
        after_two *= blank
        two += (one + after_one)[:, None]
        two[same, same] -= one  # doubled characters need a blank between them
        two *= character
        after_one += one
        after_one *= blank
        one += lead
        one *= character
        if not anywhere:
            lead = lead * blank
        for best, ending, state, after in zip(
            most, most_ending, (one, two), (after_one, after_two), strict=True
        ):
            np.maximum(best, state + after, out=best)
            np.maximum(ending, state, out=ending)
    return (_log(*most), _log(one + after_one, two + after_two), _log(*most_ending))


def _log(one: Array, two: Array) -> Array:
    joined = np.concatenate([one, two.reshape(-1, one.shape[1])])
    return np.asarray(np.log(np.maximum(joined, np.float32(1e-30))) + _MARGIN)
