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

from rxmm._command import told_in_one_line
from rxmm.catalog.table import Catalog
from rxmm.decision import probabilities
from rxmm.evaluation.imprints import Imprints
from rxmm.evaluation.metrics import area_under_risk, calibration_error
from rxmm.evaluation.query import Query
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
)
from rxmm.evaluation.stages import Stages
from rxmm.models.ranker import FusionRanker
from rxmm.models.references import References
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
        stages: with the released fusion.
        members: further fusions of the same catalogue.

    Attributes:
        judged: by way of asking.
    """

    def __init__(self, stages: Stages, members: Sequence[FusionRanker]) -> None:
        self._stages, self._members = stages, tuple(members)
        self._imprints = Imprints(stages.catalog)
        self._ensemble = f"ensemble of {len(self._members) + 1}, mean"
        ways = [CALIBRATED, MEAN, INFORMATION]
        ways += [self._ensemble] if self._members else []
        self.judged = {way: Judged() for way in ways}

    def ask(self, query: Query) -> None:
        """Note what every way answers; no pill found is a miss of all, least sure."""
        truth = self._imprints.rows(query.label.imprint)
        seen = self._stages.see(query)
        if not seen.faces:
            for way, judged in self.judged.items():
                judged.confidence.append(-math.inf if way == INFORMATION else 0.0)
                judged.right.append(False)
            return
        released, matches = self._stages.rank(seen)
        fitted = self._stages.calibrations("fusion", seen.faces)

        def opinions(logits: Sequence[Floats]) -> Opinions:
            return Opinions.of(np.array([probabilities(one, matches, fitted) for one in logits]))

        dropped = opinions(list(self._stages.fuse.samples(seen, matches, SAMPLES)))
        self._note(CALIBRATED, probabilities(released, matches, fitted), truth)
        self._note(MEAN, dropped.mean, truth)
        self._note(INFORMATION, dropped.mean, truth, -dropped.mutual_information)
        if self._members:
            every = opinions([released, *(member(seen, matches) for member in self._members)])
            self._note(self._ensemble, every.mean, truth)

    def _note(
        self,
        way: str,
        probability: Floats,
        truth: NDArray[np.bool_],
        confidence: float | None = None,
    ) -> None:
        mass, right = self._imprints.first(probability[:-1], truth)
        self.judged[way].confidence.append(mass if confidence is None else confidence)
        self.judged[way].right.append(right)

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
    pills = LabelledPills.of(set_name, split, limit)
    jury = Jury(pills.stages, _open(members or (), pills.catalog, pills.stages.fuse))
    for query in pills:
        jury.ask(query)
    pills.publish(jury.to_markdown(), output)


if __name__ == "__main__":
    with told_in_one_line("opinions"):
        typer.run(main)
