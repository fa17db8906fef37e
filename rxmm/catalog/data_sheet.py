"""What a person should know of a built catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from rxmm.catalog.market import has_left
from rxmm.catalog.sources import Report, Source
from rxmm.catalog.table import Catalog


def data_sheet(
    catalog: Catalog, sources: Sequence[Source], report: Report | None = None, sha256: str = ""
) -> str:
    """A data sheet as Markdown.

    Args:
        sources: of its products.
        report: of the last import, if it was made by one.
        sha256: of the file that was read then, "" for a folder.
    """
    facts = catalog.appearances
    table = {
        "Source": catalog.source,
        "Licence": "; ".join(dict.fromkeys(source.licence for source in sources)),
        "Built": date.today().isoformat(),
        **({"SHA-256 of the file read": sha256} if sha256 else {}),
        "Content version": catalog.version,
        **({"Rows in": f"{report.rows_in:,}"} if report else {}),
        **({"Rows rejected": f"{report.rejected.total():,}"} if report else {}),
        "Appearances": f"{len(catalog):,}",
        "… with an imprint": f"{(facts['imprint'] != '').sum():,}",
        "… distinct imprints": f"{len(set(catalog.imprint_keys) - {()}):,}",
        "Products": f"{len(catalog.products):,}",
        "… discontinued": f"{sum(map(has_left, catalog.products['discontinued'])):,}",
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
            *(_of_import(report) if report else []),
            "Where the products of one appearance disagree on size, score lines, imprint type or "
            "ink, the most frequent value stands.",
            "",
            "## To know",
            "",
            *(f"- {note}" for note in dict.fromkeys(n for s in sources for n in s.notes)),
            "",
        ]
    )


def _of_import(report: Report) -> list[str]:
    rejected, normalised = _counts(report.rejected), _counts(report.normalised)
    return ["## Rejected rows", "", *rejected, "", "## Normalised", "", *normalised, ""]


def _counts(counts: Counter[str]) -> list[str]:
    return [f"- {what}: {n:,}" for what, n in counts.most_common()] or ["- none"]
