"""Which tokens of a vocabulary a reader, or a person in a hurry, takes for one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import IntEnum

from rxmm.catalog.imprint_text import fold_look_alikes, rotate_180


class Mistake(IntEnum):
    """What it takes to read one token for another, easiest first."""

    LOOKS_ALIKE = 0  # every character that differs looks like its counterpart: 8 and B
    TURNED = 1  # each is the other upside down: 66 and 99
    REPLACED = 2  # one character is another
    ADDED = 3  # one character is there in one of them only


class NearTokens:
    """An index of tokens by what is left when one character is covered up.

    Args:
        vocabulary: the tokens; repeats count once.
    """

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._words = frozenset(vocabulary)
        self._covered: dict[str, list[str]] = defaultdict(list)
        self._folded: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            self._folded[fold_look_alikes(word)].append(word)
            for pattern in _one_covered(word):
                self._covered[pattern].append(word)

    def __call__(self, token: str) -> dict[str, Mistake]:
        """All other tokens that are one mistake away, with the easiest such mistake.

        REPLACED and ADDED are together those at Levenshtein distance 1 that are neither look-alikes
        nor this token upside down: 8 and B, 6 and 9 differ in one character too.
        """
        near: dict[str, Mistake] = {}

        def add(words: Iterable[str], mistake: Mistake) -> None:
            for word in words:
                if word != token:
                    near.setdefault(word, mistake)

        add(self._folded.get(fold_look_alikes(token), ()), Mistake.LOOKS_ALIKE)
        add({rotate_180(token) or ""} & self._words, Mistake.TURNED)
        for pattern in _one_covered(token):
            add(self._covered.get(pattern, ()), Mistake.REPLACED)
        for pattern in _one_between(token):
            add(self._covered.get(pattern, ()), Mistake.ADDED)
        add({p.replace("*", "") for p in _one_covered(token)} & self._words, Mistake.ADDED)
        return near


def _one_covered(word: str) -> Iterator[str]:
    return (f"{word[:at]}*{word[at + 1 :]}" for at in range(len(word)))


def _one_between(word: str) -> Iterator[str]:
    return (f"{word[:at]}*{word[at:]}" for at in range(len(word) + 1))
