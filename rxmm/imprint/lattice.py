"""What a recogniser believes about lines: not one string each, but the likelihood of every string.

A CTC posterior gives the probability of each character at each column of a line.  Here it is folded
to the characters in which imprints are compared (A-Z, 0-9), and the likelihood of thousands of
strings under it is computed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.imprint.forward import Array, Integers, forward, relative
from rxmm.imprint.pieces import PieceBounds, pieces_of

Floats = NDArray[np.float64]

_CLASS = {character: number for number, character in enumerate(IMPRINT_CHARACTERS, start=1)}
"""Of a folded posterior, after the blank."""
HOPELESS = -20.0
"""Relative log-likelihood below which a string is out of the question for a line."""
_BLOCK = 4096
"""Strings whose bounds are looked at together."""


class Alphabet:
    """Folds a recogniser's classes to imprint characters.

    Small letters count as their capitals; signs, spaces and logos as blank.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        """Args:
        characters: of the recogniser's classes; the first is CTC's blank.
        """
        self._fold = torch.tensor([0] + [_CLASS.get(c.upper(), 0) for c in characters[1:]])

    def fold(self, posterior: Tensor) -> Tensor:
        """(…, T, classes) to (…, T, 37), each column still summing to 1."""
        folded = posterior.new_zeros(*posterior.shape[:-1], len(IMPRINT_CHARACTERS) + 1)
        return folded.index_add_(-1, self._fold.to(posterior.device), posterior)


def best_path(posterior: Tensor) -> tuple[str, list[float]]:
    """Text of the best path through a folded posterior (T, 37), and how sure it is.

    Returns:
        The text, repeats and blanks removed, and the highest probability that each character
        reaches.
    """
    probability, classes = posterior.max(dim=1)
    text, peaks, previous = "", [], 0
    for value, klass in zip(probability.tolist(), classes.tolist(), strict=True):
        if klass and klass != previous:
            text += IMPRINT_CHARACTERS[klass - 1]
            peaks.append(value)
        elif klass:
            peaks[-1] = max(peaks[-1], value)
        previous = klass
    return text, peaks


class Vocabulary:
    """Strings prepared for scoring."""

    def __init__(self, strings: Sequence[str]) -> None:
        """Args:
        strings: over A-Z and 0-9; other characters raise KeyError.
        """
        self.strings = tuple(strings)
        lengths = np.array([len(string) for string in strings], dtype=np.int64)
        self._groups: list[_Group] = []
        for length in np.unique(lengths).tolist():
            members = np.flatnonzero(lengths == length)
            joined = "".join(strings[member] for member in members.tolist())
            numbers = np.array([_CLASS[character] for character in joined], dtype=np.int64)
            classes = numbers.reshape(-1, length)
            self._groups.append(_Group(members, classes, pieces_of(classes)))

    def __len__(self) -> int:
        return len(self.strings)

    def share_in(self, text: str) -> Floats:
        """Share of each string's characters that ``text`` makes up, (V,), 0 where it is no part."""
        share = np.zeros(len(self))
        part = np.array([_CLASS[character] for character in text], dtype=np.int64)
        for group in self._groups:
            length = group.classes.shape[1]
            for start in range(length - len(part) + 1):
                here = (group.classes[:, start : start + len(part)] == part).all(axis=1)
                share[group.members[here]] = len(part) / length
        return share

    def on(self, beliefs: Sequence[Array]) -> Likelihoods:
        """The strings beside at least one line.

        Args:
            beliefs: folded posteriors (T, 37), one per line.
        """
        return Likelihoods(self._groups, len(self), beliefs)

    def log_likelihood(self, beliefs: Sequence[Tensor]) -> Tensor:
        """How well each string explains each line as a whole.

        Args:
            beliefs: folded posteriors (T, 37), one per line.

        Returns:
            (lines, strings) log-likelihood relative to the line's best path, about 0 for what the
            reader would say itself; -inf below `HOPELESS`.
        """
        return self._all(beliefs, within=False)

    def log_likelihood_within(self, beliefs: Sequence[Tensor]) -> Tensor:
        """How well each string explains some part of each line, the rest left to the best path.

        Returns:
            (lines, strings) log-likelihood relative to the best path over that part; -inf below
            `HOPELESS`.
        """
        return self._all(beliefs, within=True)

    def _all(self, beliefs: Sequence[Tensor], *, within: bool) -> Tensor:
        if not beliefs:
            return torch.zeros(0, len(self))
        lines = self.on([belief.numpy() for belief in beliefs])
        return torch.from_numpy(lines.table(range(len(beliefs)), within=within))


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Strings of one length.

    Attributes:
        members: (n,) their positions in the vocabulary.
        classes: (n, L) their characters, from 1.
        pieces: (n, k), see `rxmm.imprint.pieces`.
    """

    members: Integers
    classes: Integers
    pieces: Integers

    def blocks(self) -> Iterator[_Group]:
        """The same strings, so few at a time that their bounds stay in the processor's cache."""
        for start in range(0, len(self.members), _BLOCK):
            part = slice(start, start + _BLOCK)
            yield _Group(self.members[part], self.classes[part], self.pieces[part])


class Likelihoods:
    """The V strings of a vocabulary beside B lines; what is not asked for is not worked out."""

    def __init__(self, groups: Sequence[_Group], count: int, beliefs: Sequence[Array]) -> None:
        self._groups, self._count = groups, count
        self._columns = relative(beliefs)
        # A string is at most about as likely as its characters are, each at its best column.
        self._ceiling = np.log(self._columns.max(axis=1))

    def table(self, lines: Sequence[int], *, within: bool, least: Floats | None = None) -> Array:
        """Log-likelihood of every string under some lines, (K, V); -inf below `HOPELESS`.

        Args:
            lines: K of the B lines.
            within: whether a string need explain some part of a line only.
            least: (K, V); what is not above may be -inf too. By default everything counts.
        """
        chosen = np.asarray(lines, dtype=np.int64)
        result = np.full((len(chosen), self._count), -np.inf, dtype=np.float32)
        bounds = None if least is None else PieceBounds(*(part[:, chosen] for part in self._bounds))
        for group in self._groups:
            open_ = np.ones((len(group.members), len(chosen)), dtype=bool)
            if bounds is not None and least is not None:
                upper = bounds.within(group.pieces) if within else bounds.whole(group.pieces)
                open_ = upper > least[:, group.members].T
            string, line = np.nonzero(open_)
            flags = np.full(len(line), within)
            found = self._exact(group.classes[string], chosen[line], flags)
            result[line, group.members[string]] = found
        return result

    def best(self, cost: float, least: Floats) -> Floats:
        """Each string's highest log-likelihood under any line, or part of one less a cost, (V,).

        Args:
            cost: of explaining only a part of a line.
            least: (V,) stands where nothing is higher.
        """
        bounds, result = self._bounds, least.copy()
        # Twice the lines: as a whole, and within.
        both = PieceBounds(
            np.hstack([bounds.first, bounds.inner - np.float32(cost)]),
            np.hstack([bounds.inner, bounds.inner]),
            np.hstack([bounds.last, bounds.last_within]),
            bounds.last_within,
        )
        for block in (block for group in self._groups for block in group.blocks()):
            upper = both.whole(block.pieces)  # (n, 2 * lines)
            # The most promising way of each string first: it leaves few others open.
            top = upper.argmax(axis=1)
            string = np.flatnonzero(upper[np.arange(len(top)), top] > result[block.members])
            self._raise(result, block, string, top[string], cost)
            upper[string, top[string]] = -np.inf
            string, way = np.nonzero(upper > result[block.members, None])
            self._raise(result, block, string, way, cost)
        return result

    def _raise(
        self, best: Floats, group: _Group, string: Integers, way: Integers, cost: float
    ) -> None:
        """Raise the best of strings to what they reach in these ways, see `best`."""
        within = way >= len(self._columns)
        line = way % len(self._columns)
        found = self._exact(group.classes[string], line, within) - cost * within
        np.maximum.at(best, group.members[string], found)

    @cached_property
    def _bounds(self) -> PieceBounds:
        return PieceBounds.of(self._columns)

    def _exact(self, classes: Integers, line: Integers, within: NDArray[np.bool_]) -> Array:
        """Log-likelihood of pairs of a string (P, L) and a line (P,); -inf below `HOPELESS`."""
        result = np.full(len(line), -np.inf, dtype=np.float32)
        likely = self._ceiling[line[:, None], classes].sum(axis=1) > HOPELESS
        result[likely] = forward(self._columns, line[likely], classes[likely], within[likely])
        result[result < HOPELESS] = -np.inf
        return result
