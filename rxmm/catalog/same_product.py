"""Whether two products are the same medicine: the same substances in the same strength."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Dose = tuple[float, str]

_QUOTED = re.compile(r'"[^"]*"|\(R\)|\bF\.\s*C\.', re.IGNORECASE)
_WORD = re.compile(r"\b[A-Z][A-Z0-9]*", re.ASCII)
_FORM_WORDS = {
    "AND", "CAP", "CAPS", "CAPSULE", "CAPSULES", "CHEW", "CHEWABLE", "COATED", "FILM", "G", "GM",
    "HCL", "HYDROCHLORIDE", "MCG", "MEQ", "MG", "SOFT", "SOFTGEL", "TAB", "TABLET", "TABLETS",
    "TABS", "UNT", "USP",
}  # fmt: skip
_THOUSANDS = r"[1-9]\d{0,2}(?:,\d{3})+(?![\d,])(?:\.\d*)?"
_AMOUNT = re.compile(rf"(?:({_THOUSANDS})|(\d+(?:[.,]\d*)?|\.\d+))\s*([A-Z]*)")
_IN_MG = {"MG": 1.0, "MCG": 0.001, "UG": 0.001, "G": 1000.0, "GM": 1000.0}


@dataclass(frozen=True, slots=True)
class Medicine:
    """What a product is, whoever sells it.

    Attributes:
        substances: words of its generic name, of its own name where that is not known.
        doses: amounts, smallest first; empty when not known.
        rxcui: its concept in RxNorm, or "".
    """

    substances: frozenset[str]
    doses: tuple[Dose, ...]
    rxcui: str = ""

    @classmethod
    def of(cls, name: str, generic: str, strength: str, rxcui: str) -> Medicine:
        """From the fields of a `rxmm.results.Product`."""
        return cls(substances(generic or name), doses(strength), rxcui)

    def same(self, other: Medicine) -> bool:
        """Same substances and strength; one that is not recorded differs only by its RxCUI."""
        if self.rxcui and self.rxcui == other.rxcui:
            return True
        if self.substances != other.substances:
            return False
        if self.doses and other.doses:
            return self.doses == other.doses
        return not (self.rxcui and other.rxcui)


def any_same(one: Sequence[Medicine], other: Sequence[Medicine]) -> bool:
    """Whether the two have a medicine in common."""
    return any(mine.same(theirs) for mine in one for theirs in other)


@lru_cache(maxsize=8192)
def substances(name: str) -> frozenset[str]:
    """The words of a name that say what is in it: no form, no amount, no maker in quotes.

    >>> sorted(substances("Ibuprofen 600MG tablets, USP"))
    ['IBUPROFEN']
    """
    words = _WORD.findall(_QUOTED.sub(" ", name.split("·")[0]).upper())
    return frozenset(words) - _FORM_WORDS or frozenset([name.upper()])


@lru_cache(maxsize=8192)
def doses(strength: str) -> tuple[Dose, ...]:
    """The amounts in a strength, in milligrams where they are masses, smallest first.

    A comma before groups of three digits parts thousands, any other stands for the decimal point.

    >>> doses("500/125 MG") == doses("125 MG / 500 MG")
    True
    >>> doses("50 MCG")
    ((0.05, 'MG'),)
    """
    found, unit = [], ""
    for large, amount, own_unit in reversed(_AMOUNT.findall(strength.upper())):
        unit = own_unit or unit
        number = float(large.replace(",", "") or amount.replace(",", "."))
        value = number * _IN_MG.get(unit, 1.0)
        found.append((round(value, 6), "MG" if unit in _IN_MG else unit))
    return tuple(sorted(found))
