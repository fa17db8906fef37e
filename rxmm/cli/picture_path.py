"""Where a command may draw into."""

from __future__ import annotations

from pathlib import Path

from rxmm.errors import InputError


def check_picture_path(option: str, path: Path) -> None:
    """Before minutes of work: can the picture be written there?

    Raises:
        InputError: no picture's suffix, or no such folder.
    """
    from PIL import Image

    from rxmm.photo import FORMATS

    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind not in FORMATS or kind not in Image.SAVE:
        raise InputError(f"{option} {path}: give a file name ending in .png or .jpg.")
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: the folder {path.parent} does not exist.")
