"""One importer per publisher: its table in, rows of rxmm's own schema out.

An importer is a `Source`: who publishes, under which licence, and a function that reads the
published file.  `rxmm.catalog.build` does the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from rxmm.errors import CatalogError

_STRENGTH = re.compile(
    r"(\d[\d.,]*(?:\s?/\s?\d[\d.,]*)*)\s?(MG|MCG|GM?|MEQ|UNT|UNITS?|GRAINS?)(?![A-Z])",
    re.IGNORECASE,
)
_KIT = re.compile(r"\d+ \(")


@dataclass
class Import:
    """What an importer made of a published file.

    Attributes:
        rows: one dictionary per product, keyed by the catalogue's columns without appearance_id.
        rows_in: rows of the published file.
        rejected: why rows were left out → how many.
        normalised: what was changed in the others → how many.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    rows_in: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    normalised: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Source:
    """A publisher of pill appearances; ``notes`` tell what its tables cannot say."""

    title: str
    licence: str
    country: str
    read: Callable[[Path], Import]
    notes: tuple[str, ...] = ()


def read_table(path: Path, columns: Collection[str]) -> Iterator[dict[str, str]]:
    """The rows of a published CSV as stripped text.

    Raises:
        CatalogError: not a readable CSV, or without the columns that the importer needs.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path} cannot be read as a CSV table: {error}") from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas then takes the first values for names
        raise CatalogError(
            f"{path} has rows with more values than columns: put a text with a comma in quotes."
        )
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise CatalogError(
            f"{path} lacks the column(s) {', '.join(missing)}: is it this source's table?"
        )
    for row in table.to_dict("records"):
        yield {str(column): " ".join(value.split()) for column, value in row.items()}


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
