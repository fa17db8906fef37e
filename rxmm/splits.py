"""The one split of the real photographs into a training and a validation part.

Photographs that show the same pill must fall on the same side: repackagers reuse a labeler's
photograph under another NDC, so the US set is split by image group and the Taiwan set by licence.
The side is a hash of the group's name, so it is the same on every machine and does not move when
photographs are added.  The US consumer photographs belong to no group: they are only measured on.
"""

from hashlib import sha256

VALIDATION_SHARE = 5
"""One group in this many is held back for validation."""


def us_group(image_group: int | str) -> str:
    """Name of a US reference group, for `is_validation`."""
    return f"us:{image_group}"


def tw_group(licence_id: str) -> str:
    """Name of a Taiwan group, for `is_validation`."""
    return f"tw:{licence_id}"


def is_validation(group: str) -> bool:
    """Whether photographs of this group are held back: measured on, never trained or tuned on."""
    return int.from_bytes(sha256(group.encode()).digest()[:8], "big") % VALIDATION_SHARE == 0
