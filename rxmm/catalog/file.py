"""The catalogue's file: its columns, and reading and writing it whole.

One parquet file, one row per product, the facts of its appearance repeated on each row:

    appearance_id   e.g. us-3f9c01a2b7d4: the country and a hash of the appearance's key
    imprint         segments as the source lists them, both faces, joined by ``;``, or ""
    color           FDA colour names joined by ``;``, predominant first, or ""
    shape           FDA shape name, or ""
    score           number of equal pieces, 1 = unscored, or null
    size_mm         longest dimension, or null
    imprint_type    DEBOSSED, EMBOSSED, PRINTED or ""
    imprint_color   FDA colour name of the ink, or ""
    name, generic, strength, labeler, rxcui, dosage_form
    ndc             labeler-product or labeler-product-package, leading zeros kept, or ""
    packages        package NDCs joined by ``;``, or ""
    licence         the regulator's licence number where there is no NDC, or ""
    ingredients     active ingredients joined by ``;``, each ``NAME strength [UNII]``, or ""
    country         of the regulator, ISO 3166 alpha-2
    source          which importer read it: a key of `rxmm.catalog.build.SOURCES`
    document, document_version, document_date
                    where the row stands: SPL set id, version and effective date; of a table its
                    name and the start of the SHA-256 of the file; or ""
    discontinued    ISO date from which on it was gone from its source or the market, or ""

Rows of one appearance follow one another.  The file's metadata (key ``rxmm``, JSON) holds
``schema_version``, ``name``, ``country`` (several joined by ``+``), ``source`` and the ``sha256``
of these.  Empty and null mean: not recorded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rxmm._files import replacing
from rxmm.errors import CatalogError

SCHEMA_VERSION = 2
APPEARANCE_COLUMNS = [
    "appearance_id", "imprint", "color", "shape", "score", "size_mm", "imprint_type",
    "imprint_color",
]  # fmt: skip
PRODUCT_COLUMNS = [
    "name", "generic", "strength", "labeler", "ndc", "packages", "licence", "rxcui", "dosage_form",
    "ingredients", "country", "source", "document", "document_version", "document_date",
    "discontinued",
]  # fmt: skip
COLUMNS = [*APPEARANCE_COLUMNS[1:], *PRODUCT_COLUMNS]
"""What an importer gives."""
NUMBERS = {"score": pa.int8(), "size_mm": pa.float64()}
"""The columns that are not text."""
FILE_COLUMNS = ["appearance_id", *COLUMNS]
_SCHEMA = pa.schema([(name, NUMBERS.get(name, pa.string())) for name in FILE_COLUMNS])
_INFO = ("schema_version", "name", "country", "source", "sha256")


def read(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows of a file, columns `FILE_COLUMNS`, and its ``name``, ``country`` and ``source``.

    Raises:
        CatalogError: not a catalogue file, a damaged one, or one of another schema.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
        columns = table.column_names
        info = json.loads((table.schema.metadata or {})[b"rxmm"])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise CatalogError(f"{path} is not an rxmm catalogue: {error}") from error
    if info.get("schema_version") != SCHEMA_VERSION:
        raise CatalogError(
            f"{path} has catalogue schema {info.get('schema_version')!r}, this rxmm reads "
            f"{SCHEMA_VERSION}. Import it again with `rxmm catalog import`."
        )
    missing = [name for name in _SCHEMA.names if name not in columns]
    missing += [name for name in _INFO if name not in info]
    if missing or table.num_rows == 0:
        raise CatalogError(f"{path} is incomplete: missing {', '.join(missing) or 'all rows'}.")
    if info["sha256"] != _digest(info):
        raise CatalogError(f"{path} is damaged: its description does not match its checksum.")
    rows = table.select(_SCHEMA.names).to_pandas()
    return rows, {key: info[key] for key in ("name", "country", "source")}


def write(path: Path, rows: pd.DataFrame, about: Mapping[str, str]) -> None:
    """Write a file that `read` takes; a reader sees the old one or the whole new one.

    Args:
        rows: with the columns `FILE_COLUMNS`.
        about: its ``name``, ``country`` and ``source``.
    """
    info = {"schema_version": SCHEMA_VERSION, **about}
    info |= {"sha256": _digest(info)}
    table = pa.Table.from_pandas(rows, schema=_SCHEMA, preserve_index=False)
    table = table.replace_schema_metadata({"rxmm": json.dumps(info, sort_keys=True)})
    with replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd", write_page_checksum=True)


def _digest(info: Mapping[str, Any]) -> str:
    """Checksum of a file's description; its pages have their own."""
    described = json.dumps([info.get(key) for key in _INFO[:-1]])
    return hashlib.sha256(described.encode()).hexdigest()
