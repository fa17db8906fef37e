"""Photographs that show no pill: none may be answered ``identified``.

    python -m rxmm.evaluation.not_pills --limit 20 --catalog us --output runs/not_pills.md

Coins, buttons, sweets and other things that lie about, blank paper and screenshots, all drawn: any
number of them, always the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal
from zlib import crc32

import numpy as np
import typer
from numpy.typing import NDArray

from rxmm._command import told_in_one_line
from rxmm.errors import InputError, NoPillFoundError
from rxmm.evaluation.script import OutputOption, progress, publish
from rxmm.evaluation.things.kinds import THINGS
from rxmm.evaluation.things.photo import photograph, setting
from rxmm.evaluation.things.screens import screenshot
from rxmm.evaluation.things.thing import Thing
from rxmm.identifier import Identifier
from rxmm.results import Identification, Status

KINDS = (*THINGS, "screenshot")
"""What is drawn."""
TWO = 0.15
"""Share of photographs with two things of a kind, which may be taken for both faces of a pill."""

_SIZES = ((480, 480), (420, 560), (560, 420), (640, 480))

Outcome = Literal["no pill found"] | Status
OUTCOMES: tuple[Outcome, ...] = ("no pill found", "unidentified", "ambiguous", "identified")


def draw(kind: str, seed: int) -> NDArray[np.uint8]:
    """One photograph without a pill, (H, W, 3) uint8 RGB, edges of 380 to 640 pixels.

    Args:
        kind: one of `KINDS`.
        seed: 0 or more; the same drawing whenever it is the same.

    Raises:
        InputError: no such kind.
    """
    if kind not in KINDS:
        raise InputError(f"Nothing is drawn by the name {kind!r}; known: {', '.join(KINDS)}.")
    rng = np.random.default_rng([crc32(kind.encode()), seed])
    if kind == "screenshot":
        return screenshot(rng)
    shape = _SIZES[rng.integers(len(_SIZES))]
    scene = setting(int(rng.integers(2**31)))
    side, pose = min(shape), scene.pose
    radius, places = pose.radius * side, [(pose.x * shape[1], pose.y * shape[0])]
    if kind == "paper":
        radius = rng.uniform(0.45, 1.2) * side
        red, green, blue = scene.ground
        scene = replace(scene, ground=(red / 2, green / 2, blue / 2))  # a desk, darker than paper
    elif rng.random() < TWO:
        radius = 0.2 * side
        places = [(share * shape[1], pose.y * shape[0]) for share in (0.27, 0.73)]
    things = []
    looks = int(rng.integers(2**31))  # two things are two of the same look
    for place in places:
        things.append(Thing(shape, place, radius, rng.uniform(-np.pi, np.pi)))
        THINGS[kind](things[-1], np.random.default_rng(looks))
    return photograph(things, scene, shape)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said to one drawing.

    Attributes:
        probability: of the first answer, 0 where no pill was found.
        imprint: of the first answer, empty where no pill was found.
    """

    kind: str
    seed: int
    outcome: Outcome
    probability: float = 0.0
    imprint: tuple[str, ...] = ()


def ask(identify: Callable[[NDArray[np.uint8]], Identification], kind: str, seed: int) -> Reply:
    """Put one drawing to ``identify``, which takes (H, W, 3) uint8 RGB as `Identifier.identify`."""
    try:
        answer = identify(draw(kind, seed))
    except NoPillFoundError:
        return Reply(kind, seed, "no pill found")
    first = answer.candidates[0]
    return Reply(kind, seed, answer.status, first.probability, first.appearance.imprint)


def table(replies: Sequence[Reply]) -> str:
    """Markdown: a line per kind and one of all; below it, which drawings were identified."""
    head = ["kind", "n", *OUTCOMES, "highest probability"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for kind in dict.fromkeys(reply.kind for reply in replies):
        lines.append(_line(kind, [reply for reply in replies if reply.kind == kind]))
    lines.append(_line("all", replies))
    wrong = [reply for reply in replies if reply.outcome == "identified"]
    named = [
        f"- {r.kind}, seed {r.seed}: {' '.join(r.imprint)} ({r.probability:.3f})" for r in wrong
    ]
    return "\n".join([*lines, "", "Identified:", "", *(named or ["none"])])


def _line(name: str, replies: Sequence[Reply]) -> str:
    counts = [sum(reply.outcome == outcome for reply in replies) for outcome in OUTCOMES]
    highest = max((reply.probability for reply in replies), default=0.0)
    return f"| {name} | {len(replies)} | {' | '.join(map(str, counts))} | {highest:.3f} |"


def main(
    limit: Annotated[int, typer.Option("--limit", min=1, help="Drawings of each kind.")] = 20,
    catalog: Annotated[str, typer.Option("--catalog", help="us, tw or a path.")] = "us",
    output: OutputOption = None,
) -> None:
    """Print how drawings without a pill are answered."""
    identifier = Identifier.load(catalog)
    asked = [(kind, seed) for kind in KINDS for seed in range(limit)]
    replies = [ask(identifier.identify, kind, seed) for kind, seed in progress(asked, "not pills")]
    rows = f"catalogue {identifier.catalog.name} {identifier.catalog.version}"
    title = f"No pill, drawn, one photograph each, {rows}, {date.today().isoformat()}"
    publish(f"{title}\n\n{table(replies)}\n", output)


if __name__ == "__main__":
    with told_in_one_line("not_pills"):
        typer.run(main)
