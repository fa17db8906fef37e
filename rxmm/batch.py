"""Many queries in one run: a manifest in, one JSON line per query out, resumable."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rxmm._files import replacing
from rxmm.catalog.sources import Report
from rxmm.catalog.sources.tables import read_rows
from rxmm.errors import CatalogError, ManifestError, RxmmError
from rxmm.identifier import Identifier
from rxmm.serialization import SCHEMA, failure_to_dict, to_dict

TOP = 10
_BEGINNING = json.dumps({"schema": SCHEMA}).removesuffix("}").encode()
"""Of each line that `append` writes of an answer."""


@dataclass(frozen=True, slots=True)
class ManifestQuery:
    """One line of a manifest; ``back`` is None for a single photo."""

    id: str
    front: Path
    back: Path | None


def read_manifest(path: Path) -> list[ManifestQuery]:
    """The queries of a CSV with columns ``id,front,back``.

    Relative paths are relative to the manifest's folder; ``back`` may be empty or missing.

    Raises:
        ManifestError: not a CSV, columns or values missing, an id given twice.
    """
    queries, report = [], Report()
    try:
        for row in read_rows(path, ("id", "front"), report, tidy=str.strip):
            if not row["id"] or not row["front"]:
                raise ManifestError(f"Line {report.line} of {path} has no id or no front photo.")
            back = row.get("back", "")
            queries.append(
                ManifestQuery(
                    row["id"], path.parent / row["front"], path.parent / back if back else None
                )
            )
    except CatalogError as error:
        raise ManifestError(
            f"The manifest cannot be used: {error} It needs the columns id and front, and may have "
            "back."
        ) from error
    if report.rejects:
        where, why = report.rejects[0]
        raise ManifestError(f"{path}, {where}: {why}. Put a path with a comma in quotes.")
    for name, times in Counter(query.id for query in queries).items():
        if times > 1:
            raise ManifestError(f"{path} gives the id {name!r} more than once.")
    return queries


def answered_ids(output: Path) -> set[str]:
    """Ids that an earlier run answered; those that failed are to be asked again.

    Raises:
        ManifestError: the output is not a file of rxmm's JSON lines.
    """
    return {answer["id"] for _, answer in _lines(output) if "error" not in answer}


def check_catalog(output: Path, identifier: Identifier) -> None:
    """Refuse to add to answers from another catalogue, or another version of it.

    Raises:
        ManifestError: there are such answers in the output.
    """
    present = f"{identifier.catalog.name} {identifier.catalog.version}"
    for _, answer in _lines(output):
        former = answer.get("versions", {}).get("catalog", present)
        if former != present:
            raise ManifestError(
                f"{output} has answers from catalogue {former}, now asked is {present}: name "
                "another output file."
            )


def forget(output: Path, ids: set[str]) -> None:
    """Remove the lines of these ids, and a line that an earlier run was cut off in.

    Raises:
        ManifestError: the output is not a file of rxmm's JSON lines.
        OSError: it cannot be written; then it stays as it was.
    """
    kept = [line for line, answer in _lines(output) if answer["id"] not in ids]
    with replacing(output) as partial:
        partial.write_bytes(b"".join(kept))


def append(output: Path, answer: dict[str, Any]) -> None:
    """Write one answer as the last line, on disk at once.

    Raises:
        OSError: it cannot be written.
    """
    # What of a file's name is no UTF-8 is written as JSON's escape of it.
    with output.open("a", encoding="utf-8", errors="backslashreplace") as lines:
        lines.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _lines(output: Path) -> list[tuple[bytes, dict[str, Any]]]:
    """Each whole line of an output, which need not be there, and the answer that it holds."""
    try:
        if not output.exists():
            return []
        # Of a pipe the end would be waited for, a device would be replaced.
        if not output.is_file():
            raise ManifestError(f"{output} is no regular file. Name a file as the output.")
        whole, _, tail = output.read_bytes().rpartition(b"\n")
        # An editor may have taken the end of the last line away.
        if tail.startswith(_BEGINNING) and _is_json(tail):
            whole, tail = whole + b"\n" + tail, b""
    except OSError as error:
        raise ManifestError(
            f"{output} cannot be read: {error.strerror}. Name a file as the output."
        ) from error
    # What follows the last whole line is dropped, so it has to be one of rxmm's that was cut off.
    ours = tail.startswith(_BEGINNING) or _BEGINNING.startswith(tail)
    with suppress(ValueError, KeyError, TypeError):
        lines = [(line + b"\n", json.loads(line)) for line in whole.split(b"\n") if line.strip()]
        if ours and all(isinstance(answer["id"], str) for _, answer in lines):
            return lines
    raise ManifestError(
        f"{output} is not the result of an earlier `rxmm batch`; name another output file."
    )


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def answers(identifier: Identifier, queries: list[ManifestQuery]) -> Iterator[dict[str, Any]]:
    """The answer to each query, in order; one that cannot be answered says why in ``error``."""
    for query in queries:
        try:
            answer = identifier.identify(query.front, query.back, top=TOP)
        except RxmmError as error:
            yield failure_to_dict(error, query.id)
        else:
            yield to_dict(answer, query.id)
