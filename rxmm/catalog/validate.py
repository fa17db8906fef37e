"""Looking a catalogue over: is every fact one that the schema allows?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.ndc import Ndc
from rxmm.catalog.sources import formulary
from rxmm.catalog.table import Catalog, appearance_id, look_key, look_of, split
from rxmm.catalog.vocabulary import IMPRINT_TYPES, PIECES, SIZE_MM, Color, Shape
from rxmm.errors import InputError

_COLORS = {color.value for color in Color}
_SHAPES = {shape.value for shape in Shape}


def problems(catalog: Catalog) -> list[str]:
    """Everything wrong with ``catalog``, one sentence each; empty when it is sound."""
    found = []
    for facts in catalog.appearances.to_dict("records"):
        row = {str(name): value for name, value in facts.items()}
        found += [f"{row['appearance_id']}: {what}" for what in _of_appearance(row)]
    names = ("name", "ndc", "licence", "country")
    columns = (catalog.products[column].tolist() for column in names)
    for name, ndc, licence, country in zip(*columns, strict=True):
        if not name:
            found.append(f"a product without a name ({ndc or licence})")
        if country not in catalog.countries:
            found.append(f"{name}: of {country!r}, but the catalogue is of {catalog.country}")
        if not (ndc or licence) and country != formulary.SOURCE.country:
            found.append(f"{name}: neither NDC nor licence")
        try:
            if ndc:
                Ndc.parse(ndc)
        except InputError as error:
            found.append(f"{name}: {error}")
    return found


def _of_appearance(row: dict[str, Any]) -> Iterator[str]:
    if look_of(row["appearance_id"]) != look_of(appearance_id("", look_key(row))):
        yield "the id does not belong to this imprint, colours and shape"
    if row["imprint"] and not tokens(row["imprint"]):
        yield f"the imprint {row['imprint']!r} has no letter or digit"
    for color in {*split(row["color"]), *split(row["imprint_color"])} - _COLORS:
        yield f"{color!r} is not an FDA colour"
    if row["shape"] and row["shape"] not in _SHAPES:
        yield f"{row['shape']!r} is not an FDA shape"
    if row["imprint_type"] not in ("", *IMPRINT_TYPES):
        yield f"{row['imprint_type']!r} is not an imprint type"
    # Neither is true of NaN, not recorded.
    if row["score"] < PIECES[0] or row["score"] > PIECES[1]:
        yield f"a score of {row['score']:g} pieces"
    if row["size_mm"] < SIZE_MM[0] or row["size_mm"] > SIZE_MM[1]:
        yield f"a size of {row['size_mm']:g} mm"
