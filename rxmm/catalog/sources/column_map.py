"""What the columns of somebody's table mean: the file ``pills.columns.yaml`` beside ``pills.csv``.

    country: DE
    columns:
      name: Produkt
      imprint: [Vorderseite, Rückseite]
      color: {column: Farbe, values: {weiß: WHITE, gelb: YELLOW}}

``columns`` says from which columns of the table a column of the catalogue is made, and which words
of the table stand for which of the FDA's.  ``title``, ``licence`` and ``country`` describe the
source, ``separator`` and ``encoding`` the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from rxmm.catalog.sources.tables import UTF8
from rxmm.errors import CatalogError

_LOOKS = ("imprint", "color", "shape")


@dataclass(frozen=True, slots=True)
class Column:
    """Where one fact stands.

    Attributes:
        names: columns of the table, in order.
        values: words of the table, case-folded → words of the catalogue.
    """

    names: tuple[str, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What a map says; `columns` is keyed by columns of the catalogue."""

    columns: Mapping[str, Column]
    title: str = ""
    licence: str = ""
    country: str = ""
    separator: str = ","
    encoding: str = UTF8

    @classmethod
    def beside(cls, table: Path, known: Collection[str]) -> Self:
        """The map of ``table``.

        Args:
            known: columns of the catalogue that a map may name.

        Raises:
            CatalogError: there is none, or it cannot be used; the message says where and why.
        """
        path = table.with_suffix(".columns.yaml")
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CatalogError(
                f"{path} cannot be read: {error}. A table of one's own needs this file, which says "
                "what its columns mean; docs/CATALOGUE.md has an example."
            ) from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise CatalogError(f"{path} is not YAML: {error}") from error
        try:
            return cls._parse(said, known)
        except ValueError as error:
            raise CatalogError(f"{path}: {error} docs/CATALOGUE.md has an example.") from error

    @classmethod
    def _parse(cls, said: Any, known: Collection[str]) -> Self:
        settings = _mapping("the file", said)
        _check_names("setting", settings, cls.__slots__)
        columns = _mapping("columns", settings.get("columns"))
        _check_names("column of the catalogue", columns, known)
        if "name" not in columns or not any(look in columns for look in _LOOKS):
            raise ValueError(f"columns has to say where name and one of {', '.join(_LOOKS)} stand.")
        texts = {name: _text(name, settings[name]) for name in settings if name != "columns"}
        if not re.fullmatch("[A-Za-z]{2}", texts.get("country", "ZZ")):
            raise ValueError("country is not two letters, such as DE.")
        if len(texts.get("separator", ",")) != 1:
            raise ValueError('separator is not one character; a tab is written "\\t".')
        try:
            "a".encode(texts.get("encoding", UTF8))
        except (LookupError, UnicodeError):  # not known, or no encoding of text
            raise ValueError(f"encoding {texts['encoding']!r} is not known.") from None
        return cls({name: _column(name, where) for name, where in columns.items()}, **texts)


def _column(name: str, where: Any) -> Column:
    said = where if isinstance(where, dict) else {"column": where}
    _check_names(f"setting of {name}", said, ("column", "values"))
    names = said.get("column")
    listed = names if isinstance(names, list) else [names]
    if not listed:
        raise ValueError(f"{name} names no column of the table.")
    values = _mapping(f"values of {name}", said.get("values", {}))
    return Column(
        tuple(_text(name, one) for one in listed),
        {word.casefold(): _text(f"values of {name}", value) for word, value in values.items()},
    )


def _mapping(what: str, said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise ValueError(f"{what} should be a mapping, `name: value`.")
    return {_text(what, name): value for name, value in said.items()}


def _text(what: str, value: Any) -> str:
    """A word or number.  YAML takes no, yes, on and off for truth values: they need quotes."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{what} has a value that is no text; put yes, no, on and off in quotes.")
    return " ".join(str(value).split()) or str(value)


def _check_names(what: str, named: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(map(str, set(named) - set(known))):
        raise ValueError(f"{', '.join(unknown)} is no {what}; there are {', '.join(known)}.")
