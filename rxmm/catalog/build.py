"""From a publisher's table to a catalogue and its data sheet."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from rxmm.catalog.sources import Import, Source, c3pi, formulary, tfda
from rxmm.catalog.table import Catalog, appearance_id, look_key
from rxmm.errors import CatalogError

SOURCES = {"c3pi": c3pi.SOURCE, "tfda": tfda.SOURCE, "formulary": formulary.SOURCE}
# Products of one appearance may disagree on these; the most frequent value stands.
_VOTED = ("imprint", "color", "score", "size_mm", "imprint_type", "imprint_color")


def build(source_name: str, published: Path, out: Path) -> Catalog:
    """Build the catalogue ``out`` (parquet) and, beside it, its data sheet (``.md``).

    Args:
        source_name: a key of `SOURCES`.
        published: the publisher's table.

    Raises:
        CatalogError: unknown source, or a table that is not that source's.
    """
    if source_name not in SOURCES:
        raise CatalogError(f"No source {source_name!r}. Use one of: {', '.join(SOURCES)}.")
    source = SOURCES[source_name]
    imported = source.read(published)
    if not imported.rows:
        raise CatalogError(f"{published} holds no usable row.")
    rows = group(imported.rows, source.country)
    catalog = Catalog(rows, name=out.stem, country=source.country, source=source.title)
    catalog.save(out)
    out.with_suffix(".md").write_text(
        _data_sheet(catalog, source, imported, published), encoding="utf-8"
    )
    return catalog


def group(rows: list[dict[str, Any]], country: str) -> pd.DataFrame:
    """Bring products of one appearance together, give them its id and one set of facts.

    Raises:
        CatalogError: two different looks got the same id.
    """
    looks: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        looks.setdefault(look_key(row), []).append(row)
    ids = {key: appearance_id(country, key) for key in looks}
    if len(set(ids.values())) < len(ids):
        raise CatalogError("Two looks share an id: lengthen the hash in appearance_id.")
    grouped = []
    for key, members in looks.items():
        facts = {name: _most_frequent([member[name] for member in members]) for name in _VOTED}
        products = [member | facts | {"appearance_id": ids[key]} for member in members]
        grouped += [product for i, product in enumerate(products) if product not in products[:i]]
    return pd.DataFrame(grouped)


def _most_frequent(values: list[Any]) -> Any:
    """The most frequent recorded value, the first of equals; an empty one when there is none."""
    recorded = Counter(value for value in values if value not in ("", None))
    return recorded.most_common(1)[0][0] if recorded else values[0]


def _data_sheet(catalog: Catalog, source: Source, imported: Import, published: Path) -> str:
    facts = catalog.appearances
    table = {
        "Source": source.title,
        "Licence": source.licence,
        "Built": date.today().isoformat(),
        "SHA-256 of the table read": hashlib.sha256(published.read_bytes()).hexdigest(),
        "Content version": catalog.version,
        "Rows in": f"{imported.rows_in:,}",
        "Rows rejected": f"{imported.rejected.total():,}",
        "Appearances": f"{len(catalog):,}",
        "… with an imprint": f"{(facts['imprint'] != '').sum():,}",
        "… distinct imprints": f"{len({tuple(sorted(t)) for t in catalog.imprint_tokens if t}):,}",
        "Products": f"{len(catalog.products):,}",
    }
    recorded = {
        name: (facts[name].notna() & (facts[name] != "")).mean()
        for name in ("color", "shape", "score", "size_mm", "imprint_type")
    }
    return "\n".join(
        [
            f"# Catalogue `{catalog.name}`: data sheet",
            "",
            "| | |\n|---|---|",
            *(f"| {what} | {value} |" for what, value in table.items()),
            "",
            "## Recorded for how many appearances",
            "",
            *(f"- {name}: {share:.1%}" for name, share in recorded.items()),
            "",
            "## Rejected rows",
            "",
            *_counts(imported.rejected),
            "",
            "## Normalised",
            "",
            *_counts(imported.normalised),
            "",
            "Where the products of one appearance disagree on size, score lines, imprint type or "
            "ink, the most frequent value stands.",
            "",
            "## To know",
            "",
            *(f"- {note}" for note in source.notes),
            "",
        ]
    )


def _counts(counts: Counter[str]) -> list[str]:
    return [f"- {what}: {n:,}" for what, n in counts.most_common()] or ["- none"]
