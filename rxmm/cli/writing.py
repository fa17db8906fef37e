"""What a command leaves on disk: whole or not at all, and never over what it was given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rxmm._files import replacing, writing
from rxmm.errors import InputError

if TYPE_CHECKING:
    from PIL import Image


def write_picture(image: Image.Image, path: Path) -> None:
    """Write a picture in the format that the suffix of ``path`` names, whole or not at all.

    Raises:
        InputError: it cannot be written there.
    """
    from PIL import Image

    kind = Image.registered_extensions()[path.suffix.lower()]
    with writing(path), replacing(path) as partial:
        image.save(partial, format=kind, quality=92)


def check_not_given(option: str, path: Path, given: Iterable[Path | None], what: str) -> None:
    """Before any work: would a file take the place of one that was given?

    Args:
        what: was given, in words.

    Raises:
        InputError: it would.
    """
    if any(_same_file(path, one) for one in given if one is not None):
        raise InputError(f"{option} {path} would overwrite {what}: give another file name.")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one is not there, or cannot be read, as reading the photo will say
        return False
