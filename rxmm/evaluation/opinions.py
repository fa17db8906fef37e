"""Whether several opinions tell better than one calibrated probability which answers are wrong.

    python -m rxmm.evaluation.opinions --set us-reference --members runs/fusion_b/epoch.ckpt

Compared by AURC: the calibrated probability, Monte-Carlo dropout over the fusion head (by its mean
and by its mutual information), and a small ensemble of fusions trained from other seeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from rxmm._command import told_in_one_line
from rxmm.calibration import Calibrations
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.decision import probabilities
from rxmm.evaluation.metrics import area_under_risk, calibration_error
from rxmm.evaluation.query import Query
from rxmm.evaluation.script import LimitOption, OutputOption, SetOption, SplitOption, publish
from rxmm.evaluation.seen import Seen
from rxmm.evaluation.sets import SETS
from rxmm.imprint.reader import EasyOCRReader, ImprintReader
from rxmm.models.ranker import FusionRanker
from rxmm.models.references import References
from rxmm.segmentation import PillSegmenter, Segmenter
from rxmm.uncertainty import Opinions

SAMPLES = 20
CALIBRATED = "calibrated probability"
MEAN, INFORMATION = f"dropout, mean of {SAMPLES}", "dropout, mutual information"

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Judged:
    """The answers of one way of asking: how sure each was, and whether it was right."""

    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)


class Jury:
    """Asks each query in every way.

    Args:
        fuse: the released fusion.
        members: further fusions of the same catalogue.

    Attributes:
        judged: by way of asking.
    """

    def __init__(
        self,
        catalog: Catalog,
        segmenter: Segmenter,
        reader: ImprintReader,
        fuse: FusionRanker,
        members: Sequence[FusionRanker],
        calibrations: Calibrations,
    ) -> None:
        self._segmenter, self._reader, self._match = segmenter, reader, Matcher(catalog)
        self._fuse, self._members, self._calibrations = fuse, tuple(members), calibrations
        keys = [tuple(sorted(imprint)) for imprint in catalog.imprint_tokens]
        self._number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        self._imprint = np.array([self._number[key] for key in keys])
        ways = [CALIBRATED, MEAN, INFORMATION]
        self._ensemble = f"ensemble of {len(self._members) + 1}, mean"
        ways += [self._ensemble] if self._members else []
        self.judged = {way: Judged() for way in ways}

    def ask(self, query: Query) -> None:
        """Note what every way answers; no pill found is a miss of all, least sure."""
        truth = self._number.get(appearance_key(query.label.imprint), -1)
        seen = Seen.of(query, self._segmenter, self._reader)
        if not seen.faces:
            for way, judged in self.judged.items():
                judged.confidence.append(-math.inf if way == INFORMATION else 0.0)
                judged.right.append(False)
            return
        asked = (seen.faces, seen.readings, seen.looks, self._match(seen.readings, seen.looks))
        fitted = self._calibrations("fusion", len(seen.faces))

        def opinions(logits: Sequence[Floats]) -> Opinions:
            return Opinions.of(np.array([probabilities(one, fitted) for one in logits]))

        released = self._fuse(*asked)
        dropped = opinions(list(self._fuse.samples(*asked, SAMPLES)))
        self._note(CALIBRATED, probabilities(released, fitted), truth)
        self._note(MEAN, dropped.mean, truth)
        self._note(INFORMATION, dropped.mean, truth, -dropped.mutual_information)
        if self._members:
            every = opinions([released, *(member(*asked) for member in self._members)])
            self._note(self._ensemble, every.mean, truth)

    def _note(
        self, way: str, probability: Floats, truth: int, confidence: float | None = None
    ) -> None:
        mass = np.bincount(self._imprint, probability[:-1])
        best, judged = int(mass.argmax()), self.judged[way]
        judged.confidence.append(min(float(mass[best]), 1.0) if confidence is None else confidence)
        judged.right.append(best == truth)

    def to_markdown(self) -> str:
        """A line for each way."""
        lines = ["| asked by | first right | ECE, 15 bins | AURC |", "|---|---|---|---|"]
        for way, judged in self.judged.items():
            confidence, right = np.array(judged.confidence), np.array(judged.right, dtype=float)
            error = "-" if way == INFORMATION else f"{calibration_error(confidence, right):.3f}"
            area = f"{area_under_risk(confidence, right):.4f}"
            lines.append(f"| {way} | {right.mean():.3f} | {error} | {area} |")
        return "\n".join(lines) + "\n"


def _open(members: Sequence[Path], catalog: Catalog, fuse: FusionRanker) -> list[FusionRanker]:
    from rxmm.training.image import load_model  # Lightning: only where it is asked for

    seen = References.released(catalog, fuse.dim, fuse.version)
    return [FusionRanker(load_model(path), catalog, seen) for path in members]


def main(
    set_name: SetOption = "us-reference",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    members: Annotated[
        list[Path] | None, typer.Option(help="Fusions trained from other seeds, same encoders.")
    ] = None,
    output: OutputOption = None,
) -> None:
    """Print the table of one set."""
    query_set = SETS[set_name]
    queries = query_set.queries(split, limit)
    catalog, reader = Catalog.load(query_set.catalog), EasyOCRReader.released()
    fuse = FusionRanker.released(catalog)
    jury = Jury(
        catalog,
        PillSegmenter(),
        reader,
        fuse,
        _open(members or (), catalog, fuse),
        Calibrations.released(catalog.name, reader.version, fuse.version),
    )
    for query in track(queries, description=set_name, console=Console(stderr=True)):
        jury.ask(query)
    publish(f"## {query_set.title(split)}, n = {len(queries)}\n\n{jury.to_markdown()}", output)


if __name__ == "__main__":
    with told_in_one_line("opinions"):
        typer.run(main)
