"""`rxmm search` and `rxmm catalog …`: looking pills up, and the catalogues themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rxmm.cli.appearance import looks, substance
from rxmm.cli.lookalikes import lookalikes
from rxmm.cli.options import CatalogOption, ColorOption, parse_colors
from rxmm.errors import InputError
from rxmm.notice import NOTICE

if TYPE_CHECKING:
    from rxmm.catalog.search import Query, SearchResult
    from rxmm.catalog.table import Catalog

app = typer.Typer(help="Look over, build and check the catalogues.", no_args_is_help=True)
app.command()(lookalikes)
console = Console(highlight=False)

CatalogArgument = Annotated[str, typer.Argument(help="us, tw, or a catalogue file.")]

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
) -> None:
    """Look a pill up by what is on it, without a photo."""
    from rxmm.catalog.search import Query
    from rxmm.catalog.search import search as search_catalog
    from rxmm.catalog.table import Catalog
    from rxmm.catalog.vocabulary import Shape

    query = Query(
        imprint=imprint,
        colors=parse_colors(color),
        shape=Shape.parse(shape) if shape else None,
        score=score,
        size_mm=size,
    )
    if query == Query():
        raise InputError(
            "Nothing to look for: give --imprint, --color, --shape, --size or --score."
        )
    loaded = Catalog.load(catalog)
    result = search_catalog(loaded, query, top=top)
    if as_json:
        print(json.dumps(_search_json(loaded, result), ensure_ascii=False, indent=2))
        return
    _print_hits(result)
    _print_summary(query, result)
    console.print(f"[dim]{NOTICE}[/]", soft_wrap=True)


def _print_hits(result: SearchResult) -> None:
    if not result.hits:
        return
    table = Table("#", "match", "imprint", "looks", "product", "id")
    for rank, hit in enumerate(result.hits, start=1):
        pill = hit.appearance
        first, *others = pill.products
        more = f" (+{len(others)} more)" if others else ""
        table.add_row(
            str(rank),
            "\n".join([hit.band.words, *(f"[yellow]{what}[/]" for what in hit.differs)]),
            escape(" · ".join(pill.imprint)),
            looks(pill),
            f"{escape(first.name)}{more}\n[dim]{escape(substance(first))}[/]",
            pill.appearance_id,
        )
    console.print(table)


def _print_summary(query: Query, result: SearchResult) -> None:
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


@app.command()
def build(
    published: Annotated[Path, typer.Argument(help="The publisher's table (CSV).")],
    source: Annotated[str, typer.Option(help="Whose table it is: c3pi, tfda or formulary.")],
    out: Annotated[Path, typer.Option(help="The catalogue to write; its data sheet goes beside.")],
) -> None:
    """Turn a publisher's table into a catalogue and its data sheet."""
    from rxmm.catalog.build import build as build_catalog

    catalog = build_catalog(source, published, out)
    sizes = f"{len(catalog):,} appearances, {len(catalog.products):,} products"
    console.print(escape(f"{out}: {sizes}; data sheet beside it."), soft_wrap=True)


@app.command()
def info(catalog: CatalogArgument = "us") -> None:
    """What a catalogue holds."""
    from rxmm.catalog.table import Catalog

    loaded = Catalog.load(catalog)
    facts = loaded.appearances
    table = Table(show_header=False)
    table.add_row("name", loaded.name)
    table.add_row("country", loaded.country)
    table.add_row("source", escape(loaded.source))
    table.add_row("version", loaded.version)
    table.add_row("appearances", f"{len(loaded):,}")
    table.add_row("with an imprint", f"{(facts['imprint'] != '').sum():,}")
    table.add_row("products", f"{len(loaded.products):,}")
    console.print(table)


@app.command()
def validate(catalog: CatalogArgument = "us") -> None:
    """Check every fact of a catalogue; exit code 1 when something is wrong."""
    from rxmm.catalog.table import Catalog
    from rxmm.catalog.validate import problems

    loaded = Catalog.load(catalog)
    found = problems(loaded)
    for problem in found:
        console.print(escape(problem))
    console.print(f"{loaded.name}: {len(loaded):,} appearances, {len(found):,} problem(s).")
    if found:
        raise typer.Exit(1)


@app.command()
def show(
    appearance_id: Annotated[str, typer.Argument(help="As `rxmm search` prints it.")],
    catalog: CatalogOption = "us",
) -> None:
    """One appearance, its codes, and every product that looks like it."""
    from rxmm.catalog.table import Catalog

    pill = Catalog.load(catalog).appearance(appearance_id)
    facts = Table(show_header=False)
    facts.add_row("id", pill.appearance_id)
    facts.add_row("imprint", escape(" · ".join(pill.imprint)) or "none recorded")
    facts.add_row("imprint type", " ".join(filter(None, [pill.imprint_type, pill.imprint_color])))
    facts.add_row("color", ", ".join(f"{color} ({color.nci_code})" for color in pill.colors))
    facts.add_row("shape", f"{pill.shape} ({pill.shape.nci_code})" if pill.shape else "")
    facts.add_row("size", f"{pill.size_mm:g} mm" if pill.size_mm else "")
    facts.add_row("score", str(pill.score or ""))
    console.print(facts)
    products = Table("product", "generic", "strength", "labeler", "NDC or licence", "RxCUI")
    for product in pill.products:
        number = "-".join(product.ndc) or product.licence
        cells = (product.name, product.generic, product.strength, product.labeler, number)
        products.add_row(*map(escape, (*cells, product.rxcui)))
    console.print(products)
    console.print(f"[dim]{NOTICE}[/]", soft_wrap=True)
