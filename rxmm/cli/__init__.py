"""The command line: parse, print, exit.  Each command imports what it needs when it runs."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from rxmm.cli import catalog
from rxmm.cli.enroll import enroll
from rxmm.cli.evaluate import evaluate
from rxmm.cli.export import export
from rxmm.cli.identify import batch, identify
from rxmm.cli.render import render
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
app.command("search")(catalog.search)


def main() -> None:
    """Run the command line; an `RxmmError` becomes one line on stderr and exit code 2."""
    try:
        app()
    except RxmmError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"[bold red]rxmm:[/] {escape(str(error))}")
        sys.exit(2)
