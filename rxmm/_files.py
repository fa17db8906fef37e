"""Files that are written whole or not at all, and told of where they cannot be."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rxmm.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write under; after that it takes the place of ``path``, unless writing failed.

    A reader sees the old file or the whole new one, nothing between.  The new one may be read and
    written by whom the old one might; of a link, what it points to is replaced.

    Raises:
        OSError: what is there is no regular file; or writing failed.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.stat() if path.exists() else None
    if old and not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if old:  # nobody else may look into what only its owner could
            partial.touch(mode=0o600)
        yield partial
        if old:
            partial.chmod(stat.S_IMODE(old.st_mode))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """An `OSError` inside becomes an `InputError` that names ``path``."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}. Name another place."
        ) from error


def printable(name: str) -> str:
    """The name of a file as text: what of it is no UTF-8 is written as its bytes."""
    return name.encode("utf-8", "backslashreplace").decode()


def check_writable(path: Path) -> None:
    """Before minutes of work: can a file be written there?  Its folder is made.

    Raises:
        InputError: it cannot.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        if not new and not path.is_file():  # opening a pipe would wait for its reader
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        path.open("a").close()
        if new:
            path.unlink()
