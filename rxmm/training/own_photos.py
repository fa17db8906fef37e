"""A user's own photographs to train on: a formulary whose table names them.

The folder holds the photographs and ``pills.csv`` with the columns ``imprint,color,shape,name`` and
``photos``: file names joined by ``;``, each photograph of one face or both, or ``front+back``.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from rxmm.catalog.sources import Report
from rxmm.catalog.sources.formulary import read
from rxmm.catalog.sources.tables import read_rows
from rxmm.catalog.table import Catalog, appearance_id, look_key
from rxmm.errors import InputError
from rxmm.formulary import TABLE
from rxmm.training.observe import TrainingPill


def own_pills(folder: Path, catalog: Catalog) -> list[TrainingPill]:
    """One pill for each photograph, or each pair of front and back; a row's make one group.

    Those of a row are references for each other.

    Args:
        folder: the formulary.
        catalog: built from its table.

    Raises:
        CatalogError: the table cannot be used.
        InputError: it names a photograph that is not there, or none at all.
    """
    path = folder / TABLE
    pills = []
    texts = read_rows(path, ["photos"], Report())
    for line, (facts, text) in enumerate(zip(read(path, Report()), texts, strict=True), start=2):
        appearance = catalog.appearance(appearance_id(catalog.country, look_key(facts)))
        for photograph in filter(None, text["photos"].split(";")):
            photos = [folder / name.strip() for name in photograph.split("+")]
            for photo in photos:
                if not photo.is_file():
                    raise InputError(f"Line {line} of {path} names {photo}, which is not there.")
            shot = f"own:{line} {photograph}"
            pills.append(TrainingPill(appearance, partial(tuple, photos), f"own:{line}", shot))
    if not pills:
        raise InputError(f"{path} names no photograph: join their names by ; in its column photos.")
    return pills
