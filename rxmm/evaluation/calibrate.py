"""Calibrate the answers on the tuning part of the real photographs, which no network has seen.

    python -m rxmm.evaluation.calibrate

Each pill is asked with both faces and with each alone, as it is and with its own rows taken out of
the catalogue.  A lone face is often a photograph by phone, of which there are none to calibrate on:
pills drawn so stand beside the lone faces of laboratory photographs.  Run it after every change of
reader, fusion, catalogue or matchers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.optimize import minimize

from rxmm._command import told_in_one_line
from rxmm.branches import Source
from rxmm.calibration import ANY, Branches, Calibration, CalibrationFile, released_file
from rxmm.catalog.table import Catalog
from rxmm.decision import mass_before, match_logits, probabilities
from rxmm.evaluation.imprints import Imprints
from rxmm.evaluation.query import Query
from rxmm.evaluation.rendered import phone_pills
from rxmm.evaluation.seen import Stages
from rxmm.evaluation.sets import SETS, SetName
from rxmm.results import MAX_FACES

COVERAGES = (0.90, 0.95, 0.99)
LARGEST_RISK = 0.02
"""Share of wrong answers among those called identified that the threshold is chosen for."""
LEFT_OUT = 0.05
"""Share of pills that are not in the catalogue that may still be called identified."""
NOT_LISTED_SHARE = 0.05
"""Of the pills that are asked for, how many are reckoned not to be in the catalogue."""
DRAWN = 100
"""Pills drawn as by phone, of each catalogue."""
SETS_OF_COUNTRIES: tuple[SetName, ...] = ("us-reference", "tw-photos")

_EFFORT = {"maxiter": 80, "xatol": 0.01, "fatol": 1e-4}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One query, ranked.

    Attributes:
        logits: (N + 1,), last of none of these.
        imprints: of the catalogue.
        truth: (N,) bool, the rows of its true imprint.
    """

    logits: Floats
    imprints: Imprints
    truth: NDArray[np.bool_]

    def without_truth(self) -> Floats:
        """The logits if the pill were not in the catalogue."""
        return np.where(np.append(self.truth, False), -np.inf, self.logits)

    def first(self, probability: Floats) -> tuple[float, bool]:
        """Of (N + 1,) probabilities, see `Imprints.first`."""
        return self.imprints.first(probability[:-1], self.truth)


def score(stages: Stages, imprints: Imprints, query: Query) -> Iterator[tuple[int, Source, Scored]]:
    """Number of faces, branch and logits: of all faces together, then of each alone.

    Nothing where no pill was found or the catalogue does not have it.
    """
    truth, seen = imprints.rows(query.label.imprint), stages.see(query)
    if not 0 < len(seen.faces) <= MAX_FACES or not truth.any():
        return
    alone = tuple(seen.each_alone()) if len(seen.faces) > 1 else ()
    for one in (seen, *alone):
        fused, matches = stages.rank(one)
        matched = match_logits(matches.score)
        yield len(one.faces), "fusion", Scored(fused, imprints, truth)
        yield len(one.faces), "imprint_match", Scored(matched, imprints, truth)


def fit(scored: Sequence[Scored]) -> Calibration:
    """The calibration of one branch for one number of faces."""
    start = [(math.log(0.8), -2.0), (0.0, 0.0), (math.log(1.25), -4.0)]
    found = [
        minimize(_loss, point, args=(scored,), method="Nelder-Mead", options=_EFFORT)
        for point in start
    ]
    log_temperature, not_listed = min(found, key=lambda one: float(one.fun)).x
    fitted = Calibration(math.exp(log_temperature), float(not_listed))
    named, mistaken, before = [], [], []
    for one in scored:
        probability = probabilities(one.logits, fitted)[:-1]
        named.append((float(probability.max()), bool(one.truth[probability.argmax()])))
        mistaken.append(float(probabilities(one.without_truth(), fitted)[:-1].max()))
        before.append(float(mass_before(probability)[one.truth].min()))
    return Calibration(
        temperature=round(fitted.temperature, 4),
        not_listed=round(fitted.not_listed, 4),
        identified=max(threshold(named), round(float(np.quantile(mistaken, 1 - LEFT_OUT)), 4)),
        masses=masses(np.array(before)),
    )


def _loss(point: Sequence[float], scored: Sequence[Scored]) -> float:
    """Log loss of "the first is right", and of "it is not listed" over pills in and out."""
    fitted = Calibration(math.exp(point[0]), float(point[1]))
    total = 0.0
    for one in scored:
        inside = probabilities(one.logits, fitted)
        outside = probabilities(one.without_truth(), fitted)
        total += _log_loss(*one.first(inside))
        total += (1 - NOT_LISTED_SHARE) * _log_loss(float(inside[-1]), False)
        total += NOT_LISTED_SHARE * _log_loss(float(outside[-1]), True)
    return total / len(scored)


def _log_loss(probability: float, true: bool) -> float:
    return -math.log(max(probability if true else 1 - probability, 1e-6))


def threshold(answers: Iterable[tuple[float, bool]]) -> float:
    """Least probability from which on answers are wrong no more often than `LARGEST_RISK`.

    The risk counts one more wrong answer than was seen, as conformal risk control does
    (Angelopoulos et al. 2024): few answers do not prove that there is no risk.
    """
    ordered = sorted(answers, reverse=True)
    wrong, least = 1, 1.0
    for count, (probability, right) in enumerate(ordered, start=2):
        wrong += not right
        if wrong <= LARGEST_RISK * count:
            least = probability
    return round(least, 4)


def masses(before: Floats) -> Mapping[float, float]:
    """The mass that those before the last one of a prediction set come short of, by coverage.

    Args:
        before: (n,) mass of all that seemed likelier than each query's true appearance.
    """
    ordered = np.append(np.sort(before), 1.0)
    places = {coverage: math.ceil((len(before) + 1) * coverage) - 1 for coverage in COVERAGES}
    return {coverage: float(ordered[place]) for coverage, place in places.items()}


def main(
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default that of rxmm.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Queries of each set.")] = None,
) -> None:
    """Fit and write the calibration of the released weights."""
    kept: dict[str, dict[tuple[Source, int], list[Scored]]] = {}
    for name in SETS_OF_COUNTRIES:
        stages = Stages.released(Catalog.load(SETS[name].catalog))
        imprints = Imprints(stages.catalog)
        found = kept.setdefault(SETS[name].catalog, defaultdict(list))
        queries = SETS[name].queries("tuning", limit)
        drawn = phone_pills(stages.catalog, min(DRAWN, limit or DRAWN))
        for query in track([*queries, *drawn], description=name, console=Console(stderr=True)):
            for faces, source, scored in score(stages, imprints, query):
                if faces == 1 or query.style != "phone":
                    found[source, faces].append(scored)
    every: dict[tuple[Source, int], list[Scored]] = defaultdict(list)
    for found in kept.values():
        for key, scored_queries in found.items():
            every[key] += scored_queries
    catalogs = {name: _branches(found) for name, found in (kept | {ANY: every}).items()}
    CalibrationFile((stages.reader.version, stages.fuse.version), catalogs).save(
        out or released_file()
    )
    for catalog, branches in catalogs.items():
        for source, fitted in branches.items():
            print(catalog, source, *fitted, sep="\n  ")


def _branches(found: Mapping[tuple[Source, int], Sequence[Scored]]) -> Branches:
    sources: tuple[Source, ...] = ("fusion", "imprint_match")
    return {s: tuple(fit(found[s, n]) for n in range(1, MAX_FACES + 1)) for s in sources}


if __name__ == "__main__":
    with told_in_one_line("calibrate"):
        typer.run(main)
