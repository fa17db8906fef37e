"""`rxmm catalog embed`: work done once that identification would do at every start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from rxmm._files import check_writable, writing
from rxmm.errors import InputError


def embed(
    catalog: Annotated[str, typer.Argument(help="A catalogue file that you imported.")],
) -> None:
    """Embed the imprints of a catalogue into a file beside it, so that `identify` starts faster."""
    from rxmm.catalog.table import Catalog
    from rxmm.models.fusion import open_fusion
    from rxmm.models.row_texts import path_of, store_row_texts

    console = Console(highlight=False)
    loaded = Catalog.load(catalog)
    if loaded.path != Path(catalog):
        raise InputError(f"{catalog} travels with rxmm, and its embedded imprints with it.")
    path = path_of(loaded)
    check_writable(path)
    with writing(path), console.status("Embedding the imprints"):
        model, entry = open_fusion()
        store_row_texts(model.text, loaded, entry.version)
    count = len(set(loaded.imprint_tokens))
    console.print(
        escape(f"{path}: {count:,} imprints, as {entry.version} sees them."), soft_wrap=True
    )
