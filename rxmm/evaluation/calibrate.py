"""Calibrate the answers on the tuning part of the real photographs, which no network has seen.

    python -m rxmm.evaluation.calibrate

Each pill is asked with both faces and with each alone, as it is and with its own rows taken out of
the catalogue.  Photographs by phone there are none to calibrate on: beside others stand faces of
laboratory photographs laid on drawn grounds; where a country has none, drawn pills stand for lone
faces.  Prediction sets are of one kind of picture each (Mondrian): what is easy in a laboratory
would leave too small sets to a phone.  Run it after every change of segmentation, reader, fusion,
catalogue or matchers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from rxmm._command import told_in_one_line
from rxmm.branches import Source
from rxmm.calibration import CalibrationFile, kind_of, released_file
from rxmm.catalog.matching import match_logits
from rxmm.catalog.table import Catalog
from rxmm.evaluation.fitting import Asked, Floats, Scored, fit_all
from rxmm.evaluation.imprints import Imprints
from rxmm.evaluation.query import Query
from rxmm.evaluation.rendered import phone_pills
from rxmm.evaluation.script import progress
from rxmm.evaluation.set_names import SetName
from rxmm.evaluation.sets import SETS
from rxmm.evaluation.stages import Stages
from rxmm.results import MAX_FACES

DRAWN = 100
"""Pills drawn as by phone, of a catalogue without laboratory photographs."""
SETS_OF_COUNTRIES: tuple[SetName, ...] = ("us-reference", "tw-photos")
LAID: Mapping[str, SetName] = {"us": "us-laid"}
"""By catalogue, the set of laboratory photographs as by phone."""


def score(stages: Stages, imprints: Imprints, query: Query) -> Iterator[tuple[int, Source, Scored]]:
    """Number of faces, branch and logits: of all faces together, then of each alone.

    Nothing where no pill was found or the catalogue does not have it.
    """
    truth, seen = imprints.rows(query.label.imprint), stages.see(query)
    if not 0 < len(seen.faces) <= MAX_FACES or not truth.any():
        return
    alone = tuple(seen.each_alone()) if len(seen.faces) > 1 else ()
    for one in (seen, *alone):
        kind = kind_of(one.faces)
        fused, matches = stages.rank(one)
        of_branches: dict[Source, Floats] = {
            "fusion": fused,
            "imprint_match": match_logits(matches.score),
        }
        for source, logits in of_branches.items():
            yield len(one.faces), source, Scored(logits, matches, imprints, truth, kind)


def by_phone(catalog: Catalog, limit: int | None) -> list[Query]:
    """Pills of the tuning part as by phone: laboratory photographs laid on drawn grounds, or drawn
    rows of a catalogue that has none.

    Args:
        limit: at most so many.
    """
    if catalog.name in LAID:
        return SETS[LAID[catalog.name]].queries("tuning", limit)
    return phone_pills(catalog, min(DRAWN, limit or DRAWN))


def main(
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default that of rxmm.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Queries of each set.")] = None,
) -> None:
    """Fit and write the calibration of the released weights."""
    kept: dict[str, dict[Asked, list[Scored]]] = {}
    for name in SETS_OF_COUNTRIES:
        stages = Stages.released(Catalog.load(SETS[name].catalog))
        imprints = Imprints(stages.catalog)
        found = kept.setdefault(SETS[name].catalog, defaultdict(list))
        queries = [*SETS[name].queries("tuning", limit), *by_phone(stages.catalog, limit)]
        for query in progress(queries, name):
            for faces, source, scored in score(stages, imprints, query):
                # Of both faces there are real photographs: drawn pills stand for lone ones.
                if faces == 1 or query.style != "phone":
                    found[source, faces].append(scored)
    catalogs = fit_all(kept)
    CalibrationFile((stages.reader.version, stages.fuse.version), catalogs).save(
        out or released_file()
    )
    for catalog, kinds in catalogs.items():
        for kind, branches in kinds.items():
            for source, fitted in branches.items():
                print(catalog, kind, source, *fitted, sep="\n  ")


if __name__ == "__main__":
    with told_in_one_line("calibrate"):
        typer.run(main)
