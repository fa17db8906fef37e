"""The catalogue's file: its columns, and reading and writing it whole.

One parquet file, one row per product, the facts of its appearance repeated on each row:

    appearance_id   e.g. us-3f9c01a2b7d4: the country where the appearance was met first, and a
                    hash of its key
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
import pyarrow.compute as pc
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
_TEXT = [name for name in FILE_COLUMNS if name not in NUMBERS]
_TEXTS = (pa.string(), pa.large_string())  # the latter as pandas may write it
_INFO = ("schema_version", "name", "country", "source", "sha256")
MOST_ROWS = 2_000_000
MOST_BYTES = 2**29
"""Of a file unpacked, and of its text written out: a few kilobytes can hold any number of both."""


def read(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows of a file, columns `FILE_COLUMNS`, and its ``name``, ``country`` and ``source``.

    Raises:
        CatalogError: not a catalogue file, a damaged one, one of another schema or one too large.
    """
    try:
        about = _about(path, pq.read_metadata(path))
        # A text that many rows share stays one text, until it is known that there is room for all.
        with pq.ParquetFile(path, read_dictionary=_TEXT, page_checksum_verification=True) as opened:
            table = opened.read(columns=_SCHEMA.names)
        if sum(_letters(table[name]) for name in _TEXT) > MOST_BYTES:
            raise CatalogError(_too_large(path))
        if empty := [name for name in _TEXT if table[name].null_count]:
            raise CatalogError(f"{path} is damaged: a row has no {' and no '.join(empty)}.")
        return table.cast(_SCHEMA).to_pandas(), about
    except (pa.ArrowException, OSError, KeyError, ValueError, RecursionError) as error:
        raise CatalogError(f"{path} is not an rxmm catalogue: {error}") from error


def _about(path: Path, said: pq.FileMetaData) -> dict[str, str]:
    """A file's ``name``, ``country`` and ``source``, by what it says before any row of it is read.

    Raises:
        CatalogError: these or the rows are not those of a catalogue.
    """
    schema = said.schema.to_arrow_schema()
    described = (schema.metadata or {}).get(b"rxmm")
    if described is None:
        raise CatalogError(
            f"{path} is not an rxmm catalogue: make one of its source with `rxmm catalog import`."
        )
    info = json.loads(described)
    if not isinstance(info, dict):
        raise CatalogError(f"{path} is not an rxmm catalogue: its description is no mapping.")
    if info.get("schema_version") != SCHEMA_VERSION:
        raise CatalogError(
            f"{path} has catalogue schema {info.get('schema_version')!r}, this rxmm reads "
            f"{SCHEMA_VERSION}. Import it again with `rxmm catalog import`."
        )
    missing = [name for name in _SCHEMA.names if name not in schema.names]
    missing += [name for name in _INFO if name not in info]
    if missing or said.num_rows == 0:
        raise CatalogError(f"{path} is incomplete: missing {', '.join(missing) or 'all rows'}.")
    if info["sha256"] != _digest(info):
        raise CatalogError(f"{path} is damaged: its description does not match its checksum.")
    if other := [name for name in _TEXT if schema.field(name).type not in _TEXTS]:
        raise CatalogError(f"{path} is damaged: {', '.join(other)} should hold text.")
    groups = map(said.row_group, range(said.num_row_groups))
    unpacked = sum(group.total_byte_size for group in groups)
    if said.num_rows > MOST_ROWS or unpacked > MOST_BYTES:
        raise CatalogError(_too_large(path))
    return {key: str(info[key]) for key in ("name", "country", "source")}


def _letters(column: pa.ChunkedArray) -> int:
    """Bytes of a column of text once every row has its own."""
    lengths = (pc.binary_length(part.dictionary).take(part.indices) for part in column.chunks)
    return sum(pc.sum(each).as_py() or 0 for each in lengths)


def _too_large(path: Path) -> str:
    return (
        f"{path} is larger than any catalogue: more than {MOST_ROWS:,} rows or "
        f"{MOST_BYTES >> 20} MiB. Import it again from its source."
    )


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
