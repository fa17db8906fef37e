"""Run rxmm's command line with the network forbidden, and note what it tries and what it writes.

    python -m tests.watched NOTES identify front.jpg ...

NOTES gets one line for each attempt to reach a network, to start another program and to write a
file, as Python's audit events report them.  An attempt at the first two fails; the note stays even
where a library catches the failure.
"""

from __future__ import annotations

import os
import sys
from typing import Any

FORBIDDEN = ("socket.", "urllib.", "http.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")
HARMLESS = ("socket.gethostname",)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(notes: str) -> None:
    """Forbid the network and note into this file, for the rest of the process."""
    file = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING:
                os.write(file, f"write {path}\n".encode())
        elif event.startswith(FORBIDDEN) and event not in HARMLESS:
            os.write(file, f"forbidden {event} {arguments!r}\n".encode())
            raise PermissionError(f"{event} is forbidden here")

    sys.addaudithook(hook)


if __name__ == "__main__":
    watch(sys.argv.pop(1))
    from rxmm.cli import main

    main()
