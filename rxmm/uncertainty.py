"""How far several opinions of one pill agree: samples of one model, or several models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        shared = float(_entropy(mean[None])[0] - _entropy(probability).mean())
        return cls(mean, probability.std(axis=0), max(shared, 0.0))


def _entropy(probability: Floats) -> Floats:
    """In nats, of each row of (S, N + 1)."""
    certain = np.log(np.clip(probability, 1e-12, None))
    return np.asarray(-(probability * certain).sum(axis=1), dtype=float)
