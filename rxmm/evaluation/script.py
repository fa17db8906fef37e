"""What the scripts that print one table share: their options, and where the table goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rxmm._files import check_writable, writing
from rxmm.evaluation.set_names import SetName, Split

SetOption = Annotated[SetName, typer.Option("--set", help="Which pills.")]
SplitOption = Annotated[Split, typer.Option("--split", help="Which part, see docs/DATA.md.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Of a fixed sample.")]


def _checked(path: Path | None) -> Path | None:
    if path:
        check_writable(path)
    return path


OutputOption = Annotated[
    Path | None,
    typer.Option("--output", callback=_checked, help="Also write what is printed to this file."),
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", callback=_checked, help="Also draw the curves.")
]


def publish(text: str, output: Path | None) -> None:
    """Print a text, and write it to a file where one is asked for.

    Raises:
        InputError: it cannot be written there.
    """
    typer.echo(text)
    if output:
        with writing(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(text, encoding="utf-8")
