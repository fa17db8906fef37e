"""Whether a product can still be bought."""

from datetime import date


def has_left(discontinued: str) -> bool:
    """Whether a product has left the market: since an ISO date that is not in the future.

    Labels give the end of marketing beforehand.
    """
    return "" < discontinued <= date.today().isoformat()
