"""One appearance in words and as JSON, as several commands show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rxmm.catalog.market import has_left

if TYPE_CHECKING:
    from rxmm.results import Appearance, Product


def substance(product: Product) -> str:
    """What is in a product, who makes it, and since when it is gone or will be."""
    end = "discontinued" if has_left(product.discontinued) else "marketed until"
    gone = product.discontinued and f"{end} {product.discontinued}"
    words = [f"{product.generic} {product.strength}".strip(), product.labeler, gone]
    return ", ".join(filter(None, words))


def looks(pill: Appearance) -> str:
    """Colours, shape, size and score in words; what is not recorded is left out."""
    words = [" and ".join(color.value.lower() for color in pill.colors)]
    words.append(pill.shape.value.lower() if pill.shape else "")
    words.append(f"{pill.size_mm:g} mm" if pill.size_mm else "")
    words.append(f"{pill.score} pieces" if pill.score and pill.score > 1 else "")
    return ", ".join(word for word in words if word)
