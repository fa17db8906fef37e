"""`rxmm export`: a trained checkpoint as weights that `Identifier.load` can check and use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from rxmm.errors import InputError


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Written by rxmm-train.")],
    out: Annotated[Path, typer.Option(help="Folder for weights, registry and card.")],
    onnx: Annotated[
        bool, typer.Option("--onnx", help="Also both encoders as ONNX, in single precision.")
    ] = False,
) -> None:
    """Write a checkpoint as safetensors in half precision, with registry entry and model card."""
    if not checkpoint.is_file():
        raise InputError(f"There is no checkpoint {checkpoint}; `rxmm-train` leaves them in runs/.")
    from rxmm.training.release import release_checkpoint

    for path in release_checkpoint(checkpoint, out, onnx=onnx):
        size = path.stat().st_size / 1e6
        Console(highlight=False).print(escape(f"{path}: {size:.1f} MB"))
