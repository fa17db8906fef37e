"""Which real photographs are kept for validation: one rule for every model that is trained."""

from __future__ import annotations

import hashlib

VALIDATION_SHARE = 5
"""One group in so many is kept for validation."""


def us_group(image_group: str) -> str:
    """The key of a US reference photograph: repackagers share photographs, groups do not."""
    return f"us:{image_group}"


def tw_group(licence_id: str) -> str:
    """The key of a Taiwan photograph: all photographs of one licence belong together."""
    return f"tw:{licence_id}"


def is_validation(group: str) -> bool:
    """Whether a group of photographs is kept for validation, and so never trained on.

    The hash of the key decides, so the answer is the same for every task and on every machine, and
    does not change when photographs are added.  ``us/consumer`` has no groups: it is only ever
    measured on.

    Args:
        group: a key made by `us_group` or `tw_group`.
    """
    digest = hashlib.sha256(group.encode()).digest()
    return int.from_bytes(digest[:8], "big") % VALIDATION_SHARE == 0
