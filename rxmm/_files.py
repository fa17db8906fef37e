"""Files that are replaced whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
