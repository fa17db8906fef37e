"""How well the tokens read agree with the true tokens: pure functions over two token lists.

All faces seen are pooled, since the tables do not say which token is on which face.  The true
tokens are always those of the whole pill: where only one face was photographed, the tokens of the
other one count as missed, and recall and error rate have a bound that no reader can pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment


def tokens_found(truth: Sequence[str], read: Sequence[str]) -> int:
    """How many true tokens were read exactly, each token read counting once."""
    return (Counter(truth) & Counter(read)).total()


def assign(truth: Sequence[str], read: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs (true token, token read) of least total edit distance.

    A token without a partner is paired with "": it costs as many edits as it has characters.
    """
    size = len(truth) + len(read)
    rows = [*truth, *[""] * (size - len(truth))]
    columns = [*read, *[""] * (size - len(read))]
    cost = np.array([[Levenshtein.distance(t, r) for r in columns] for t in rows])
    cost = cost.reshape(size, size)
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return [(rows[t], columns[r]) for t, r in pairs if rows[t] or columns[r]]


def character_errors(truth: Sequence[str], read: Sequence[str]) -> int:
    """Edits (characters wrong, missed or added) between the lists under the best assignment."""
    return sum(Levenshtein.distance(t, r) for t, r in assign(truth, read))


def confusions(truth: Sequence[str], read: Sequence[str]) -> Counter[tuple[str, str]]:
    """(true character, character read in its place) counts, from tokens read mostly right."""
    swapped: Counter[tuple[str, str]] = Counter()
    for t, r in assign(truth, read):
        if 0 < Levenshtein.distance(t, r) <= len(t) / 2:
            swapped.update(
                (t[edit.src_pos], r[edit.dest_pos])
                for edit in Levenshtein.editops(t, r)
                if edit.tag == "replace"
            )
    return swapped
