"""The command line: parse, print, exit.  Each command imports what it needs when it runs."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from rxmm import __version__
from rxmm._command import told_in_one_line
from rxmm.cli import catalog
from rxmm.cli.enroll import enroll
from rxmm.cli.evaluate import evaluate
from rxmm.cli.export import export
from rxmm.cli.identify import batch, identify
from rxmm.cli.render import render
from rxmm.cli.search import search
from rxmm.errors import RxmmError

app = typer.Typer(
    help="Which pill is this? Identify a medication from photos of its faces, offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(identify)
app.command()(batch)
app.command()(enroll)
app.command()(render)
app.command()(evaluate)
app.command()(export)
app.add_typer(catalog.app, name="catalog")
app.command()(search)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"rxmm {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version, and end."
        ),
    ] = False,
) -> None:
    """Options of rxmm itself."""


def main() -> None:
    """Run the command line; an `RxmmError` becomes one line on stderr and exit code 2."""
    _open_closed_streams()
    with told_in_one_line(), _printed():
        app()


def _open_closed_streams() -> None:
    """What goes to a stream that was closed, as by ``>&-``, goes nowhere.  The next file that is
    opened would take its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


@contextmanager
def _printed() -> Iterator[None]:
    """Any letter can be printed; a full disk below stdout is an `RxmmError`."""
    if isinstance(sys.stdout, TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:  # a program reads it, and JSON is UTF-8; a file's name is printed as it was given
            sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    if isinstance(sys.stderr, TextIOWrapper) and sys.stderr.encoding == "ascii":
        sys.stderr.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EPIPE):
            raise
        # What is left unwritten would be tried once more at the exit, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # as from `| head`: the reader has had enough
            sys.exit(1)
        raise RxmmError("The disk is full: make room and run it again.") from error
