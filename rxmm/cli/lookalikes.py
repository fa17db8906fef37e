"""`rxmm catalog lookalikes`: which pills of a catalogue are easiest to take for one another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from rxmm.cli.appearance import looks
from rxmm.cli.options import CatalogOption
from rxmm.cli.tables import table_of

if TYPE_CHECKING:
    from rxmm.results import Appearance


def lookalikes(
    catalog: CatalogOption = "us",
    limit: Annotated[int, typer.Option(min=0, help="How many pairs to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Pairs of different medicines that one character of the imprint tells apart."""
    from rxmm.catalog.near_tokens import Mistake
    from rxmm.catalog.table import Catalog
    from rxmm.lookalikes import LookAlikes
    from rxmm.serialization import appearance_to_dict

    loaded = Catalog.load(catalog)
    near_pills = LookAlikes(loaded)
    pairs = near_pills.pairs()
    alike = (Mistake.LOOKS_ALIKE, Mistake.TURNED)
    same = [near for row, near in pairs if near_pills.same_looks(row, near.row)]
    counts = {
        "pairs": len(pairs),
        "same_looks": len(same),
        "same_looks_and_character_looks_alike": sum(near.mistake in alike for near in same),
    }
    shown = [
        (loaded.appearance(row), loaded.appearance(near.row), near_pills.check(row, near))
        for row, near in pairs[:limit]
    ]
    if as_json:
        written = {
            "schema": "rxmm.lookalikes/1",
            "catalog": {"name": loaded.name, "version": loaded.version},
            "count": counts,
            "pairs": [
                {
                    "check": check,
                    "appearances": [appearance_to_dict(one), appearance_to_dict(other)],
                }
                for one, other, check in shown
            ],
        }
        print(json.dumps(written, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    if shown:
        columns = ["One", 'Other, "this one"', "Check"]
        rows = [(_words(one), _words(other), escape(check)) for one, other, check in shown]
        console.print(table_of(columns, rows, console.width))
    console.print(
        f"{counts['pairs']:,} pairs of different medicines differ in one character; "
        f"{counts['same_looks']:,} of them have the same color and shape; in "
        f"{counts['same_looks_and_character_looks_alike']:,} of those the character looks alike.",
        soft_wrap=True,
    )


def _words(pill: Appearance) -> str:
    first, *others = pill.products
    more = f" (+{len(others)} more)" if others else ""
    words = f"[bold]{escape(' '.join(pill.imprint))}[/]  {looks(pill)}\n{escape(first.title)}"
    return f"{words}{more}\n[dim]{escape(pill.appearance_id)}[/]"
