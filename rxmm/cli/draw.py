"""`rxmm catalog draw`: catalogue entries as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from rxmm.cli.options import CatalogOption
from rxmm.cli.picture_path import check_picture_path
from rxmm.cli.writing import write_picture


def draw(
    appearances: Annotated[
        list[str], typer.Argument(help="Ids as `rxmm search` prints them; several make a sheet.")
    ],
    catalog: CatalogOption = "us",
    out: Annotated[
        Path | None, typer.Option(help="The picture; by default the first id with .png, here.")
    ] = None,
) -> None:
    """Draw pills from the facts recorded of them."""
    target = out or Path(f"{appearances[0]}.png")
    check_picture_path("--out", target)

    from rxmm.catalog.table import Catalog
    from rxmm.drawing.sheet import Entry, draw_sheet

    loaded = Catalog.load(catalog)
    entries = [Entry(loaded.appearance(appearance_id)) for appearance_id in appearances]
    write_picture(draw_sheet(entries), target)
    told = f"{target}: {len(entries)} pill(s), drawn from recorded facts, not photographs."
    Console(highlight=False).print(escape(told), soft_wrap=True)
