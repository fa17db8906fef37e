"""From a publisher's table to a catalogue and its data sheet."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from rxmm._files import replacing
from rxmm.catalog.sources import Report, Row, Source, c3pi, formulary, mfds, pillbox, tfda
from rxmm.catalog.table import Catalog, appearance_id, look_key
from rxmm.errors import CatalogError

SOURCES = {
    "c3pi": c3pi.SOURCE,
    "pillbox": pillbox.SOURCE,
    "tfda": tfda.SOURCE,
    "mfds": mfds.SOURCE,
    "formulary": formulary.SOURCE,
}
# Products of one appearance may disagree on these; the most frequent value stands.
_VOTED = ("imprint", "color", "score", "size_mm", "imprint_type", "imprint_color")


def build(
    source_name: str,
    published: Path,
    out: Path,
    *,
    country: str = "",
    date: str = "",
    report: Report | None = None,
) -> Catalog:
    """Build the catalogue ``out`` (parquet); beside it its data sheet (``.md``) and, where anything
    was left out, what and why (``.rejects.csv``).

    Args:
        source_name: a key of `SOURCES`.
        published: the publisher's table, document, folder or archive.
        country: ISO 3166 alpha-2 code of the market, where it is not the publisher's.
        date: ISO date of a table that does not tell it.
        report: filled in while the import goes on.

    Raises:
        CatalogError: unknown source, or a file that is not that source's.
    """
    report = Report() if report is None else report
    source = find_source(source_name)
    rows = list(rows_of(source_name, published, report, country=country, date=date))
    if not rows:
        raise CatalogError(f"{published} holds no usable row.")
    catalog = Catalog(group(rows), name=out.stem, country=rows[0]["country"], source=source.title)
    catalog.save(out)
    sheet = data_sheet(catalog, source, report, published)
    out.with_suffix(".md").write_text(sheet, encoding="utf-8")
    write_rejects(report, out.with_suffix(".rejects.csv"))
    return catalog


def find_source(name: str) -> Source:
    """The source of this name.

    Raises:
        CatalogError: there is none; the message lists those that are.
    """
    if name not in SOURCES:
        raise CatalogError(f"No source {name!r}. Use one of: {', '.join(SOURCES)}.")
    return SOURCES[name]


def rows_of(
    source_name: str, published: Path, report: Report, *, country: str = "", date: str = ""
) -> Iterator[Row]:
    """The rows of a published file with their provenance; arguments and errors as `build`."""
    source = find_source(source_name)
    shared = {"source": source_name, "country": country.upper() or source.country}
    if source.document:
        shared |= {"document": source.document, "document_date": date}
        shared["document_version"] = file_hash(published)[:12]
    for row in source.read(published, report):
        yield row | shared


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        CatalogError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error}") from error


def write_rejects(report: Report, path: Path) -> None:
    """Write what was left out and why as a CSV; no file where nothing was."""
    path.unlink(missing_ok=True)
    if report.rejects:
        table = pd.DataFrame(report.rejects, columns=["where", "why"])
        with replacing(path) as partial:
            table.to_csv(partial, index=False)


def group(rows: Iterable[Row]) -> pd.DataFrame:
    """Bring products of one appearance together, give them its id and one set of facts.

    The id has the country of the first of them; those still on the market come first.

    Raises:
        CatalogError: two different looks got the same id.
    """
    looks: dict[str, list[Row]] = {}
    for row in rows:
        looks.setdefault(look_key(row), []).append(row)
    ids = {key: appearance_id(members[0]["country"], key) for key, members in looks.items()}
    if len(set(ids.values())) < len(ids):
        raise CatalogError("Two looks share an id: lengthen the hash in appearance_id.")
    grouped: list[Row] = []
    for key, members in looks.items():
        facts = {name: _most_frequent([member[name] for member in members]) for name in _VOTED}
        members.sort(key=lambda member: member["discontinued"] != "")
        products = (member | facts | {"appearance_id": ids[key]} for member in members)
        grouped += {tuple(product.values()): product for product in products}.values()
    return pd.DataFrame(grouped)


def _most_frequent(values: list[Any]) -> Any:
    """The most frequent recorded value, the first of equals; an empty one when there is none."""
    recorded = Counter(value for value in values if value not in ("", None))
    return recorded.most_common(1)[0][0] if recorded else values[0]


def data_sheet(catalog: Catalog, source: Source, report: Report, published: Path) -> str:
    """What a person should know of a catalogue and how it was made, as Markdown."""
    facts = catalog.appearances
    table = {
        "Source": source.title,
        "Licence": source.licence,
        "Built": date.today().isoformat(),
        **({"SHA-256 of the file read": file_hash(published)} if published.is_file() else {}),
        "Content version": catalog.version,
        "Rows in": f"{report.rows_in:,}",
        "Rows rejected": f"{report.rejected.total():,}",
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
            *_counts(report.rejected),
            "",
            "## Normalised",
            "",
            *_counts(report.normalised),
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
