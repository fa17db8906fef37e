"""The catalogue: which pills there are, what they look like, and what they are sold as.

Its columns, and the file that holds them, are described in `rxmm.catalog.file`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rxmm._resources import data_dir
from rxmm.catalog import file
from rxmm.catalog.file import APPEARANCE_COLUMNS, COLUMNS, FILE_COLUMNS, NUMBERS, PRODUCT_COLUMNS
from rxmm.catalog.imprint_text import AppearanceKey, appearance_key, tokens
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import CatalogError
from rxmm.results import Appearance, Product


class Catalog:
    """All appearances of the pills of one country or several, with the products beneath them.

    Attributes:
        name: e.g. ``us``.
        country: ISO 3166 alpha-2 code, of a merged catalogue several joined by ``+``.
        source: where the facts come from, in words.
        appearances: one row per appearance, columns `APPEARANCE_COLUMNS`, index 0 … n-1; its order
            is that of the file and is the row number used throughout rxmm.
        products: one row per product, columns `PRODUCT_COLUMNS`, in the same order.
        path: the file that it, or most of it, was read from, if any.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        *,
        name: str,
        country: str,
        source: str,
        path: Path | None = None,
    ) -> None:
        self.name, self.country, self.source, self.path = name, country, source, path
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
        own = {path.stem: path for path in (data_dir() / "catalog").glob("*.parquet")}
        path = own.get(str(name_or_path), Path(name_or_path))
        try:
            found = path.is_file()
        except OSError as error:  # a name too long, a folder that may not be looked into
            raise CatalogError(f"{path} cannot be opened: {error.strerror}.") from error
        if not found:
            raise CatalogError(
                f"No catalogue '{name_or_path}'. Give one of: {', '.join(sorted(own))}; or "
                "the path of a file made by `rxmm catalog import`."
            )
        rows, about = file.read(path)
        ids = rows["appearance_id"]
        if (ids != ids.shift()).sum() != ids.nunique():
            raise CatalogError(f"{path} is out of order: products of one appearance lie apart.")
        return cls(rows, **about, path=path)

    def save(self, path: str | Path) -> None:
        """Write the catalogue; a reader sees the old file or the whole new one, nothing between."""
        about = {"name": self.name, "country": self.country, "source": self.source}
        file.write(Path(path), self._rows, about)

    def joined(self, rows: pd.DataFrame) -> Self:
        """This catalogue and further products; looks that it has already keep their row numbers.

        Of such a look its own facts stand; only a score or size that it lacks is filled in.

        Args:
            rows: as `rxmm.catalog.group.group` makes them.
        """
        more = rows[FILE_COLUMNS].astype(dict.fromkeys(NUMBERS, float))
        more["appearance_id"] = more["appearance_id"].map(self.own_id)
        both = pd.concat([self._rows, more])
        place = both["appearance_id"].factorize()[0]
        both = both.iloc[place.argsort(kind="stable")].reset_index(drop=True)
        facts = APPEARANCE_COLUMNS[1:]
        both[facts] = both.groupby("appearance_id", sort=False)[facts].transform("first")
        return type(self)(
            both, name=self.name, country=self.country, source=self.source, path=self.path
        )

    def rows(self) -> list[dict[str, Any]]:
        """Every product with its looks, as an importer gives it, keyed by `COLUMNS`."""
        whole = self._rows[COLUMNS].astype(object)
        rows: Any = whole.where(whole.notna(), None).to_dict("records")
        return cast("list[dict[str, Any]]", rows)

    def of_country(self, country: str) -> Self:
        """The products of one regulator and their appearances, under the ids that these have here.

        Raises:
            CatalogError: there are none.
        """
        own = self._rows[self._rows["country"] == country.upper()]
        if own.empty:
            raise CatalogError(
                f"Catalogue {self.name!r} has no product of {country!r}, but of "
                f"{', '.join(self.countries)}."
            )
        return type(self)(
            own, name=self.name, country=country.upper(), source=self.source, path=self.path
        )

    @property
    def countries(self) -> list[str]:
        """Whose products it holds, ISO 3166 alpha-2 codes."""
        return self.country.split("+")

    def own_id(self, appearance_id: str) -> str:
        """The id under which this catalogue has the look of that id, whatever its country.

        An id whose look it does not have gets this catalogue's country.
        """
        look = look_of(appearance_id)
        return self._id_of_look.get(look, f"{self.countries[0].lower()}-{look}")

    def __len__(self) -> int:
        """The number of appearances."""
        return len(self.appearances)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change whenever a fact in the catalogue changes."""
        of_rows = pd.util.hash_pandas_object(self._rows[FILE_COLUMNS], index=False)
        return hashlib.sha256(of_rows.to_numpy().tobytes()).hexdigest()[:12]

    @cached_property
    def imprint_tokens(self) -> list[tuple[str, ...]]:
        """The imprint of each appearance as tokens in source order; ``()`` when not recorded."""
        imprints = self.appearances["imprint"]
        known = {imprint: tokens(imprint) for imprint in imprints.unique()}
        return [known[imprint] for imprint in imprints]

    @cached_property
    def imprint_keys(self) -> list[AppearanceKey]:
        """The `appearance_key` of each appearance; ``()`` when no imprint is recorded."""
        return [tuple(sorted(imprint)) for imprint in self.imprint_tokens]

    @cached_property
    def product_rows(self) -> NDArray[np.int64]:
        """Row number of the appearance of each of the P products, (P,), rising."""
        return np.repeat(np.arange(len(self)), np.diff(self._first_product))

    @cached_property
    def first_products(self) -> NDArray[np.int64]:
        """Number of the first product of each appearance, (N,)."""
        return np.array(self._first_product[:-1], dtype=np.int64)

    @cached_property
    def _id_of_look(self) -> dict[str, str]:
        return {look_of(name): name for name in self.appearances["appearance_id"]}

    @cached_property
    def row_of_id(self) -> dict[str, int]:
        """Row number of each appearance by its id."""
        return {key: row for row, key in enumerate(self.appearances["appearance_id"])}

    def appearance(self, row_or_id: int | str) -> Appearance:
        """One appearance with its products, by row number or by ``appearance_id``.

        Raises:
            CatalogError: no such appearance.
        """
        row = self.row_of_id.get(row_or_id, -1) if isinstance(row_or_id, str) else row_or_id
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
    """The id of the appearance with this `look_key`, e.g. ``us-3f9c01a2b7d4``.

    Args:
        country: where it was met first; the id stays when other countries' products join it.
    """
    return f"{country.lower()}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def look_of(appearance_id: str) -> str:
    """The part of an id that stands for the look: the same in every country."""
    return appearance_id.partition("-")[2]
