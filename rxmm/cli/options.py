"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rxmm.branches import Ranking

if TYPE_CHECKING:
    from rxmm.catalog.vocabulary import Color

CatalogOption = Annotated[
    str, typer.Option("--catalog", help="us, tw, or a catalogue file that you built.")
]
ColorOption = Annotated[
    list[str] | None, typer.Option("--color", help="An FDA colour; give it again for each colour.")
]
ReaderOption = Annotated[
    str, typer.Option("--reader", help="Who reads the imprint: rxmm or easyocr-english.")
]
RankingOption = Annotated[
    Ranking,
    typer.Option(
        "--ranking",
        help="What ranks: all networks; the match of the imprint, and the networks where it is "
        "not sure; or the match alone.",
    ),
]
FormularyOption = Annotated[
    Path | None,
    typer.Option("--formulary", help="Folder of your own pills, which `rxmm enroll` made."),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", help="Folder of a fusion of your own, which `rxmm export` wrote."),
]


def parse_colors(given: list[str] | None) -> tuple[Color, ...]:
    """The colours of a repeated ``--color``, each of which may list several (``blue,white``)."""
    from rxmm.catalog.vocabulary import Color

    names = [name for text in given or [] for name in text.replace(";", ",").split(",")]
    return tuple(Color.parse(name) for name in names)
