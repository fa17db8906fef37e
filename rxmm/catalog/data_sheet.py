"""What a person should know of a built catalogue."""

from __future__ import annotations

from collections import Counter
from datetime import date

from rxmm.catalog.sources import Report, Source
from rxmm.catalog.table import Catalog


def data_sheet(catalog: Catalog, source: Source, report: Report, sha256: str) -> str:
    """A data sheet as Markdown.

    Args:
        report: of the import.
        sha256: of the file that was read, "" for a folder.
    """
    facts = catalog.appearances
    table = {
        "Source": source.title,
        "Licence": source.licence,
        "Built": date.today().isoformat(),
        **({"SHA-256 of the file read": sha256} if sha256 else {}),
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
