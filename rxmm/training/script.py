"""Options that the scripts of the training recipes share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rxmm.splits import Half

OutOption = Annotated[Path, typer.Option("--out", help="Where to write it.")]
PhotosOption = Annotated[
    int | None, typer.Option("--photos", min=1, help="At most so many photographs.")
]
HalfOption = Annotated[
    Half | None, typer.Option("--half", help="Only pills of this half, see rxmm.splits.")
]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, help="Processes at once.")]
