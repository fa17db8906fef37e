"""What the catalogue knows of the pill in a query: its true row, and how large its labeler is."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from rxmm.catalog.imprint_text import AppearanceKey, appearance_key
from rxmm.catalog.table import Catalog
from rxmm.evaluation.photos import Label
from rxmm.results import Appearance

_LEGAL_FORM = re.compile(
    r"\b(CO|COMPANY|CORP|CORPORATION|INC|INCORPORATED|LAB|LABS|LABORATORIES|LIMITED|LLC|LP|LTD|"
    r"PHARM|PHARMA|PHARMACEUTICAL|PHARMACEUTICALS|USA)\b"
)


class Truth:
    """The catalogue, asked for what is true of labelled pills."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._rows: dict[AppearanceKey, list[int]] = {}
        for row, key in enumerate(catalog.imprint_keys):
            self._rows.setdefault(key, []).append(row)

    def rows(self, label: Label) -> int:
        """How many rows of the catalogue have the true appearance."""
        return len(self._rows.get(appearance_key(label.imprint), ()))

    def row(self, label: Label) -> Appearance | None:
        """The row of the true appearance; None where the catalogue has none.

        Of several, the one that agrees best with the label in colours, shape and generic name.
        """
        rows = self._rows.get(appearance_key(label.imprint), ())
        found = map(self._catalog.appearance, rows)
        return max(found, key=lambda appearance: _agreement(appearance, label), default=None)

    def labeler_size(self, label: Label) -> int | None:
        """How many appearances the label's labeler has in the catalogue; None if none is named."""
        return self._appearances_of[labeler_name(label.labeler)] if label.labeler else None

    @cached_property
    def _appearances_of(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for row in range(len(self._catalog)):
            products = self._catalog.appearance(row).products
            counts.update({labeler_name(product.labeler) for product in products})
        return counts


def labeler_name(text: str) -> str:
    """A labeler without case, punctuation and legal form, which the tables write in many ways.

    >>> labeler_name("Teva Pharm."), labeler_name("TEVA PHARMACEUTICALS USA")
    ('TEVA', 'TEVA')
    """
    words = re.sub(r"[^A-Z0-9]+", " ", text.upper().replace(".", ""))
    return " ".join(_LEGAL_FORM.sub(" ", words).split()) or " ".join(words.split())


def _agreement(appearance: Appearance, label: Label) -> int:
    generics = {product.generic.casefold() for product in appearance.products}
    return (
        2 * (set(appearance.colors) == set(label.colors))
        + 2 * (appearance.shape is label.shape)
        + (label.generic.casefold() in generics)
    )
