"""Listings: what a register knows of products whose looks it does not have.

A listing adds no pill to a catalogue.  It fills in what the catalogue's products of the same number
lack; what they have stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rxmm.catalog.market import has_left
from rxmm.catalog.ndc import Ndc
from rxmm.catalog.sources import Report
from rxmm.catalog.table import Catalog, split
from rxmm.errors import InputError

_FACTS = ("name", "generic", "labeler", "dosage_form", "ingredients", "rxcui", "discontinued")
_OF_ONE_PILL = {"generic", "dosage_form", "ingredients", "rxcui"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A product of a register.

    Attributes:
        product_key: see `rxmm.catalog.ndc.Ndc.product_key`.
        packages: NDCs of its packages.
        ingredients: active ones, each ``NAME strength [UNII]``, the last where it is known.
        rxcui: of the clinical drug, where there is just one.
        discontinued: ISO date on which it left the market or the register, or "".
        kit: whether it holds several products, so that its ingredients are not those of one pill.
    """

    product_key: str
    name: str = ""
    generic: str = ""
    labeler: str = ""
    packages: tuple[str, ...] = ()
    dosage_form: str = ""
    ingredients: tuple[str, ...] = ()
    rxcui: str = ""
    discontinued: str = ""
    kit: bool = False


def with_listings(catalog: Catalog, listings: Iterable[Listing], report: Report) -> Catalog:
    """The catalogue with what ``listings`` know of its products.

    Appearances, their ids and their order stay as they are; of their products those still on the
    market come first.  What was filled in is counted in ``report``.
    """
    keys = [_product_key(ndc) for ndc in catalog.products["ndc"]]
    wanted = set(filter(None, keys))
    found: dict[str, Listing] = {}
    for listing in listings:
        key = listing.product_key
        if key in wanted:
            found[key] = _both(found[key], listing) if key in found else listing
    products: list[dict[str, Any]] = []
    for key, values in zip(keys, catalog.products.to_numpy().tolist(), strict=True):
        product = dict(zip(catalog.products.columns, values, strict=True))
        if key in found:
            report.normalised["product found in the listing"] += 1
            new = _lacking(product, found[key])
            report.normalised.update(f"{name} filled in" for name in new)
            product |= new
        products.append(product)
    looks = catalog.appearances.iloc[catalog.product_rows].reset_index(drop=True)
    rows = pd.concat([looks, pd.DataFrame(products)], axis="columns")
    gone = [has_left(str(product["discontinued"])) for product in products]
    rows = rows.iloc[np.lexsort((np.array(gone), catalog.product_rows))]
    return Catalog(rows, name=catalog.name, country=catalog.country, source=catalog.source)


def _product_key(ndc: str) -> str:
    try:
        return Ndc.parse(ndc).product_key
    except InputError:
        return ""


def _both(one: Listing, other: Listing) -> Listing:
    """A product that is listed twice: it is over when both listings are."""
    filled = {name: getattr(one, name) or getattr(other, name) for name in _FACTS}
    ends = (one.discontinued, other.discontinued)
    filled["discontinued"] = max(ends) if all(ends) else ""
    packages = tuple(dict.fromkeys(one.packages + other.packages))
    return replace(one, **filled, packages=packages, kit=one.kit or other.kit)


def _lacking(product: dict[str, Any], listing: Listing) -> dict[str, str]:
    """What a listing adds to a product."""
    said = {name: getattr(listing, name) for name in _FACTS} | {
        "ingredients": ";".join(listing.ingredients)
    }
    new = {
        name: value
        for name, value in said.items()
        if value and not product[name] and not (listing.kit and name in _OF_ONE_PILL)
    }
    if "" < listing.discontinued < product["discontinued"] and not has_left(
        product["discontinued"]
    ):
        new["discontinued"] = listing.discontinued  # sooner than its label had said beforehand
    known = {_plain(package) for package in split(product["packages"])}
    more = [package for package in listing.packages if _plain(package) not in known]
    if more:
        new["packages"] = ";".join([*split(product["packages"]), *more])
    return new


def _plain(ndc: str) -> str:
    """The code in its longest form, in which two spellings of one package are equal."""
    try:
        return Ndc.parse(ndc).twelve
    except InputError:
        return ndc
