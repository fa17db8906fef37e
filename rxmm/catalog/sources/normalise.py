"""Values of published tables in the words of the catalogue: what all importers share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rxmm.catalog.sources import Report, Row
from rxmm.catalog.table import COLUMNS, NUMBERS
from rxmm.catalog.vocabulary import Color

MM = (1.0, 50.0)
"""Sizes that a pill may have."""
PIECES = (1, 8)
"""Equal pieces into which score lines may part one."""

_STRENGTH = re.compile(
    r"(\d[\d.,]*(?:\s?/\s?\d[\d.,]*)*)\s?(MG|MCG|GM?|MEQ|UNT|UNITS?|GRAINS?)(?![A-Z])",
    re.IGNORECASE,
)
_KIT = re.compile(r"\d+ \(")


def product(**facts: Any) -> Row:
    """A row of these facts; every other column says: not recorded.

    Raises:
        TypeError: a fact that the catalogue has no column for.
    """
    if unknown := facts.keys() - COLUMNS:
        raise TypeError(f"The catalogue has no column {', '.join(sorted(unknown))}.")
    return {name: None if name in NUMBERS else "" for name in COLUMNS} | facts


def segments(texts: Iterable[str]) -> str:
    """The segments of an imprint as one field: single spaces, empty ones dropped.

    >>> segments([" Lilly ", "", "10  mg"])
    'Lilly;10 mg'
    """
    return ";".join(part for text in texts if (part := " ".join(text.split())))


def colors(listed: Iterable[Color], report: Report) -> str:
    """Colours as one field, each once, in the order given."""
    every = list(listed)
    distinct = list(dict.fromkeys(every))
    if len(distinct) < len(every):
        report.normalised["a colour listed twice (both halves of a capsule)"] += 1
    return ";".join(distinct)


def size(mm: float | None, report: Report) -> float | None:
    """Longest dimension; None where no pill has that."""
    if mm is not None and not MM[0] <= mm <= MM[1]:
        report.normalised["impossible size dropped"] += 1
        return None
    return mm


def score(pieces: int | None, report: Report) -> int | None:
    """Number of equal pieces; None where no pill has that."""
    if pieces is not None and not PIECES[0] <= pieces <= PIECES[1]:
        report.normalised["impossible number of score pieces dropped"] += 1
        return None
    return pieces


def strength(*names: str) -> str:
    """The strength in the first of ``names`` that states one, e.g. ``"12.5 MG / 20 MG"``, else "".

    A kit of several different pills states several strengths and tells none of them apart: "".

    >>> strength("", "ZESTORETIC 20/12.5mg tablets")
    '20/12.5 MG'
    """
    for name in names:
        found = _STRENGTH.findall(name)
        if found and len(_KIT.findall(name)) < 2:
            return " / ".join(f"{amount} {unit.upper()}" for amount, unit in found)
    return ""
