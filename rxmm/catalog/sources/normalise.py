"""Values of published tables in the words of the catalogue: what all importers share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from rxmm.catalog.file import COLUMNS, NUMBERS
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.vocabulary import PIECES, SIZE_MM, Color, Vocabulary
from rxmm.errors import InputError

_AMOUNT = r"(?:(?<![\w.])\.)?\d[\d.,]*"  # .5 begins with a point, TAB.5 ends a word with one
_STRENGTH = re.compile(
    rf"({_AMOUNT}(?:\s?/\s?{_AMOUNT})*)\s?(MG|MCG|UG|[µμ]G|GM?|MEQ|UNT|UNITS?|IU|GRAINS?)(?![A-Z])",
    re.IGNORECASE,
)
_KIT = re.compile(r"\d+ \(")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?|\.\d+", re.ASCII)
_DATES = (
    re.compile(r"(?P<year>\d{4})(-?)(?P<month>\d\d)\2(?P<day>\d\d)", re.ASCII),
    re.compile(r"(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>\d{4})", re.ASCII),
)


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
    if mm is not None and not SIZE_MM[0] <= mm <= SIZE_MM[1]:
        report.normalised["impossible size dropped"] += 1
        return None
    return mm


def millimetres(text: str) -> float | None:
    """The longest dimension that a text states, in millimetres or centimetres; None for "".

    >>> millimetres("5 x 12 mm"), millimetres("1,2 cm"), millimetres("8"), millimetres("")
    (12.0, 12.0, 8.0, None)

    Raises:
        InputError: there is anything else in it.
    """
    lengths = [float(found.replace(",", ".")) for found in _NUMBER.findall(text)]
    units = set(re.findall(r"\w+", _NUMBER.sub(" ", text).casefold().replace("x", " ")))
    if text and not (lengths and (units <= {"mm"} or units == {"cm"})):
        raise InputError(f"{text!r} is no length in mm or cm.")
    return max(lengths) * (10 if units == {"cm"} else 1) if lengths else None


def score(pieces: float | None, report: Report) -> int | None:
    """Number of equal pieces; None where no pill has that."""
    if pieces is not None and not PIECES[0] <= pieces <= PIECES[1]:
        report.normalised["impossible number of score pieces dropped"] += 1
        return None
    return None if pieces is None else int(pieces)


def strength(*names: str) -> str:
    """The strength in the first of ``names`` that states one, e.g. ``"12.5 MG / 20 MG"``, else "".

    A kit of several different pills states several strengths and tells none of them apart: "".

    >>> strength("", "ZESTORETIC 20/12.5mg tablets"), strength("ALPRAZOLAM .5 MG")
    ('20/12.5 MG', '.5 MG')
    >>> strength("L-THYROXIN 50 µg"), strength("VITAMIN D 1000 IU")
    ('50 MCG', '1000 IU')
    """
    for name in names:
        found = _STRENGTH.findall(name)
        if found and len(_KIT.findall(name)) < 2:
            return " / ".join(f"{amount} {_unit(unit)}" for amount, unit in found)
    return ""


def _unit(written: str) -> str:
    return "MCG" if written[0] in "µμ" else written.upper()


def imprint(texts: Iterable[str], report: Report) -> str:
    """`segments` of an imprint, or "" where they hold no letter or digit: a logo, a score line."""
    joined = segments(texts)
    if joined and not tokens(joined):
        report.normalised["imprint without letter or digit recorded as none"] += 1
        return ""
    return joined


def without_looks(facts: Mapping[str, Any]) -> str:
    """Why these facts show nothing of a pill, or "" when they do."""
    known = any(facts.get(look) for look in ("imprint", "color", "shape"))
    return "" if known else "neither imprint, colour nor shape"


def term(vocabulary: type[Vocabulary], text: str) -> Vocabulary:
    """The FDA's term of this name or NCI code; what stands in parentheses after it is left out.

    >>> term(Shape, "C48343"), term(Shape, "hexagon (6 sided)")
    (<Shape.HEXAGON: 'HEXAGON'>, <Shape.HEXAGON: 'HEXAGON'>)

    Raises:
        VocabularyError: there is none.
    """
    name = text.partition("(")[0].strip().upper()
    coded = (found for found in vocabulary if found.nci_code == name)
    return next(coded, None) or vocabulary.parse(name)


def number(text: str) -> float | None:
    """The number that a text begins with; a comma may stand for the decimal point.

    >>> number("15.50-15.60 mm"), number("7,5"), number(".8"), number("n/a")
    (15.5, 7.5, 0.8, None)
    """
    found = _NUMBER.match(text.strip())
    return float(found[0].replace(",", ".")) if found else None


def iso_date(text: str) -> str:
    """A date written as 20210128, 20210128…, 2021-01-28… or 01/28/2021… in ISO form, else "".

    >>> iso_date("20210128000000+0000"), iso_date("01/28/2021 12:00:00 AM"), iso_date("20211332")
    ('2021-01-28', '2021-01-28', '')
    """
    for form in _DATES:
        if found := form.match(text.strip()):
            try:
                return date(*(int(found[part]) for part in ("year", "month", "day"))).isoformat()
            except ValueError:
                return ""
    return ""
