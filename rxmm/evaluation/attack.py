"""Do small changes of the pixels that the image encoder sees change the answer?

    python -m rxmm.evaluation.attack --set us-reference --limit 40 --output runs/attack.md

Projected gradient descent within a maximum norm (Madry et al., Towards Deep Learning Models
Resistant to Adversarial Attacks, ICLR 2018, arXiv:1706.06083) on the cut-out faces, against
whatever the fusion's first answer is: the score of the likeliest other imprint is to pass that of
the first.  What was read, the looks and the matches stay as they were: it is an attack on the image
encoder alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor

from rxmm._command import told_in_one_line
from rxmm.calibration import Calibrations
from rxmm.catalog.imprint_text import AppearanceKey, appearance_key
from rxmm.catalog.matching import Matcher, Matches
from rxmm.catalog.table import Catalog
from rxmm.decision import answer_of, decide
from rxmm.evaluation.query import Query
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
)
from rxmm.models.image_encoder import cut_out
from rxmm.models.ranker import FusionRanker
from rxmm.results import PillFace, Seen, Status

EPSILON = 4 / 255
"""Most that a pixel changes, of its range from 0 to 1."""
STEPS, STEP = 20, 1 / 255
RIVALS = 100
"""Rows whose scores are followed; every row is scored before and after."""


def pgd(pixels: Tensor, margin: Callable[[Tensor], Tensor], seed: int = 0) -> Tensor:
    """The pixels of the least margin found, from a random start.

    Args:
        pixels: of any shape, in [0, 1].
        margin: of such pixels, a scalar with a gradient; below 0 the attack has succeeded.

    Returns:
        Pixels in [0, 1], each at most `EPSILON` from its own; no margin is larger than before.
    """
    low, high = (pixels - EPSILON).clamp_min(0), (pixels + EPSILON).clamp_max(1)
    noise = torch.rand(pixels.shape, generator=torch.Generator().manual_seed(seed))
    best, least = pixels, margin(pixels).item()
    now = low + (high - low) * noise
    for _ in range(STEPS):
        now.requires_grad_()
        value = margin(now)
        if value.item() < least:
            best, least = now.detach(), value.item()
        (slope,) = torch.autograd.grad(value, now)
        now = torch.minimum(torch.maximum(now.detach() - STEP * slope.sign(), low), high)
    return now if margin(now).item() < least else best


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer, and how far its best row is ahead of the best row of another imprint."""

    key: AppearanceKey
    status: Status
    margin: float


class Attack:
    """One pill at a time, before and after.

    Args:
        calibrations: as the answers are given with.
    """

    def __init__(self, catalog: Catalog, ranker: FusionRanker, calibrations: Calibrations) -> None:
        self._ranker, self._match, self._calibrations = ranker, Matcher(catalog), calibrations
        self._catalog = catalog
        self._keys = catalog.imprint_keys

    def __call__(self, seen: Seen) -> tuple[Answer, Answer]:
        """The answer to a pill of which a face was seen, as it is and after the attack."""
        matches = self._match(seen.readings, seen.looks)
        logits = self._ranker(seen, matches)
        order = np.argsort(-logits[:-1], kind="stable")
        first = self._keys[order[0]]
        same = torch.tensor([self._keys[row] == first for row in order])
        # A rival must be among them, however many rows have the first imprint.
        count = max(RIVALS, int(same.int().argmin()) + 1)
        rows, same = order[:count].tolist(), same[:count]
        pixels, alpha = cut_outs(seen.faces, self._ranker.images(seen.faces).shape[-1])

        def scores(pixels: Tensor, rows: Sequence[int]) -> Tensor:
            images = shown(pixels, alpha)[None]
            return self._ranker.terms(images, seen, matches, rows)[0].sum(dim=1)

        def margin(pixels: Tensor) -> Tensor:
            score = scores(pixels, rows)
            return score[same].max() - score[~same].max()

        attacked = pgd(pixels, margin)
        with torch.inference_mode():
            after = scores(attacked, range(len(self._keys))).double().numpy()
        # "None of these" does not depend on the pixels.
        attacked_logits = np.append(after, logits[-1])
        return (
            self._answer(logits, matches, seen),
            self._answer(attacked_logits, matches, seen),
        )

    def _answer(self, logits: NDArray[np.float64], matches: Matches, seen: Seen) -> Answer:
        decision = decide(logits, matches, seen.faces, self._calibrations)
        probability = decision.probability
        order = np.argsort(-probability, kind="stable")
        key = self._keys[order[0]]
        rival = next(row for row in order if self._keys[row] != key)
        ahead = float(np.log(probability[order[0]]) - np.log(probability[rival]))
        return Answer(key, answer_of(decision, seen, self._catalog), ahead)


def cut_outs(faces: Sequence[PillFace], side: int) -> tuple[Tensor, Tensor]:
    """Pixels (F, 3, side, side) of the cut-out faces and their opacity (F, 1, …), in [0, 1]."""
    stacked = torch.from_numpy(np.stack([cut_out(face, side) for face in faces]))
    planes = stacked.movedim(-1, 1).float() / 255
    return planes[:, :3], planes[:, 3:]


def shown(pixels: Tensor, alpha: Tensor) -> Tensor:
    """What the encoder is shown of pixels, in [-1, 1], as `rxmm.models.image_encoder.to_images`."""
    return (2 * pixels - 1) * alpha


def to_markdown(truths: Sequence[AppearanceKey], answers: Sequence[tuple[Answer, Answer]]) -> str:
    """The shares over all pills of which a face was found."""
    n = len(answers)
    pairs = list(zip(truths, answers, strict=True))

    def share(name: str, count: int, of: int) -> str:
        return f"| {name} | {count} of {of} | {count / of if of else float('nan'):.3f} |"

    def wrong_and_sure(which: int) -> int:
        return sum(a[which].key != truth and a[which].status == "identified" for truth, a in pairs)

    before = [a for a in answers if a[0].status == "identified"]
    ahead = (float(np.median([a[which].margin for a in answers])) for which in (0, 1))
    lines = [
        "| after an attack | n | share |",
        "|---|---|---|",
        share("answers changed", sum(a.key != b.key for a, b in answers), n),
        share(
            "identified, then not", sum(b.status != "identified" for _, b in before), len(before)
        ),
        share("top-1 before", sum(a[0].key == truth for truth, a in pairs), n),
        share("top-1 after", sum(a[1].key == truth for truth, a in pairs), n),
        share("wrong and identified before", wrong_and_sure(0), n),
        share("wrong and identified after", wrong_and_sure(1), n),
        "",
        f"{STEPS} steps of {STEP * 255:.0f}/255 within {EPSILON * 255:.0f}/255; log odds of the "
        "first answer to the next, median before and after: {:.2f}, {:.2f}.".format(*ahead),
    ]
    return "\n".join(lines)


def attack_all(
    attack: Attack, queries: Iterable[Query], see: Callable[[Query], Seen]
) -> tuple[list[AppearanceKey], list[tuple[Answer, Answer]]]:
    """True appearances and answers of the queries of which a face is found."""
    truths, answers = [], []
    for query in queries:
        seen = see(query)
        if seen.faces:
            truths.append(appearance_key(query.label.imprint))
            answers.append(attack(seen))
    return truths, answers


def main(
    set_name: SetOption = "us-reference",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    output: OutputOption = None,
) -> None:
    """Print the table of one set."""
    pills = LabelledPills.of(set_name, split, limit)
    stages = pills.stages
    attack = Attack(stages.catalog, stages.fuse, stages.calibrations)
    pills.publish(to_markdown(*attack_all(attack, pills, stages.see)), output)


if __name__ == "__main__":
    with told_in_one_line("attack"):
        typer.run(main)
