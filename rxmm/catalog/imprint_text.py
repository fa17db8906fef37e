"""Imprint text: how it is normalised, turned and confused.

Everything here is a small pure function over the 36 characters A-Z and 0-9.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

IMPRINT_CHARACTERS = string.digits + string.ascii_uppercase
"""In which imprints are compared."""
AppearanceKey = tuple[str, ...]
"""The sorted multiset of an imprint's tokens: two imprints with the same key are one answer when
scored."""

_SEPARATORS = re.compile(r"[;\s]+")
_NOT_IMPRINT = re.compile(f"[^{IMPRINT_CHARACTERS}]")

LOOK_ALIKES = ("0OQD", "1IL", "5S", "2Z", "8B", "6G")
"""Characters that are mistaken for one another; the first of each class stands for it."""

_FOLD = str.maketrans({c: group[0] for group in LOOK_ALIKES for c in group})
_TURN = dict(zip("018HINOSXZ69MW", "018HINOSXZ96WM", strict=True))


def tokens(text: str | Iterable[str]) -> tuple[str, ...]:
    """The tokens of an imprint, in order: the unit in which imprints are compared and scored.

    The text (or each of several segments) is split at ``;`` and white space and upper-cased; only
    A-Z and 0-9 are kept, so ``"2.5"`` becomes ``"25"``; tokens left empty are dropped.

    >>> tokens("Lilly;3227; 10 mg")
    ('LILLY', '3227', '10', 'MG')
    """
    joined = text if isinstance(text, str) else ";".join(text)
    pieces = (_NOT_IMPRINT.sub("", piece.upper()) for piece in _SEPARATORS.split(joined))
    return tuple(piece for piece in pieces if piece)


def appearance_key(text: str | Iterable[str]) -> AppearanceKey:
    """The key of an imprint, as `tokens` takes it."""
    return tuple(sorted(tokens(text)))


def rotate_180(text: str) -> str | None:
    """What ``text`` reads as upside down, or None when a character then reads as nothing.

    0 1 8 H I N O S X Z keep their form, 6 and 9 swap, M and W swap, and the order is reversed.
    It undoes itself wherever it is defined.

    >>> rotate_180("W96"), rotate_180("A1")
    ('96M', None)
    """
    if any(character not in _TURN for character in text):
        return None
    return "".join(_TURN[character] for character in reversed(text))


def fold_look_alikes(text: str) -> str:
    """``text`` with every character replaced by the one that stands for its look-alike class.

    >>> fold_look_alikes("WATS0N 8S3") == fold_look_alikes("WATSON B53")
    True
    """
    return text.translate(_FOLD)
