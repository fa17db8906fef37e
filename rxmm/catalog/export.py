"""A catalogue in forms that other programs read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from rxmm._files import replacing
from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.serialization import appearance_to_dict


def export(catalog: Catalog, path: Path) -> None:
    """Write a catalogue; the suffix of the file says how.

    ``.csv``: one line per product, the columns of the catalogue.  ``.jsonl``: one line per
    appearance with its products, as in answers.  ``.parquet``: a catalogue file.

    Raises:
        InputError: another suffix.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise InputError(f"{path}: give a file name ending in {', '.join(_WRITERS)}.")
    write(catalog, path)


def _write_csv(catalog: Catalog, path: Path) -> None:
    table = catalog.appearances.loc[catalog.product_rows].reset_index(drop=True)
    table["score"] = table["score"].astype("Int8")
    with replacing(path) as partial:
        pd.concat([table, catalog.products], axis=1).to_csv(partial, index=False)


def _write_json_lines(catalog: Catalog, path: Path) -> None:
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        for row in range(len(catalog)):
            pill = appearance_to_dict(catalog.appearance(row))
            file.write(json.dumps(pill, ensure_ascii=False) + "\n")


_WRITERS: dict[str, Callable[[Catalog, Path], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
    ".parquet": Catalog.save,
}
