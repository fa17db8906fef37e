"""Many queries in one run: a manifest in, one JSON line per query out, resumable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rxmm.errors import ManifestError, RxmmError
from rxmm.identifier import Identifier
from rxmm.serialization import failure_to_dict, to_dict

COLUMNS = ("id", "front", "back")
TOP = 10


@dataclass(frozen=True, slots=True)
class Query:
    """One line of a manifest; ``back`` is None for a single photo."""

    id: str
    front: Path
    back: Path | None


def read_manifest(path: Path) -> list[Query]:
    """The queries of a CSV with columns ``id,front,back``.

    Relative paths are relative to the manifest's folder; ``back`` may be empty or missing.

    Raises:
        ManifestError: not a CSV, columns or values missing, an id given twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas' parser and decoder errors are ValueErrors
        raise ManifestError(f"The manifest {path} cannot be read as a CSV: {error}") from error
    missing = [column for column in COLUMNS[:2] if column not in table.columns]
    if missing:
        raise ManifestError(
            f"The manifest {path} needs the columns {', '.join(COLUMNS)}; it has no "
            f"{' and no '.join(missing)} (it has: {', '.join(map(str, table.columns))})."
        )
    queries = []
    for number, row in enumerate(table.to_dict("records"), start=2):
        if not row["id"] or not row["front"]:
            raise ManifestError(f"Line {number} of {path} has no id or no front photo.")
        back = row.get("back", "")
        queries.append(
            Query(row["id"], path.parent / row["front"], path.parent / back if back else None)
        )
    ids = pd.Series([query.id for query in queries])
    if ids.duplicated().any():
        raise ManifestError(
            f"{path} gives the id {ids[ids.duplicated()].iloc[0]!r} more than once."
        )
    return queries


def answered_ids(output: Path) -> set[str]:
    """Ids that an earlier run already answered; a line that it was cut off in is removed.

    Raises:
        ManifestError: the output is not a file of rxmm's JSON lines.
    """
    if not output.exists():
        return set()
    whole, end, cut_off = output.read_bytes().rpartition(b"\n")
    try:
        ids = {json.loads(line)["id"] for line in whole.splitlines() if line.strip()}
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestError(
            f"{output} is not the result of an earlier `rxmm batch`; name another output file."
        ) from error
    if cut_off:
        output.write_bytes(whole + end)
    return ids


def answers(identifier: Identifier, queries: list[Query]) -> Iterator[dict[str, Any]]:
    """The answer to each query, in order; one that cannot be answered says why in ``error``."""
    for query in queries:
        try:
            answer = identifier.identify(query.front, query.back, top=TOP)
        except RxmmError as error:
            yield failure_to_dict(error, query.id)
        else:
            yield to_dict(answer, query.id)
