"""What Structured Product Labeling says of one pill: its looks and its active ingredients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from rxmm.catalog.sources import Report, normalise
from rxmm.catalog.sources.spl_xml import V3, attribute, every, find, text
from rxmm.catalog.vocabulary import Color, Shape, Vocabulary
from rxmm.errors import VocabularyError

Characteristics = Mapping[str, list[etree._Element]]
"""The values of a product's characteristics by code, e.g. SPLCOLOR."""

_NO_IMPRINT = re.compile(
    r"(NONE|BLANK|PLAIN|N/A|UNKNOWN|NOT APPLICABLE|NO (IMPRINT|MARK|CODE|DEBOSS)\w*)\W*",
    re.IGNORECASE,
)
_MM = {"": 1.0, "mm": 1.0, "cm": 10.0, "[in_i]": 25.4}
_VALUE = re.compile(r"(?=\.?\d)\d{0,15}(\.\d{1,15})?", re.ASCII)
_UNITS = {"1": "", "ug": "mcg", "[iU]": "IU"}  # of UCUM


def characteristics(holder: etree._Element) -> Characteristics:
    """Those of the product that ``holder`` holds, but not of the parts or packages in it."""
    values: dict[str, list[etree._Element]] = {}
    for characteristic in every(holder, "subjectOf", "characteristic"):
        value = find(characteristic, "value")
        if value is not None:
            values.setdefault(attribute(find(characteristic, "code"), "code"), []).append(value)
    return values


def looks(of: Characteristics, report: Report) -> dict[str, Any]:
    """Imprint, colours, shape, score and size; what is not recorded or not usable is empty."""
    colors = [_term(Color, value, report) for value in of.get("SPLCOLOR", ())]
    shapes = [_term(Shape, value, report) for value in of.get("SPLSHAPE", ())]
    pieces = [normalise.number(attribute(value, "value")) for value in of.get("SPLSCORE", ())]
    return {
        "imprint": _imprint(map(text, of.get("SPLIMPRINT", ())), report),
        "color": normalise.colors((color for color in colors if color), report),
        "shape": next((shape.value for shape in shapes if shape), ""),
        "score": normalise.score(next((n for n in pieces if n is not None), None), report),
        "size_mm": normalise.size(_millimetres(of.get("SPLSIZE", ()), report), report),
    }


def _imprint(texts: Iterable[str], report: Report) -> str:
    segments = [segment.strip() for listed in texts for segment in listed.split(";")]
    said = [segment for segment in segments if not _NO_IMPRINT.fullmatch(segment)]
    if len(said) < len(segments):
        report.normalised["imprint in words that there is none dropped"] += 1
    return normalise.imprint(said, report)


def _term(vocabulary: type[Vocabulary], value: etree._Element, report: Report) -> Vocabulary | None:
    written = [attribute(value, "code"), attribute(value, "displayName")]
    for name in filter(None, written):
        try:
            return normalise.term(vocabulary, name)
        except VocabularyError:
            continue
    if any(written) or text(value):
        report.normalised[f"{vocabulary.__name__.lower()} outside the FDA vocabulary dropped"] += 1
    return None


def _millimetres(values: Iterable[etree._Element], report: Report) -> float | None:
    for value in values:
        unit, amount = attribute(value, "unit"), normalise.number(attribute(value, "value"))
        if amount is not None and unit in _MM:
            return round(amount * _MM[unit], 2)
        if amount is not None:
            report.normalised["size in a unit that is no length dropped"] += 1
    return None


def ingredients(product: etree._Element) -> dict[str, str]:
    """The active ingredients of a product, and its strength: theirs in the same order.

    An ingredient has the name and UNII of the substance; its amount is what the label states, of
    some salts that of the active moiety.
    """
    listed, strengths = [], []
    for ingredient in product.iterchildren(f"{V3}ingredient", f"{V3}activeIngredient"):
        active = attribute(ingredient, "classCode").startswith("ACTI")
        if active or ingredient.tag == f"{V3}activeIngredient":
            tags = (f"{V3}ingredientSubstance", f"{V3}activeIngredientSubstance")
            substance = next(ingredient.iterchildren(*tags), None)
            if substance is None:
                continue
            name = text(find(substance, "name")).upper().replace(";", ",")
            unii, amount = attribute(find(substance, "code"), "code"), _amount(ingredient)
            listed.append(" ".join(filter(None, (name, amount, unii and f"[{unii}]"))))
            strengths.append(amount.upper())
    return {
        "ingredients": ";".join(filter(None, listed)),
        "strength": " / ".join(filter(None, strengths)),
    }


def _amount(ingredient: etree._Element) -> str:
    """E.g. "20 mg" in one pill, "5 mg/2 mL" in anything else."""
    amount = _measure(find(ingredient, "quantity", "numerator"))
    per = _measure(find(ingredient, "quantity", "denominator"))
    return f"{amount}/{per}" if amount and per not in ("", "1") else amount


def _measure(quantity: etree._Element | None) -> str:
    value, unit = attribute(quantity, "value"), attribute(quantity, "unit")
    if not _VALUE.fullmatch(value):
        return ""
    return f"{Decimal(value).normalize():f} {_UNITS.get(unit, unit)}".strip()
