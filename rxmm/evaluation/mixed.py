"""What is said where photographs of two pills are given as the two faces of one.

    python -m rxmm.evaluation.mixed --set us-reference --output runs/mixed.md

The first face of each pill stands beside the second face of the next one with another imprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

import typer

from rxmm._command import told_in_one_line
from rxmm.catalog.imprint_text import AppearanceKey, appearance_key
from rxmm.comparison import of_one_pill
from rxmm.decision import answer_of, decide
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
    progress,
)
from rxmm.evaluation.stages import Stages
from rxmm.results import MAX_FACES, Seen, Status


class Told(NamedTuple):
    """What is said of two faces.

    Attributes:
        one_pill: whether they may be of one pill, see `rxmm.comparison.of_one_pill`.
    """

    status: Status
    one_pill: bool


def mixed(pills: Sequence[tuple[AppearanceKey, Seen]]) -> Iterator[Seen]:
    """Faces of two pills each; none where all pills bear one imprint."""
    for number, (imprint, first) in enumerate(pills):
        following = (*pills[number + 1 :], *pills[:number])
        other = next((seen for its, seen in following if its != imprint), None)
        if other is not None:
            yield Seen(
                [*first.faces[:1], *other.faces[1:]],
                [*first.readings[:1], *other.readings[1:]],
                [*first.looks[:1], *other.looks[1:]],
            )


def ask(stages: Stages, seen: Seen) -> Told:
    """Rank the catalogue for these faces."""
    fused, matches = stages.rank(seen)
    decision = decide(fused, matches, seen.faces, stages.calibrations)
    status = answer_of(decision, seen, stages.catalog)
    return Told(status, of_one_pill(seen.looks))


def to_markdown(told: Mapping[str, Sequence[Told]]) -> str:
    """A line for each way the faces were put together."""
    words = get_args(Status)
    lines = [f"| faces | n | {' | '.join(words)} | taken for two pills |", "|---" * 6 + "|"]
    for name, answers in told.items():
        counts = Counter(answer.status for answer in answers)
        shares = [counts[word] / len(answers) for word in words]
        shares.append(sum(not answer.one_pill for answer in answers) / len(answers))
        cells = " | ".join(f"{share:.3f}" for share in shares)
        lines.append(f"| {name} | {len(answers)} | {cells} |")
    return "\n".join(lines)


def main(
    set_name: SetOption = "us-reference",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    output: OutputOption = None,
) -> None:
    """Print the table of one set."""
    pills = LabelledPills.of(set_name, split, limit)
    stages = pills.stages
    seen = [(appearance_key(query.label.imprint), stages.see(query)) for query in pills]
    pairs = [(imprint, both) for imprint, both in seen if len(both.faces) == MAX_FACES]
    together = {"of one pill": [both for _, both in pairs], "of two pills": list(mixed(pairs))}
    told = {
        name: [ask(stages, faces) for faces in progress(given, name)]
        for name, given in together.items()
    }
    pills.publish(to_markdown(told), output)


if __name__ == "__main__":
    with told_in_one_line("mixed"):
        typer.run(main)
