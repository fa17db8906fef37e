"""From rows of products to a catalogue's table: one appearance for each look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from rxmm.catalog.market import has_left
from rxmm.catalog.sources import Row
from rxmm.catalog.table import appearance_id, look_key, look_of
from rxmm.errors import CatalogError

# Products of one appearance may disagree on these; the most frequent value stands.
_VOTED = ("imprint", "color", "score", "size_mm", "imprint_type", "imprint_color")


def group(rows: Iterable[Row], known: Iterable[str] = ()) -> pd.DataFrame:
    """Bring products of one appearance together, give them its id and one set of facts.

    Those still on the market come first.

    Args:
        known: ids that appearances have already, which stay; of two for one look, the first.  The
            id of a new look has the country of its first product.

    Raises:
        CatalogError: two different looks got the same id.
    """
    looks: dict[str, list[Row]] = {}
    for row in rows:
        looks.setdefault(look_key(row), []).append(row)
    given: dict[str, str] = {}
    for name in known:
        given.setdefault(look_of(name), name)
    new = {key: appearance_id(members[0]["country"], key) for key, members in looks.items()}
    ids = {key: given.get(look_of(name), name) for key, name in new.items()}
    if len(set(ids.values())) < len(ids):
        raise CatalogError("Two looks share an id: lengthen the hash in appearance_id.")
    grouped: list[Row] = []
    for key, members in looks.items():
        facts = {name: _most_frequent([member[name] for member in members]) for name in _VOTED}
        members.sort(key=lambda member: has_left(member["discontinued"]))
        products = (member | facts | {"appearance_id": ids[key]} for member in members)
        grouped += {tuple(product.values()): product for product in products}.values()
    return pd.DataFrame(grouped)


def _most_frequent(values: list[Any]) -> Any:
    """The most frequent recorded value, the first of equals; an empty one when there is none."""
    recorded = Counter(value for value in values if value not in ("", None))
    return recorded.most_common(1)[0][0] if recorded else values[0]
