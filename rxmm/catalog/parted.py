"""A typed imprint, parted as a catalogue parts it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

MOST_PARTS = 3


def parted(words: Sequence[str], imprints: Iterable[Sequence[str]]) -> list[str]:
    """Typed words, where one that no imprint has is replaced by the tokens of one that spell it.

    >>> parted(["TEVA5313"], [("TEVA", "5313"), ("TEVA",)])
    ['TEVA', '5313']

    Args:
        words: over A-Z and 0-9, as are the tokens of the imprints.
    """
    imprints = list(imprints)
    known = {token for imprint in imprints for token in imprint}
    unknown = {word for word in words if word not in known}
    parts: dict[str, tuple[str, ...]] = {}
    for imprint in imprints if unknown else ():
        for count in range(2, min(len(imprint), MOST_PARTS) + 1):
            for tokens in permutations(imprint, count):
                if "".join(tokens) in unknown:
                    parts.setdefault("".join(tokens), tokens)
    return [part for word in words for part in parts.get(word, (word,))]
