"""`rxmm catalog …`: the catalogues themselves."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from rxmm.cli import catalog_files
from rxmm.cli.appearance import substance
from rxmm.cli.catalog_files import CatalogArgument
from rxmm.cli.draw import draw
from rxmm.cli.embed import embed
from rxmm.cli.lookalikes import lookalikes
from rxmm.cli.options import CatalogOption
from rxmm.cli.tables import table_of
from rxmm.notice import NOTICE

app = typer.Typer(help="Make, look over and check the catalogues.", no_args_is_help=True)
app.command("import")(catalog_files.import_)
app.command()(catalog_files.update)
app.command()(catalog_files.diff)
app.command()(catalog_files.merge)
app.command()(catalog_files.export)
app.command()(lookalikes)
app.command()(draw)
app.command()(embed)
console = Console(highlight=False)


@app.command()
def info(catalog: CatalogArgument = "us") -> None:
    """What a catalogue holds."""
    from rxmm.catalog.table import Catalog

    loaded = Catalog.load(catalog)
    facts = loaded.appearances
    table = Table(show_header=False)
    table.add_row("name", escape(loaded.name))
    table.add_row("country", escape(loaded.country))
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
    told = f"{loaded.name}: {len(loaded):,} appearances, {len(found):,} problem(s)."
    console.print(escape(told))
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
    facts = Table("", Column(overflow="fold"), show_header=False)
    facts.add_row("id", escape(pill.appearance_id))
    facts.add_row("imprint", escape(" · ".join(pill.imprint)) or "none recorded")
    kind = " ".join(filter(None, [pill.imprint_type, pill.imprint_color]))
    facts.add_row("imprint type", escape(kind))
    facts.add_row("color", ", ".join(f"{color} ({color.nci_code})" for color in pill.colors))
    facts.add_row("shape", f"{pill.shape} ({pill.shape.nci_code})" if pill.shape else "")
    facts.add_row("size", f"{pill.size_mm:g} mm" if pill.size_mm else "")
    facts.add_row("score", str(pill.score or ""))
    console.print(facts)
    rows = []
    for product in pill.products:
        numbers = ["-".join(product.ndc) or product.licence]
        numbers += [f"RxCUI {product.rxcui}"] if product.rxcui else []
        origin = [product.source, product.document, product.document_version]
        origin += [product.document_date, product.country]
        cells = (product.name, substance(product), "\n".join(numbers), " ".join(origin))
        rows.append(tuple(map(escape, cells)))
    columns = ["product", "substance", "number", "from"]
    console.print(table_of(columns, rows, console.width, lines=False))
    console.print(f"[dim]{NOTICE}[/]", soft_wrap=True)
