"""The command line: parse, print, exit.  Each command imports what it needs when it runs."""

import typer

from rxmm._command import told_in_one_line
from rxmm.cli import catalog
from rxmm.cli.enroll import enroll
from rxmm.cli.evaluate import evaluate
from rxmm.cli.export import export
from rxmm.cli.identify import batch, identify
from rxmm.cli.render import render
from rxmm.cli.search import search

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


def main() -> None:
    """Run the command line; an `RxmmError` becomes one line on stderr and exit code 2."""
    with told_in_one_line():
        app()
