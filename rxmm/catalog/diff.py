"""What changed from one catalogue to another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from rxmm._files import replacing
from rxmm.catalog.documents import product_key
from rxmm.catalog.file import COLUMNS
from rxmm.catalog.sources import Row
from rxmm.catalog.table import Catalog, look_key

What = Literal["added", "removed", "discontinued", "returned", "looks", "facts"]

LOOKS = ("imprint", "color", "shape", "score", "size_mm")
_PROVENANCE = {"source", "document", "document_version", "document_date"}
_COMPARED = [column for column in COLUMNS if column not in _PROVENANCE]


@dataclass(frozen=True, slots=True)
class Change:
    """One product that is not as it was.

    Attributes:
        what: ``added``, ``removed`` (its row is gone), ``discontinued``, ``returned`` to the
            market, or which of its recorded facts changed: its ``looks`` or others.
        row: the product in the new catalogue, of a removed one in the old.
        before, after: the values that differ by column; empty for added and removed products.
    """

    what: What
    row: Row
    before: Row
    after: Row


def diff(old: Catalog, new: Catalog) -> list[Change]:
    """Every product that differs, each kind in the order of its catalogue.

    Other looks come first, then other facts, discontinued, returned, added and removed products.

    Products are paired by country, source and number (or name); the pills of a kit, which share
    one, by their looks. Where a row stands in its source does not count.
    """
    before, after = _by_product(old), _by_product(new)
    changes: list[Change] = []
    for key, rows in after.items():
        changes += _of_product(before.pop(key, []), rows)
    for rows in before.values():
        changes += (Change("removed", row, {}, {}) for row in rows)
    order: list[What] = ["looks", "facts", "discontinued", "returned", "added", "removed"]
    return sorted(changes, key=lambda change: order.index(change.what))


def count(changes: list[Change]) -> dict[What, int]:
    """How many products changed in which way."""
    return dict(Counter(change.what for change in changes))


def change_to_dict(change: Change) -> dict[str, Any]:
    """A change as plain JSON values."""
    row = change.row
    return {
        "what": change.what,
        **{name: row[name] for name in ("country", "source", "ndc", "licence", "name", "imprint")},
        "before": change.before,
        "after": change.after,
    }


def write_changes(changes: Sequence[Change], path: Path) -> None:
    """Write changes as a CSV, one line for each value that differs."""
    names = ["what", "country", "source", "ndc", "licence", "name", "imprint"]
    lines = []
    for change in map(change_to_dict, changes):
        head = [change[name] for name in names]
        before, after = change["before"], change["after"]
        lines += [[*head, field, before[field], after[field]] for field in before] or [
            [*head, "", "", ""]
        ]
    with replacing(path) as partial:
        pd.DataFrame(lines, columns=[*names, "field", "before", "after"]).to_csv(
            partial, index=False
        )


def _by_product(catalog: Catalog) -> dict[tuple[str, ...], list[Row]]:
    products: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in catalog.rows():
        products[row["country"], row["source"], *product_key(row)].append(row)
    return products


def _of_product(old: list[Row], new: list[Row]) -> Iterator[Change]:
    """The changes of one product, which as a kit has several rows."""
    for same in (_facts, look_key):  # pills that stayed, those whose looks stayed, others in order
        for row in list(new):
            twin = next((other for other in old if same(other) == same(row)), None)
            if twin is not None:
                old.remove(twin)
                new.remove(row)
                yield from _changed(twin, row)
    paired = min(len(old), len(new))
    for was, row in zip(old, new, strict=False):
        yield from _changed(was, row)
    for row in new[paired:]:
        yield Change("added", row, {}, {})
    for row in old[paired:]:
        yield Change("removed", row, {}, {})


def _facts(row: Row) -> list[Any]:
    return [row[column] for column in _COMPARED]


def _changed(old: Row, new: Row) -> Iterator[Change]:
    differing = [column for column in _COMPARED if old[column] != new[column]]
    if not differing:
        return
    what: What = "facts"
    if any(column in LOOKS for column in differing):
        what = "looks"
    elif "discontinued" in differing:
        what = "discontinued" if new["discontinued"] else "returned"
    before, after = ({column: row[column] for column in differing} for row in (old, new))
    yield Change(what, new, before, after)
