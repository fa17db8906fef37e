"""The one split of the real photographs into a training, a tuning and a validation part.

Networks learn from the training part; what is fitted on top of them (ranking, calibration) learns
from the tuning part, which no network has seen; the validation part is only measured on.

Photographs that show the same pill must fall on the same side: repackagers reuse a labeler's
photograph under another NDC, so the US set is split by image group and the Taiwan set by licence.
The side is a hash of the group's name, so it is the same on every machine and does not move when
photographs are added.  The US consumer photographs belong to no group: they are only measured on.
"""

from hashlib import sha256
from typing import Literal

Part = Literal["training", "tuning", "validation"]
Half = Literal["first", "second"]
HALVES: tuple[Half, Half] = ("first", "second")

VALIDATION_SHARE = 5
"""One group in this many is held back for validation."""
TUNING_SHARE = 8
"""Of the others, one in this many is for tuning."""


def us_group(image_group: int | str) -> str:
    """Name of a US reference group, for `part_of`."""
    return f"us:{image_group}"


def tw_group(licence_id: str) -> str:
    """Name of a Taiwan group, for `part_of`."""
    return f"tw:{licence_id}"


def is_validation(group: str) -> bool:
    """Whether photographs of this group are held back: measured on, never trained or tuned on."""
    return part_of(group) == "validation"


def part_of(group: str) -> Part:
    """The part in which photographs of this group are."""
    number = int.from_bytes(sha256(group.encode()).digest()[:8], "big")
    if number % VALIDATION_SHARE == 0:
        return "validation"
    return "tuning" if number // VALIDATION_SHARE % TUNING_SHARE == 0 else "training"


def half_of(group: str) -> Half:
    """One of two halves of the training part, for readings of photographs that a reader, trained
    on the other half alone, has not seen."""
    return HALVES[sha256(f"half {group}".encode()).digest()[0] % 2]
