"""What a recogniser believes about lines: not one string each, but the likelihood of every string.

A CTC posterior gives the probability of each character at each column of a line.  Here it is folded
to the characters in which imprints are compared (A-Z, 0-9), and the likelihood of thousands of
strings under it is computed at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

IMPRINT_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Classes of a folded posterior, after the blank."""

_CLASS = {character: number for number, character in enumerate(IMPRINT_CHARACTERS, start=1)}
_LEAST = 1e-4
"""Least probability of a character in a column, against the likeliest one: none is surer."""


HOPELESS = -20.0
"""Relative log-likelihood below which a string is out of the question for a line."""

_SILENT = 0.01
"""Relative probability of the likeliest character below which a column is surely blank."""


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
    """Strings prepared for scoring: grouped by length, as states of their CTC automata."""

    def __init__(self, strings: Sequence[str]) -> None:
        """Args:
        strings: over A-Z and 0-9; other characters raise KeyError.
        """
        self.strings = tuple(strings)
        lengths = np.array([len(string) for string in strings], dtype=np.int64)
        self._groups: list[_Group] = []
        for length in np.unique(lengths).tolist():
            members = np.flatnonzero(lengths == length)
            states = torch.zeros(len(members), 2 * length + 1, dtype=torch.long)
            for row, member in enumerate(members.tolist()):
                states[row, 1::2] = torch.tensor([_CLASS[c] for c in strings[member]])
            skips = torch.zeros(states.shape)
            skips[:, 3::2] = (states[:, 3::2] != states[:, 1:-2:2]).float()
            self._groups.append(_Group(torch.from_numpy(members), states, skips))

    def __len__(self) -> int:
        return len(self.strings)

    def log_likelihood(self, beliefs: Sequence[Tensor]) -> Tensor:
        """How well each string explains each line as a whole.

        Args:
            beliefs: folded posteriors (T, 37), one per line.

        Returns:
            (lines, strings) log-likelihood relative to the line's best path, about 0 for what the
            reader would say itself; -inf below `HOPELESS`.
        """
        return self._score(beliefs, anywhere=False)

    def log_likelihood_within(self, beliefs: Sequence[Tensor]) -> Tensor:
        """How well each string explains some part of each line, the rest left to the best path.

        Returns:
            (lines, strings) log-likelihood relative to the best path over that part; -inf below
            `HOPELESS`.
        """
        return self._score(beliefs, anywhere=True)

    @torch.inference_mode()
    def _score(self, beliefs: Sequence[Tensor], *, anywhere: bool) -> Tensor:
        result = torch.full((len(beliefs), len(self)), -torch.inf)
        if not beliefs:
            return result
        columns = _relative(beliefs)  # (B, T, 37)
        # A string is at most as likely as its characters are, each at its best column.
        ceiling = columns.amax(dim=1).log()  # (B, 37)
        for group in self._groups:
            bound = ceiling[:, group.states[:, 1::2]].sum(dim=2)  # (B, n)
            line, string = (bound > HOPELESS).nonzero(as_tuple=True)
            scores = _forward(columns, line, group.states[string], group.skips[string], anywhere)
            result[line, group.members[string]] = scores
        return result.masked_fill(result < HOPELESS, -torch.inf)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Strings of one length.

    Attributes:
        members: (n,) their positions in the vocabulary.
        states: (n, S) class of each state: blank, first character, blank, …
        skips: (n, S) 1 where the blank before a state may be skipped.
    """

    members: Tensor
    states: Tensor
    skips: Tensor


def _relative(beliefs: Sequence[Tensor]) -> Tensor:
    """Posteriors over their likeliest class, (B, T, 37), shorter lines continued with blanks.

    Of columns side by side that are all surely blank one is kept: the others would change nothing.
    """
    scaled = [belief / belief.amax(dim=1, keepdim=True) for belief in beliefs]
    for line, columns in enumerate(scaled):
        silent = columns[:, 1:].amax(dim=1) < _SILENT
        repeated = torch.cat([silent.new_zeros(1), silent[1:] & silent[:-1]])
        scaled[line] = columns[~repeated]
    padded = torch.full((len(scaled), max(map(len, scaled)), scaled[0].shape[1]), _LEAST)
    padded[:, :, 0] = 1.0
    for line, columns in enumerate(scaled):
        padded[line, : len(columns)] = columns
    return padded.clamp_min(_LEAST)


def _forward(
    columns: Tensor, line: Tensor, states: Tensor, skips: Tensor, anywhere: bool
) -> Tensor:
    """CTC's forward recursion for P pairs of a line and a string at once, (P,).

    In relative probabilities a best path stays at 1, so single precision needs no logarithms; what
    underflows is impossible in any case.

    Args:
        columns: (B, T, 37).
        line: (P,) the line of each pair.
        states, skips: (P, S), see `_Group`.
    """
    alpha = torch.zeros(states.shape)
    reached = torch.zeros(len(states))
    for step in range(columns.shape[1]):
        moved = alpha.clone()
        moved[:, 1:] += alpha[:, :-1]
        moved[:, 2:] += alpha[:, :-2] * skips[:, 2:]
        if step == 0:
            moved[:, :2] = 1.0
        elif anywhere:
            moved[:, :2].clamp_min_(1.0)
        alpha = moved * columns[line, step].gather(1, states)
        if anywhere:
            reached = torch.maximum(reached, alpha[:, -2])
    total = reached if anywhere else alpha[:, -1] + alpha[:, -2]
    return torch.log(total.clamp_min(1e-30))
