"""`rxmm search`: looking a pill up by what is on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column

from rxmm.cli.appearance import looks, substance
from rxmm.cli.options import CatalogOption, ColorOption, parse_colors
from rxmm.cli.picture_path import check_picture_path
from rxmm.cli.tables import table_of
from rxmm.cli.writing import write_picture
from rxmm.errors import InputError
from rxmm.notice import NOTICE

if TYPE_CHECKING:
    from rxmm.catalog.search import SearchQuery, SearchResult
    from rxmm.catalog.table import Catalog

console = Console(highlight=False)

_OPTION = {"size_mm": "--size", "colors": "--color"}  # where an option is not named as its field


def search(
    imprint: Annotated[
        str, typer.Option(help="All or part of it, any face, any order; * for anything.")
    ] = "",
    color: ColorOption = None,
    shape: Annotated[str | None, typer.Option(help="An FDA shape, e.g. round, oval.")] = None,
    size: Annotated[float | None, typer.Option(help="Longest dimension, mm.")] = None,
    score: Annotated[int | None, typer.Option(help="Equal pieces; 1 = no score line.")] = None,
    catalog: CatalogOption = "us",
    top: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    save_picture: Annotated[
        Path | None, typer.Option(help="Draw the pills that were found into this file.")
    ] = None,
) -> None:
    """Look a pill up by what is on it, without a photo."""
    from rxmm.catalog.search import SearchQuery
    from rxmm.catalog.search import search as search_catalog
    from rxmm.catalog.table import Catalog
    from rxmm.catalog.vocabulary import Shape

    query = SearchQuery(
        imprint=imprint.strip(),
        colors=parse_colors(color),
        shape=Shape.parse(shape) if shape else None,
        score=score,
        size_mm=size,
    )
    if query == SearchQuery():
        raise InputError(
            "Nothing to look for: give --imprint, --color, --shape, --size or --score."
        )
    if save_picture is not None:
        check_picture_path("--save-picture", save_picture)
    loaded = Catalog.load(catalog)
    result = search_catalog(loaded, query, top=top)
    try:  # printing ends the program where nobody reads on, as with `| head -1`
        if save_picture is not None:
            _draw_hits(result, save_picture)
    finally:
        if as_json:
            print(json.dumps(_search_json(loaded, result), ensure_ascii=False, indent=2))
        else:
            _print_hits(query, result)
            _print_summary(result)
            console.print(f"[dim]{NOTICE}[/]", soft_wrap=True)


def _draw_hits(result: SearchResult, path: Path) -> None:
    from rxmm.drawing.sheet import Entry, draw_sheet

    if not result.hits:
        told = f"Nothing found, so {escape(str(path))} was not drawn."
        Console(stderr=True).print(told, soft_wrap=True)
        return
    entries = [
        Entry(hit.appearance, ", ".join([f"{rank}.  {hit.band.words}", *hit.differs]))
        for rank, hit in enumerate(result.hits, start=1)
    ]
    write_picture(draw_sheet(entries), path)


def _print_hits(query: SearchQuery, result: SearchResult) -> None:
    from rxmm.catalog.imprint_match import Band
    from rxmm.catalog.search import SearchQuery

    if not result.hits:
        return
    if set(result.count) == {Band.NOT_RECORDED}:
        rest = "" if query == SearchQuery(imprint=query.imprint) else " and fits the rest"
        told = f"No recorded pill bears this imprint{rest}. These have no recorded imprint:"
        console.print(f"[bold]{told}[/]")
    columns: list[Column | str] = [
        "#",
        "match",
        "imprint",
        "looks",
        "product",
        Column("id", no_wrap=True),
    ]
    rows = []
    for rank, hit in enumerate(result.hits, start=1):
        pill = hit.appearance
        first, *others = pill.products
        more = f" (+{len(others)} more)" if others else ""
        cells = (
            str(rank),
            "\n".join([hit.band.words, *(f"[yellow]{what}[/]" for what in hit.differs)]),
            escape(" · ".join(pill.imprint)),
            looks(pill),
            f"{escape(first.name)}{more}\n[dim]{escape(substance(first))}[/]",
            escape(pill.appearance_id),
        )
        rows.append(cells)
    console.print(table_of(columns, rows, console.width, lines=False))


def _print_summary(result: SearchResult) -> None:
    if result.count:
        counts = ", ".join(f"{n:,} {band.words}" for band, n in result.count.items())
        console.print(f"{sum(result.count.values()):,} appearances fit: {counts}.")
    if result.relax:
        console.print("No recorded pill fits all of this. Leave one thing out:")
        for part, count in result.relax:
            console.print(f"  without {_OPTION.get(part, f'--{part}')}: {count:,} would fit")
    elif not result.hits:
        console.print("Not found: every pill in the catalogue contradicts this.")


def _search_json(catalog: Catalog, result: SearchResult) -> dict[str, Any]:
    from rxmm.serialization import appearance_to_dict

    return {
        "schema": "rxmm.search/1",
        "catalog": {"name": catalog.name, "version": catalog.version},
        "count": {band.name.lower(): n for band, n in result.count.items()},
        "hits": [
            {
                "rank": rank,
                "band": hit.band.name.lower(),
                "differs": list(hit.differs),
                **appearance_to_dict(hit.appearance),
            }
            for rank, hit in enumerate(result.hits, start=1)
        ],
        "relax": [
            {"leave_out": _OPTION.get(part, f"--{part}"), "would_fit": count}
            for part, count in result.relax
        ],
        "notice": NOTICE,
    }
