"""`rxmm catalog import|update|diff|merge|export`: how catalogues are made and kept up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rxmm._files import check_writable, printable, writing
from rxmm.cli.writing import check_not_given
from rxmm.errors import InputError

if TYPE_CHECKING:
    from rxmm.catalog.diff import Change
    from rxmm.catalog.sources import Report
    from rxmm.catalog.table import Catalog

console = Console(highlight=False)

PublishedArgument = Annotated[
    Path, typer.Argument(help="What the publisher gives out: a table, document, folder or archive.")
]
SourceOption = Annotated[
    str,
    typer.Option(help="Whose it is: spl, openfda, pillbox, c3pi, tfda, mfds, csv or formulary."),
]
DateOption = Annotated[
    str, typer.Option(help="Date of a table that does not tell it, YYYY-MM-DD.", metavar="DATE")
]
MarketOption = Annotated[
    str, typer.Option("--country", help="Market of a table that is not its publisher's.")
]
CountryOption = Annotated[
    str, typer.Option(help="Only products of this regulator: US, TW, KR, …", metavar="CODE")
]
CatalogArgument = Annotated[str, typer.Argument(help="us, tw, or a catalogue file.")]


def import_(
    published: PublishedArgument,
    source: SourceOption,
    out: Annotated[Path, typer.Option(help="The catalogue to write; its data sheet goes beside.")],
    country: MarketOption = "",
    date: DateOption = "",
) -> None:
    """Make a catalogue, its data sheet and a report of what was left out."""
    from rxmm.catalog.build import build

    with _to_catalog(out, published), _reported("Importing") as report:
        catalog = build(
            source, published, out, country=_code(country), date=_day(date), report=report
        )
    _tell_import(report, out.with_suffix(".rejects.csv"))
    console.print(escape(f"{out}: {_size(catalog)}; data sheet beside it."), soft_wrap=True)


def update(
    catalog: Annotated[Path, typer.Argument(help="A catalogue file that you imported.")],
    published: PublishedArgument,
    source: SourceOption,
    country: MarketOption = "",
    date: DateOption = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="What is not in it has been withdrawn.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write here, and leave the old catalogue as it is.")
    ] = None,
) -> None:
    """Bring newer documents into a catalogue, and say what changed."""
    from datetime import date as calendar

    from rxmm.catalog import build
    from rxmm.catalog.diff import diff, write_changes
    from rxmm.catalog.listings import with_listings
    from rxmm.catalog.sources import openfda
    from rxmm.catalog.table import Catalog
    from rxmm.catalog.update import update as updated

    old, target = Catalog.load(catalog), out or catalog
    if not (out or catalog.is_file()):
        raise InputError(f"{catalog} travels with rxmm: say with --out where the new one goes.")
    with _to_catalog(target, published), _reported("Importing") as report:
        described = None if source == "openfda" else build.find_source(source, published)
        if described is None:
            new = with_listings(old, openfda.read(published, report), report)
        else:
            arriving = build.rows_of(
                described, published, report, country=_code(country), date=_day(date)
            )
            build.check_usable(arriving, published, report)
            new = updated(
                old,
                arriving,
                report,
                title=described.title,
                today=calendar.today().isoformat(),
                complete=complete,
            )
        changes = diff(old, new)
        new.save(target)
        write_changes(changes, target.with_suffix(".changes.csv"))
        build.write_reports(new, target, report, published, described)
    _tell_import(report, target.with_suffix(".rejects.csv"))
    _tell_changes(changes)
    told = f"{target}: {_size(new)}; each change in {target.with_suffix('.changes.csv')}."
    console.print(escape(told), soft_wrap=True)


def diff(
    old: CatalogArgument,
    new: CatalogArgument,
    country: CountryOption = "",
    out: Annotated[Path | None, typer.Option(help="Write each change into this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each change as JSON.")] = False,
) -> None:
    """What changed from one catalogue to another: exit code 0 either way."""
    from rxmm.catalog.diff import change_to_dict, count, write_changes
    from rxmm.catalog.diff import diff as difference

    loaded = _load([old, new], country)
    if out:
        check_not_given("--out", out, [catalog.path for catalog in loaded], "a catalogue")
    with Console(stderr=True).status("Comparing"):
        changes = difference(*loaded)
    if out:
        with writing(out):
            write_changes(changes, out)
    if as_json:
        told = {"schema": "rxmm.diff/1", "count": count(changes)}
        rows = [change_to_dict(change) for change in changes]
        print(json.dumps(told | {"changes": rows}, ensure_ascii=False, indent=2))
        return
    _tell_changes(changes)


def merge(
    catalogs: Annotated[list[str], typer.Argument(help="us, tw, or catalogue files.")],
    out: Annotated[Path, typer.Option(help="The catalogue to write.")],
    country: CountryOption = "",
) -> None:
    """One catalogue of several; each product keeps its regulator, source and document."""
    from rxmm.catalog.build import write_reports
    from rxmm.catalog.merge import merge as merged

    loaded = _load(catalogs, country)
    check_not_given("--out", out, [catalog.path for catalog in loaded], "a catalogue")
    with _to_catalog(out), console.status("Merging"):
        catalog = merged(loaded, out.stem)
        catalog.save(out)
        write_reports(catalog, out)
    products = catalog.products["country"].value_counts()
    told = ", ".join(f"{number:,} of {code}" for code, number in products.items())
    console.print(escape(f"{out}: {_size(catalog)} ({told})."), soft_wrap=True)


def export(
    catalog: CatalogArgument,
    out: Annotated[Path, typer.Argument(help="A file ending in .csv, .jsonl or .parquet.")],
    country: CountryOption = "",
) -> None:
    """Write a catalogue for other programs, whole or of one regulator."""
    from rxmm.catalog.export import export as write

    (loaded,) = _load([catalog], country)
    check_not_given("OUT", out, [loaded.path], "the catalogue")
    with writing(out), console.status("Exporting"):
        write(loaded, out)
    console.print(escape(f"{out}: {_size(loaded)}."), soft_wrap=True)


def _load(names: list[str], country: str) -> list[Catalog]:
    from rxmm.catalog.table import Catalog

    loaded = [Catalog.load(name) for name in names]
    return [catalog.of_country(_code(country)) for catalog in loaded] if country else loaded


def _code(country: str) -> str:
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InputError(f"--country {country!r}: give the two letters of ISO 3166, such as US.")
    return country.upper()


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise InputError(f"--date {text!r}: give year, month and day, as in 2026-01-31.") from None


@contextmanager
def _to_catalog(path: Path, published: Path | None = None) -> Iterator[None]:
    """As `writing`, and finds out before the work whether a catalogue can be written there.

    Args:
        published: what it is made of, which neither it nor what goes beside it may replace.
    """
    if path.suffix != ".parquet" or printable(path.name) != path.name:
        raise InputError(f"{path}: give a catalogue a name in UTF-8 that ends in .parquet.")
    for suffix in (".parquet", ".md", ".rejects.csv", ".changes.csv"):
        check_not_given("--out", path.with_suffix(suffix), [published], "what is to be read")
    check_writable(path)
    _check_data_sheet(path.with_suffix(".md"))
    with writing(path):
        yield


def _check_data_sheet(path: Path) -> None:
    """A data sheet is replaced with its catalogue; a text of the user's is not."""
    if path.exists() and not path.read_bytes().startswith(b"# Catalogue"):
        raise InputError(
            f"{path} is not a catalogue's data sheet, but would be overwritten by one: give the "
            "catalogue another name."
        )


@contextmanager
def _reported(what: str) -> Iterator[Report]:
    """A report whose progress is shown while it is filled in."""
    from rich.progress import Progress

    from rxmm.catalog.sources import Report

    report = Report()
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None)
        report.progress = lambda done, total: progress.update(task, completed=done, total=total)
        yield report


def _tell_import(report: Report, rejects: Path) -> None:
    table = Table("", "how many", show_header=False)
    table.add_row("rows or documents read", f"{report.rows_in:,}")
    for what, number in report.normalised.most_common():
        table.add_row(escape(f"changed: {what}"), f"{number:,}")
    for why, number in report.rejected.most_common():
        table.add_row(escape(f"left out: {why}"), f"{number:,}")
    console.print(table)
    if report.rejects:
        console.print(escape(f"What was left out, and why: {rejects}"), soft_wrap=True)


def _tell_changes(changes: list[Change]) -> None:
    from rxmm.catalog.diff import count

    counts = count(changes)
    told = ", ".join(f"{number:,} {what}" for what, number in counts.items())
    console.print(f"{len(changes):,} products differ: {told}." if changes else "Nothing differs.")


def _size(catalog: Catalog) -> str:
    return f"{len(catalog):,} appearances, {len(catalog.products):,} products"
