"""How far several opinions of one pill agree: samples of one model, or several models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from rxmm.decision import probabilities
from rxmm.errors import InputError
from rxmm.results import Identification

if TYPE_CHECKING:
    from rxmm.identifier import Identifier

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """S opinions about the N appearances of a catalogue and "none of these".

    Attributes:
        mean: (N + 1,) probability, their mean.
        deviation: (N + 1,) standard deviation of each probability.
        mutual_information: what another opinion would tell of the answer, in nats, at least 0: high
            where each is sure and they differ (BALD, Houlsby et al. 2011).
    """

    mean: Floats
    deviation: Floats
    mutual_information: float

    @classmethod
    def of(cls, probability: Floats) -> Opinions:
        """Of probabilities (S, N + 1), each summing to 1."""
        mean = probability.mean(axis=0)
        shared = float(entr(mean).sum() - entr(probability).sum(axis=1).mean())
        return cls(mean, probability.std(axis=0), max(shared, 0.0))

    def to_dict(self) -> dict[str, float]:
        """The first appearance's mean and deviation, and the mutual information, for JSON."""
        first = int(self.mean[:-1].argmax())
        return {
            "mean": round(float(self.mean[first]), 6),
            "deviation": round(float(self.deviation[first]), 6),
            "mutual_information": round(self.mutual_information, 6),
        }

    def __str__(self) -> str:
        found = self.to_dict()
        return (
            f"first appearance {found['mean']:.2f} ± {found['deviation']:.2f}, "
            f"mutual information {found['mutual_information']:.2f} nats"
        )


def sampled(identifier: Identifier, answer: Identification, count: int) -> Opinions:
    """Opinions of the fusion about an answer of this identifier, by Monte-Carlo dropout.

    Args:
        count: how many.

    Raises:
        InputError: the fusion did not give this answer.
    """
    fusion = identifier.fusion if answer.source == "fusion" else None
    if fusion is None:
        raise InputError(
            "The match of the imprint answered, and only the fusion can be sampled: do not type "
            "the imprint, and use --ranking fusion."
        )
    seen = answer.seen
    matches = identifier.matches(seen.readings, seen.looks)
    fitted = identifier.calibrations("fusion", seen.faces)
    logits = fusion.samples(seen, matches, count)
    return Opinions.of(np.array([probabilities(one, matches, fitted) for one in logits]))
