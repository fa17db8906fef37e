"""National Drug Codes: one number in its 10-, 11- and 12-digit forms.

A code is labeler-product-package.  The FDA assigns ten digits as 4-4-2, 5-3-2 or 5-4-1; tables and
bills pad them with zeros to 5-4-2; from 7 March 2033 on all are 6-4-2.  A labeler keeps to one of
the ten-digit forms, so that padding never makes two products one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from rxmm.errors import InputError

_FORMS = {(4, 4), (5, 3), (5, 4), (6, 4)}
_PACKAGED = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2), (6, 4, 2)}
_PLAIN = {9: (5, 9), 11: (5, 9), 12: (6, 10)}  # digits → where the product and the package begin


@dataclass(frozen=True, slots=True)
class Ndc:
    """A code as it was written; compare two by `twelve`, their products by `product_key`.

    Attributes:
        labeler: 4 to 6 digits.
        product: 3 or 4 digits.
        package: 1 or 2 digits, or "" where the code names a product in any package.
    """

    labeler: str
    product: str
    package: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A code with hyphens, or 9, 11 or 12 digits without.

        >>> Ndc.parse("0002-3228-30").twelve, Ndc.parse("00002322830").product_key
        ('000002-3228-30', '000002-3228')

        Raises:
            InputError: not a code, or digits that could be several.
        """
        text = text.strip()
        if not re.fullmatch("[0-9-]+", text):
            raise InputError(f"{text!r} is no NDC: an NDC has only digits and hyphens.")
        parts = text.split("-")
        if len(parts) == 1 and len(text) in _PLAIN:
            product, package = _PLAIN[len(text)]
            return cls(text[:product], text[product:package], text[package:])
        if len(parts) == 1 and len(text) in (8, 10):
            raise InputError(
                f"{text!r} could be several NDCs: write it with its hyphens, as it is printed on "
                "the box, or padded to 11 digits."
            )
        if tuple(map(len, parts)) not in _FORMS | _PACKAGED:
            raise InputError(
                f"{text!r} is no NDC: an NDC is labeler-product-package with 4-4-2, 5-3-2, 5-4-1, "
                "5-4-2 or 6-4-2 digits, the package left out for a product, or 11 or 12 digits."
            )
        return cls(*parts)

    @property
    def twelve(self) -> str:
        """Padded to 6-4-2, or to 6-4 without package."""
        return f"{self.product_key}-{self.package:0>2}" if self.package else self.product_key

    @property
    def product_key(self) -> str:
        """Padded to 6-4: the same for every form and every package of one product."""
        return f"{self.labeler:0>6}-{self.product:0>4}"

    def __str__(self) -> str:
        """The code with hyphens, as it was written."""
        return "-".join(filter(None, (self.labeler, self.product, self.package)))
