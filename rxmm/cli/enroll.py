"""`rxmm enroll`: one more pill in a user's own formulary, without any training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from rxmm.cli.options import CatalogOption, ColorOption, WeightsOption, parse_colors
from rxmm.errors import InputError

if TYPE_CHECKING:
    from rxmm.catalog.table import Catalog
    from rxmm.formulary import Enrolled


def enroll(
    folder: Annotated[Path, typer.Argument(help="Of your formulary; made if it is not there.")],
    photos: Annotated[
        list[Path] | None, typer.Argument(help="Photos of one face or both faces each.")
    ] = None,
    imprint: Annotated[str, typer.Option(help="Of both faces.")] = "",
    color: ColorOption = None,
    shape: Annotated[str, typer.Option(help="An FDA shape, e.g. round, oval.")] = "",
    name: Annotated[str, typer.Option(help="What to call the pill.")] = "",
    size: Annotated[str, typer.Option(help="Longest dimension, mm.")] = "",
    score: Annotated[str, typer.Option(help="Equal pieces; 1 = no score line.")] = "",
    appearance: Annotated[
        str, typer.Option(help="Instead of facts: a pill that --catalog has, e.g. us-3f9c01a2b7d4.")
    ] = "",
    catalog: CatalogOption = "us",
    weights: WeightsOption = None,
) -> None:
    """Add a pill, or photos of it, to a formulary of your own: see `identify --formulary`."""
    from rxmm.catalog.table import Catalog
    from rxmm.formulary import Formulary
    from rxmm.photo import check_file

    for photo in photos or ():
        check_file(photo)
    facts = {"imprint": imprint, "shape": shape, "name": name, "size_mm": size, "score": score}
    facts["color"] = ";".join(parse_colors(color))
    formulary, base, console = Formulary(folder), Catalog.load(catalog), Console(highlight=False)
    if not appearance:
        done = formulary.enrol(facts, photos or (), weights=weights)
        console.print(escape(_summary(name, done)), soft_wrap=True)
        console.print(escape(_nearest(base, facts)), soft_wrap=True)
        return
    if any(facts.values()):
        raise InputError("Give --appearance or the pill's facts, not both.")
    if not photos:
        raise InputError("--appearance adds photos to a pill: give at least one.")
    pill = formulary.catalog(base).appearance(appearance)
    done = formulary.enrol(appearance, photos, weights=weights)
    console.print(escape(_summary(pill.products[0].name, done)), soft_wrap=True)


def _summary(name: str, done: Enrolled) -> str:
    added = "Enrolled" if done.new else "Known already:"
    if not done.faces_in_all:
        return f"{added} {name}, without a photo."
    known = f", {done.faces_known} of a photo known already" if done.faces_known else ""
    return f"{added} {name}: {done.faces} face(s) added{known}, {done.faces_in_all} in all."


def _nearest(base: Catalog, facts: dict[str, str]) -> str:
    """The best look-alike of a catalogue, in words."""
    from dataclasses import replace

    from rxmm.catalog.imprint_match import Band
    from rxmm.catalog.search import search
    from rxmm.catalog.sources.formulary import look

    hits = search(base, replace(look(facts), size_mm=None, score=None), top=1).hits
    if not hits or hits[0].band == Band.NOT_RECORDED:  # of which nothing says that it is alike
        return f"Catalogue {base.name} has nothing that looks alike."
    pill, differs = hits[0].appearance, "".join(f", {what}" for what in hits[0].differs)
    imprint = " ".join(pill.imprint) or "no imprint"
    return (
        f"Nearest in catalogue {base.name}: {pill.products[0].name} ({imprint}; "
        f"{hits[0].band.words}{differs}), {pill.appearance_id}"
    )
