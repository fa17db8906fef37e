"""Whether the answers know what they do not know.

    python -m rxmm.evaluation.certainty --set us-reference --output runs/certainty.md

Every pill is asked as it is and, to see whether a pill that is in no catalogue is rejected, with
its own rows taken out ("left out").  With ``--catalog`` pills of one country are asked of another's
catalogue, which does not have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np
import typer
from numpy.typing import NDArray

from rxmm._command import told_in_one_line
from rxmm.catalog.table import Catalog
from rxmm.decision import Decision, answer_of, decide
from rxmm.evaluation.imprints import Imprints
from rxmm.evaluation.metrics import (
    area_under_generalized_risk,
    area_under_risk,
    calibration_error,
    calibration_error_by_chance,
)
from rxmm.evaluation.query import Query
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
)
from rxmm.evaluation.stages import Stages
from rxmm.results import Seen, Status


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query was answered.

    Attributes:
        confidence: probability of the likeliest imprint, all its rows together.
        right: whether it is the true one; False for a pill that was left out.
        not_listed: probability of not being in the catalogue.
        rank: of the first row of the true imprint, from 1; None for a pill that was left out.
        set_sizes: by coverage, how many rows make the prediction set.
    """

    confidence: float
    right: bool
    not_listed: float
    status: Status
    rank: int | None
    set_sizes: Mapping[float, int]


UNANSWERED = Answer(0.0, False, 1.0, "unidentified", None, {})
"""No pill was found."""


class Examiner:
    """Asks queries with and without their own rows in the catalogue."""

    def __init__(self, stages: Stages) -> None:
        self._stages, self._imprints = stages, Imprints(stages.catalog)

    def __call__(self, query: Query) -> tuple[Answer, Answer]:
        """The answer as it is, and that with the pill left out."""
        truth = self._imprints.rows(query.label.imprint)
        seen = self._stages.see(query)
        if not seen.faces:
            return UNANSWERED, UNANSWERED
        fused, matches = self._stages.rank(seen)
        gone = np.where(truth, -np.inf, 0.0)
        hidden = matches._replace(fuzzy=matches.fuzzy + gone, lattice=matches.lattice + gone)
        faces, calibrations = seen.faces, self._stages.calibrations
        known = decide(fused, matches, faces, calibrations)
        unknown = decide(fused + np.append(gone, 0.0), hidden, faces, calibrations)
        return (
            self._answer(known, seen, truth),
            self._answer(unknown, seen, np.zeros_like(truth)),
        )

    def _answer(self, decision: Decision, seen: Seen, truth: NDArray[np.bool_]) -> Answer:
        confidence, right = self._imprints.first(decision.probability, truth)
        order = np.argsort(-decision.probability, kind="stable")
        ranks = np.flatnonzero(truth[order]) + 1
        return Answer(
            confidence=confidence,
            right=right,
            not_listed=decision.not_listed,
            status=answer_of(decision, seen, self._stages.catalog),
            rank=int(ranks[0]) if len(ranks) else None,
            set_sizes=decision.set_sizes,
        )


def to_markdown(answers: Sequence[tuple[Answer, Answer]]) -> str:
    """Three tables: probability and abstention, prediction sets, pills left out."""
    asked, left_out = ([pair[side] for pair in answers] for side in (0, 1))
    confidence, right = (
        np.array([getattr(answer, name) for answer in asked], dtype=float)
        for name in ("confidence", "right")
    )
    named = [answer for answer in asked if answer.status == "identified"]
    wrong = sum(not answer.right for answer in named)
    by_chance = calibration_error_by_chance(confidence)
    rows = [
        ("first imprint right", f"{right.mean():.3f}"),
        ("mean probability of the first imprint", f"{confidence.mean():.3f}"),
        ("ECE, 15 bins", f"{calibration_error(confidence, right):.3f}"),
        ("… of as many answers right as often as they say", f"{by_chance:.3f}"),
        ("AURC", f"{area_under_risk(confidence, right):.3f}"),
        ("AUGRC", f"{area_under_generalized_risk(confidence, right):.3f}"),
        ("called identified", f"{len(named) / len(asked):.3f}"),
        ("of these wrong", f"{wrong} of {len(named)} ({wrong / max(len(named), 1):.3f})"),
    ]
    text = _table(("of pills in the catalogue", ""), rows)
    sets = [
        (f"{coverage:.0%}", *map("{:.3f}".format, _sets(asked, coverage)))
        for coverage in max((answer.set_sizes for answer in asked), key=len)
    ]
    text += _table(("prediction set", "holds the true one", "mean size", "median", "of one"), sets)
    by_first = auroc([a.confidence for a in asked], [a.confidence for a in left_out])
    by_none = auroc([-a.not_listed for a in asked], [-a.not_listed for a in left_out])
    return text + _left_out(
        left_out,
        ("AUROC in or out, by probability of the first", f"{by_first:.3f}"),
        ("AUROC in or out, by probability of none", f"{by_none:.3f}"),
    )


def _left_out(answers: Sequence[Answer], *rows: Sequence[str]) -> str:
    """What is said of pills that are not in the catalogue, below other rows."""
    said = [
        (f"called {word}", f"{sum(answer.status == word for answer in answers) / len(answers):.3f}")
        for word in get_args(Status)
    ]
    return _table(("pills left out of the catalogue", ""), [*rows, *said])


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """Chance that of one pill in and one out of the catalogue the score tells which is which.

    Args:
        inside, outside: scores, higher for pills that seem to be in the catalogue.
    """
    from sklearn.metrics import roc_auc_score

    scores = [*inside, *outside]
    return float(roc_auc_score(np.arange(len(scores)) < len(inside), scores))


def _sets(asked: Sequence[Answer], coverage: float) -> tuple[float, float, float, float]:
    """Share of queries whose set holds the true row; mean and median size; share of size one."""
    held = [a.rank is not None and a.rank <= a.set_sizes.get(coverage, 0) for a in asked]
    sizes = np.array([a.set_sizes[coverage] for a in asked if a.set_sizes])
    return float(np.mean(held)), sizes.mean(), float(np.median(sizes)), float((sizes == 1).mean())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def main(
    set_name: SetOption = "us-reference",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    catalog: Annotated[
        Literal["us", "tw"] | None,
        typer.Option(help="Another country's: only pills that it does not have are asked."),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Print the tables of one set."""
    pills = LabelledPills.of(set_name, split, limit)
    if catalog is not None:
        pills = pills.strangers_to(Catalog.load(catalog))
    answers = list(map(Examiner(pills.stages), pills))
    if catalog is None:
        pills.publish(to_markdown(answers), output)
    else:
        pills.publish(_left_out([left_out for _, left_out in answers]), output)


if __name__ == "__main__":
    with told_in_one_line("certainty"):
        typer.run(main)
