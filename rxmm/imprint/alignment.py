"""Where on a line each character of an expected text stands, and how much the line supports it."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS


class Place(NamedTuple):
    """Of one character on its line.

    Attributes:
        start, end: share of the line's length, 0 to 1.
        support: the highest probability of the character there, 0 to 1.
    """

    start: float
    end: float
    support: float


def align(text: str, beliefs: NDArray[np.float32]) -> tuple[Place, ...]:
    """The likeliest place of each character of a text that stands somewhere on a line.

    CTC's best path through the text's states; before and after it the line may hold anything, as
    where a line tells of several tokens.

    Args:
        text: over A-Z and 0-9.
        beliefs: (T, 37) of the line, see `rxmm.imprint.lattice`.
    """
    classes = [IMPRINT_CHARACTERS.index(character) + 1 for character in text]
    states = np.zeros(2 * len(text) + 1, dtype=np.int64)
    states[1::2] = classes
    likely = np.log(np.maximum(beliefs / beliefs.max(axis=1, keepdims=True), 1e-6))[:, states]
    likely[:, [0, -1]] = 0.0
    path = _best_path(likely, states)
    if path is None:  # too short for all characters: none has a place of its own
        return evenly(text, 0.0)
    columns = [np.flatnonzero(path == 2 * number + 1) for number in range(len(text))]
    edges = [(own[-1] + after[0] + 1) / 2 for own, after in pairwise(columns)]
    # Beyond the outer characters there is no neighbour to tell: each is as wide either way.
    first, last = columns[0].mean() + 0.5, columns[-1].mean() + 0.5
    ends = [2 * first - edges[0], *edges, 2 * last - edges[-1]] if edges else [0, len(beliefs)]
    shares = np.clip(np.array(ends) / len(beliefs), 0.0, 1.0)
    return tuple(
        Place(float(start), float(end), float(beliefs[own, klass].max()))
        for start, end, own, klass in zip(shares, shares[1:], columns, classes, strict=False)
    )


def evenly(text: str, support: float) -> tuple[Place, ...]:
    """Characters side by side, equally wide and equally supported."""
    width = 1 / len(text)
    return tuple(Place(n * width, (n + 1) * width, support) for n in range(len(text)))


def _best_path(likely: NDArray[np.float32], states: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The state of each column (T,) on the likeliest path through all characters, if any.

    Args:
        likely: (T, S) log-likelihood of each state in each column.
        states: (S,) class of each state: blank, first character, blank, …
    """
    skips = np.full(len(states), -np.inf)
    skips[3::2] = np.where(states[3::2] != states[1:-2:2], 0.0, -np.inf)
    score = np.full(len(states), -np.inf)
    score[:2] = likely[0, :2]
    came = np.zeros(likely.shape, dtype=np.int64)
    for column in range(1, len(likely)):
        one, two = np.append(-np.inf, score[:-1]), np.append([-np.inf] * 2, score[:-2]) + skips
        ways = np.stack([score, one, two])
        came[column] = ways.argmax(axis=0)
        score = ways.max(axis=0) + likely[column]
    state = len(states) - 1 - int(score[-2] >= score[-1])
    if score[state] == -np.inf:
        return None
    path = np.zeros(len(likely), dtype=np.int64)
    for column in range(len(likely) - 1, -1, -1):
        path[column] = state
        state -= came[column, state]
    return path
