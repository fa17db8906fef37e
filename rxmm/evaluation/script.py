"""What the scripts that print one table share: their options, and where the table goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rxmm.evaluation.set_names import SetName, Split

SetOption = Annotated[SetName, typer.Option("--set", help="Which pills.")]
SplitOption = Annotated[Split, typer.Option("--split", help="Which part, see docs/DATA.md.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Of a fixed sample.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", help="Also write what is printed to this file.")
]


def publish(text: str, output: Path | None) -> None:
    """Print a text, and write it to a file where one is asked for."""
    typer.echo(text)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
