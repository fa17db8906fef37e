"""What every command does with an error that its user can mend."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from rxmm.errors import RxmmError


@contextmanager
def told_in_one_line(name: str = "rxmm") -> Iterator[None]:
    """An `RxmmError` inside becomes one line on stderr and exit code 2."""
    try:
        yield
    except RxmmError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        told = " ".join(line.strip() for line in str(error).splitlines())
        console.print(f"[bold red]{name}:[/] {escape(told)}")
        sys.exit(2)
