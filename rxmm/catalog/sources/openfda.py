"""openFDA's NDC directory: names and packages of US products, without their looks."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import ijson

from rxmm.catalog.listings import Listing
from rxmm.catalog.ndc import Ndc
from rxmm.catalog.sources import Report, normalise
from rxmm.errors import CatalogError, InputError

_MOST_BYTES = 4 << 30
_MOST_BYTES_OF_A_PRODUCT = 4 << 20
_MOST_DEPTH = 10_000
_ENCRYPTED = 0x1  # in the flags of an entry of a zip
_UNREADABLE = (
    ijson.JSONError, UnicodeDecodeError, OSError, EOFError, zipfile.BadZipFile, zlib.error,
    NotImplementedError,  # a compression that Python cannot undo
)  # fmt: skip
_HELP = (
    "Give the file of https://open.fda.gov/apis/drug/ndc/download/ as it is published, or its zip."
)
_UNLIKELY = (
    f"it is larger than {_MOST_BYTES >> 30} GB, holds more than {_MOST_BYTES_OF_A_PRODUCT >> 20} "
    f"MB without a product, or nests deeper than {_MOST_DEPTH:,}."
)


def read(path: Path, report: Report) -> Iterator[Listing]:
    """Read the directory, ``drug-ndc-0001-of-0001.json`` or its zip; memory stays flat.

    A listing that ended before the directory was made counts as discontinued.

    Raises:
        CatalogError: not that directory, a truncated one, or one too large to be true.
    """
    with _opened(path) as file:
        updated = next(ijson.items(file, "meta.last_updated"), None)
        made = normalise.iso_date(_text(updated))
        if not made:
            raise CatalogError(f"{path} does not begin with openFDA's `meta.last_updated`. {_HELP}")
    with _opened(path) as file:
        for product in ijson.items(file, "results.item"):
            report.rows_in += 1
            report.progress(file.done, file.total)
            file.product_ended()
            try:
                yield _listing(product if isinstance(product, dict) else {}, made)
            except InputError:
                report.reject(f"product {report.rows_in}", "product_ndc is not an NDC")
        if not report.rows_in:
            raise CatalogError(f"{path} has no product under `results`. {_HELP}")


def _listing(product: dict[str, Any], made: str) -> Listing:
    """A product of the directory.

    Raises:
        InputError: it has no NDC.
    """
    ndc = Ndc.parse(_text(product.get("product_ndc")))
    listed = [item for item in _list(product.get("active_ingredients")) if isinstance(item, dict)]
    known = product.get("openfda")
    codes = known if isinstance(known, dict) else {}
    unii, rxcui = _only(codes.get("unii")), _only(codes.get("rxcui"))
    packages = (
        _text(package.get("package_ndc"))
        for package in _list(product.get("packaging"))
        if isinstance(package, dict)
    )
    ends = (
        normalise.iso_date(_text(product.get(end)))
        for end in ("marketing_end_date", "listing_expiration_date")
    )
    form, generic = _text(product.get("dosage_form")), _text(product.get("generic_name"))
    return Listing(
        product_key=ndc.product_key,
        name=_text(product.get("brand_name")) or generic,
        generic=generic,
        labeler=_text(product.get("labeler_name")),
        packages=tuple(dict.fromkeys(filter(None, packages))),
        dosage_form=form,
        ingredients=tuple(
            filter(None, (_ingredient(item, unii if len(listed) == 1 else "") for item in listed))
        ),
        rxcui=rxcui,
        discontinued=min((end for end in ends if end and end <= made), default=""),
        kit=form == "KIT",
    )


def _ingredient(item: dict[str, Any], unii: str) -> str:
    """``NAME strength [UNII]``; a strength per tablet is written without the 1."""
    strength = _text(item.get("strength")).removesuffix("/1")
    parts = (_text(item.get("name")), strength, f"[{unii}]" if unii else "")
    return " ".join(filter(None, parts)).replace(";", ",") if parts[0] else ""


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _only(values: Any) -> str:
    """The one text of a list, or "" where it has several."""
    return _text(values[0]) if len(_list(values)) == 1 else ""


class _Json:
    """The bytes of the directory, for a parser that has to be kept from files made to choke it."""

    def __init__(self, file: IO[bytes], total: int) -> None:
        self._file, self.total = file, total
        self.done = self._last_product = self._depth = 0

    def product_ended(self) -> None:
        """A product was read to its end."""
        self._last_product = self.done

    def read(self, size: int) -> bytes:
        """The next bytes.

        Raises:
            CatalogError: no directory is that large, has such products or nests so deep.
        """
        block = self._file.read(size)
        self.done += len(block)
        # Brackets within names are few, and nearly always closed.
        self._depth += block.count(b"[") + block.count(b"{") - block.count(b"]") - block.count(b"}")
        if (
            self.done > _MOST_BYTES
            or self.done - self._last_product > _MOST_BYTES_OF_A_PRODUCT
            or self._depth > _MOST_DEPTH
        ):
            raise CatalogError(f"This is not openFDA's NDC directory: {_UNLIKELY} {_HELP}")
        return block


@contextmanager
def _opened(path: Path) -> Iterator[_Json]:
    """The directory's JSON, whether zipped or not; what goes wrong with it is a `CatalogError`."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                yield _Json(file, path.stat().st_size)
            return
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".json")]
            if len(names) != 1:
                raise CatalogError(f"{path} holds {len(names)} JSON files, not one. {_HELP}")
            entry = archive.getinfo(names[0])
            if entry.flag_bits & _ENCRYPTED:
                raise CatalogError(f"{path} is encrypted. {_HELP}")
            with archive.open(entry) as member:
                yield _Json(member, entry.file_size)
    except _UNREADABLE as error:
        raise CatalogError(f"{path} cannot be read as openFDA's JSON: {error}. {_HELP}") from error
