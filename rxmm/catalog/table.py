"""The catalogue: which pills there are, what they look like, and what they are sold as.

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
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rxmm._files import replacing
from rxmm._resources import data_dir
from rxmm.catalog.imprint_text import appearance_key, tokens
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import CatalogError
from rxmm.results import Appearance, Product

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
_SCHEMA = pa.schema(
    [(name, NUMBERS.get(name, pa.string())) for name in ("appearance_id", *COLUMNS)]
)
_INFO = ("schema_version", "name", "country", "source", "sha256")


class Catalog:
    """All appearances of one country's pills, with the products beneath them.

    Attributes:
        name: e.g. ``us``.
        country: ISO 3166 alpha-2 code, of a merged catalogue several joined by ``+``.
        source: where the facts come from, in words.
        appearances: one row per appearance, columns `APPEARANCE_COLUMNS`, index 0 … n-1; its order
            is that of the file and is the row number used throughout rxmm.
        products: one row per product, columns `PRODUCT_COLUMNS`, in the same order.
    """

    def __init__(self, rows: pd.DataFrame, *, name: str, country: str, source: str) -> None:
        self.name, self.country, self.source = name, country, source
        rows = rows.astype(dict.fromkeys(NUMBERS, "float64"))  # NaN = not recorded
        first = ~rows["appearance_id"].duplicated()
        self.appearances = rows.loc[first, APPEARANCE_COLUMNS].reset_index(drop=True)
        self.products = rows[PRODUCT_COLUMNS].reset_index(drop=True)
        self._rows = rows
        self._first_product = [*first.to_numpy().nonzero()[0].tolist(), len(rows)]

    @classmethod
    def load(cls, name_or_path: str | Path = "us") -> Self:
        """Open a catalogue that travels with rxmm (``"us"``, ``"tw"``) or any catalogue file.

        Raises:
            CatalogError: no such catalogue, not a catalogue file, a damaged one, or one of another
                schema.
        """
        path = data_dir() / "catalog" / f"{name_or_path}.parquet"
        if not path.is_file():
            path = Path(name_or_path)
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in (data_dir() / "catalog").glob("*.parquet")))
            raise CatalogError(
                f"No catalogue {str(name_or_path)!r}. Give one of: {known}; or the path of a file "
                "made by `rxmm catalog import`."
            )
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
        ids = rows["appearance_id"]
        if (ids != ids.shift()).sum() != ids.nunique():
            raise CatalogError(f"{path} is out of order: products of one appearance lie apart.")
        return cls(rows, name=info["name"], country=info["country"], source=info["source"])

    def save(self, path: str | Path) -> None:
        """Write the catalogue; a reader sees the old file or the whole new one, nothing between."""
        info: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "name": self.name}
        info |= {"country": self.country, "source": self.source}
        info["sha256"] = _digest(info)
        table = pa.Table.from_pandas(self._rows, schema=_SCHEMA, preserve_index=False)
        table = table.replace_schema_metadata({"rxmm": json.dumps(info, sort_keys=True)})
        with replacing(Path(path)) as partial:
            pq.write_table(table, partial, compression="zstd", write_page_checksum=True)

    def joined(self, rows: pd.DataFrame) -> Self:
        """This catalogue and further products; looks that it has already keep their row numbers.

        Of such a look its own facts stand; only a score or size that it lacks is filled in.

        Args:
            rows: as `rxmm.catalog.build.group` makes them.
        """
        more = rows[_SCHEMA.names].astype(dict.fromkeys(NUMBERS, float))
        more["appearance_id"] = more["appearance_id"].map(self.own_id)
        both = pd.concat([self._rows, more])
        place = both["appearance_id"].factorize()[0]
        both = both.iloc[place.argsort(kind="stable")].reset_index(drop=True)
        facts = APPEARANCE_COLUMNS[1:]
        both[facts] = both.groupby("appearance_id", sort=False)[facts].transform("first")
        return type(self)(both, name=self.name, country=self.country, source=self.source)

    def rows(self) -> list[dict[str, Any]]:
        """Every product with its looks, as an importer gives it, keyed by `COLUMNS`."""
        whole = self._rows[COLUMNS].astype(object)
        return whole.where(whole.notna(), None).to_dict("records")

    def of_country(self, country: str) -> Self:
        """The products of one regulator and their appearances.

        Raises:
            CatalogError: there are none.
        """
        own = self._rows[self._rows["country"] == country.upper()]
        if own.empty:
            raise CatalogError(
                f"Catalogue {self.name!r} has no product of {country!r}, but of "
                f"{', '.join(self.countries)}."
            )
        return type(self)(own, name=self.name, country=country.upper(), source=self.source)

    @property
    def countries(self) -> list[str]:
        """Whose products it holds, ISO 3166 alpha-2 codes."""
        return self.country.split("+")

    def own_id(self, appearance_id: str) -> str:
        """The id under which this catalogue has the look of that id, whatever its country.

        An id whose look it does not have gets this catalogue's country.
        """
        key = appearance_id.partition("-")[2]
        return self._id_of_look.get(key, f"{self.countries[0].lower()}-{key}")

    def __len__(self) -> int:
        """The number of appearances."""
        return len(self.appearances)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change whenever a fact in the catalogue changes."""
        digest = hashlib.sha256()
        for column in _SCHEMA.names:
            digest.update("\x1f".join(map(str, self._rows[column])).encode())
        return digest.hexdigest()[:12]

    @cached_property
    def imprint_tokens(self) -> list[tuple[str, ...]]:
        """The imprint of each appearance as tokens in source order; ``()`` when not recorded."""
        return [tokens(imprint) for imprint in self.appearances["imprint"]]

    @cached_property
    def product_rows(self) -> NDArray[np.int64]:
        """Row number of the appearance of each of the P products, (P,), rising."""
        return np.repeat(np.arange(len(self)), np.diff(self._first_product))

    @cached_property
    def _id_of_look(self) -> dict[str, str]:
        return {name.partition("-")[2]: name for name in self.appearances["appearance_id"]}

    @cached_property
    def _row_of_id(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.appearances["appearance_id"])}

    def appearance(self, row_or_id: int | str) -> Appearance:
        """One appearance with its products, by row number or by ``appearance_id``.

        Raises:
            CatalogError: no such appearance.
        """
        row = self._row_of_id.get(row_or_id, -1) if isinstance(row_or_id, str) else row_or_id
        if not 0 <= row < len(self):
            raise CatalogError(f"Catalogue {self.name!r} has no appearance {row_or_id!r}.")
        facts = self.appearances.iloc[row]
        own = self.products.iloc[self._first_product[row] : self._first_product[row + 1]]
        products: list[dict[str, Any]] = [
            dict(zip(PRODUCT_COLUMNS, values, strict=True)) for values in own.to_numpy().tolist()
        ]
        return Appearance(
            appearance_id=facts["appearance_id"],
            imprint=split(facts["imprint"]),
            colors=tuple(Color.parse(color) for color in split(facts["color"])),
            shape=Shape.parse(facts["shape"]) if facts["shape"] else None,
            score=None if pd.isna(facts["score"]) else int(facts["score"]),
            size_mm=None if pd.isna(facts["size_mm"]) else float(facts["size_mm"]),
            imprint_type=facts["imprint_type"] or None,
            imprint_color=Color.parse(facts["imprint_color"]) if facts["imprint_color"] else None,
            products=tuple(
                Product(
                    **fields
                    | {"ndc": split(fields["ndc"], "-")}
                    | {name: split(fields[name]) for name in ("packages", "ingredients")}
                )
                for fields in products
            ),
        )


def split(text: str, separator: str = ";") -> tuple[str, ...]:
    """The parts of a joined field; an empty field has none."""
    return tuple(text.split(separator)) if text else ()


def look_key(facts: Mapping[str, Any]) -> str:
    """What makes an appearance: imprint tokens, colours and shape, the first two in any order.

    Pills without an imprint are told apart by size and score lines too: nothing else is left.
    """
    key: list[Any] = [appearance_key(facts["imprint"]), sorted(split(facts["color"]))]
    key.append(facts["shape"])
    if not key[0]:
        key += [None if pd.isna(facts[name]) else float(facts[name]) for name in NUMBERS]
    return json.dumps(key)


def appearance_id(country: str, key: str) -> str:
    """The stable id of the appearance with this `look_key`, e.g. ``us-3f9c01a2b7d4``."""
    return f"{country.lower()}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _digest(info: Mapping[str, Any]) -> str:
    """Checksum of a file's description; its pages have their own."""
    described = json.dumps([info.get(key) for key in _INFO[:-1]])
    return hashlib.sha256(described.encode()).hexdigest()
