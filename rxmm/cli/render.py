"""`rxmm render`: draw a pill of the catalogue, or a sheet of many."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rxmm.cli.picture_path import check_picture_path
from rxmm.cli.writing import write_picture
from rxmm.errors import InputError

if TYPE_CHECKING:
    from rxmm.catalog.table import Catalog
    from rxmm.render import Look, Picture


_SHEET = 48  # pictures on a sheet


class LookName(StrEnum):
    """Kinds of photograph on offer."""

    LAB = "lab"
    DESK = "desk"
    PHONE = "phone"


class Face(StrEnum):
    """Which face of the pill to draw."""

    FRONT = "front"
    BACK = "back"
    BOTH = "both"


def render(
    row: Annotated[
        str | None, typer.Argument(help="An appearance: its id, or its row number.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Picture of that one pill.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Picture of many random pills.")] = None,
    face: Annotated[Face, typer.Option(help="Both faces come side by side.")] = Face.BOTH,
    look: Annotated[
        LookName | None, typer.Option(help="Kind of photograph; a sheet mixes them.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=64, max=2048, help="Side of a face's picture, pixels.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same picture.")] = 0,
    catalog: Annotated[str, typer.Option(help="us, tw, or a catalogue file.")] = "us",
) -> None:
    """Draw a made-up photograph of a pill: ROW --out pill.png, or --sheet out.png."""
    target = out or sheet
    if target is None or (row is None) == (sheet is None) or (row is None) != (out is None):
        raise InputError("Give either ROW and --out FILE, or --sheet FILE.")
    check_picture_path("--out" if out else "--sheet", target)

    from PIL import Image

    from rxmm.catalog.table import Catalog
    from rxmm.render import DESK, LAB, PHONE
    from rxmm.render.sheet import contact_sheet

    looks = {LookName.LAB: LAB, LookName.DESK: DESK, LookName.PHONE: PHONE}
    loaded = Catalog.load(catalog)
    if row is not None:
        pictures = _faces(loaded, row, face, looks[look or LookName.DESK], size or 512, seed)
        for picture in pictures:
            print(" | ".join(line.text for line in picture.lines) or "(no imprint on this face)")
        image = contact_sheet(pictures, columns=len(pictures))
    else:
        kinds = [looks[look]] if look else [LAB, PHONE]
        image = contact_sheet(_many(loaded, kinds, size or 160, seed), columns=8)
    write_picture(Image.fromarray(image), target)


def _faces(
    catalog: Catalog, row: str, face: Face, look: Look, size: int, seed: int
) -> list[Picture]:
    from rxmm import render as renderer

    appearance = catalog.appearance(int(row) if row.isdecimal() else row)
    sides = {Face.FRONT: (0,), Face.BACK: (1,), Face.BOTH: (0, 1)}[face]
    scenes = [renderer.sample_scene(appearance, side, seed, look) for side in sides]
    return renderer.render(scenes, size, size)


def _many(catalog: Catalog, looks: list[Look], size: int, seed: int) -> list[Picture]:
    import numpy as np

    from rxmm import render as renderer

    rows = np.random.default_rng(seed).integers(len(catalog), size=4 * _SHEET)
    source = renderer.catalogue_rows([catalog.appearance(int(row)) for row in rows], made_up=0.1)
    faces = renderer.RenderedFaces(source, _SHEET, size=size, seed=seed, looks=looks)
    return [faces[index] for index in range(_SHEET)]
