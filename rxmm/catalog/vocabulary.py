"""The FDA's vocabularies of pill appearance, with their NCI Thesaurus codes, and other facts that a
pill may have.

Source: FDA Structured Product Labeling, terminologies SPLCOLOR (12 terms) and SPLSHAPE (19 terms,
subset C54454).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self, TypeVar

from rxmm.errors import VocabularyError

SIZE_MM = (1, 50)
"""Least and greatest size that a pill may have."""
PIECES = (1, 8)
"""Fewest and most equal pieces into which score lines may part one."""
SIZE_TOLERANCE_MM = 1.5
"""Most by which a measured size and the recorded one differ where they agree."""
IMPRINT_TYPES = ("DEBOSSED", "EMBOSSED", "PRINTED")


class _Term(StrEnum):
    """A vocabulary term: its value is the display name, ``nci_code`` its NCI Thesaurus code."""

    nci_code: str

    def __new__(cls, name: str, nci_code: str = "") -> Self:
        term = str.__new__(cls, name)
        term._value_ = name
        term.nci_code = nci_code
        return term

    @classmethod
    def parse(cls, text: str) -> Self:
        """The term called ``text``, in any case, with surrounding space ignored.

        Raises:
            VocabularyError: no term of that name; the message lists the vocabulary.
        """
        try:
            return cls(text.strip().upper())
        except ValueError:
            terms = ", ".join(term.value.lower() for term in cls)
            raise VocabularyError(
                f"{text!r} is not an FDA {cls.__name__.lower()}. Use one of: {terms}."
            ) from None


class Color(_Term):
    """SPLCOLOR: the body colour of a pill; imprint ink and bands do not count."""

    BLACK = "BLACK", "C48323"
    GRAY = "GRAY", "C48324"
    WHITE = "WHITE", "C48325"
    RED = "RED", "C48326"
    PURPLE = "PURPLE", "C48327"
    PINK = "PINK", "C48328"
    GREEN = "GREEN", "C48329"
    YELLOW = "YELLOW", "C48330"
    ORANGE = "ORANGE", "C48331"
    BROWN = "BROWN", "C48332"
    BLUE = "BLUE", "C48333"
    TURQUOISE = "TURQUOISE", "C48334"


class Shape(_Term):
    """SPLSHAPE: the outline of a pill seen from above."""

    BULLET = "BULLET", "C48335"
    CAPSULE = "CAPSULE", "C48336"
    CLOVER = "CLOVER", "C48337"
    DIAMOND = "DIAMOND", "C48338"
    DOUBLE_CIRCLE = "DOUBLE CIRCLE", "C48339"
    FREEFORM = "FREEFORM", "C48340"
    GEAR = "GEAR", "C48341"
    HEPTAGON = "HEPTAGON", "C48342"
    HEXAGON = "HEXAGON", "C48343"
    OCTAGON = "OCTAGON", "C48344"
    OVAL = "OVAL", "C48345"
    PENTAGON = "PENTAGON", "C48346"
    RECTANGLE = "RECTANGLE", "C48347"
    ROUND = "ROUND", "C48348"
    SEMI_CIRCLE = "SEMI-CIRCLE", "C48349"
    SQUARE = "SQUARE", "C48350"
    TEAR = "TEAR", "C48351"
    TRAPEZOID = "TRAPEZOID", "C48352"
    TRIANGLE = "TRIANGLE", "C48353"


_CONFUSED = ({Shape.CAPSULE, Shape.OVAL},)


def near_shapes(one: str | None, other: str | None) -> bool:
    """Whether two shapes are one, or two that labelers themselves confuse."""
    return one == other or {one, other} in _CONFUSED


Vocabulary = TypeVar("Vocabulary", Color, Shape)
