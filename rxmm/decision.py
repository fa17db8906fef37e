"""From scores to an answer: probabilities, and whether they allow one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rxmm.branches import Source
from rxmm.catalog.matching import Matches
from rxmm.results import Status

TEMPERATURE = 0.54
"""Divides scores before the softmax."""
NOT_LISTED = 1.22
"""Score of "none of these pills": takes the mass when nothing agrees with what was seen.

Both, and the weights of the matches and of looks, minimise the log loss on the tuning parts: US
reference pairs (n = 158), single faces of them (n = 158, at half the weight) and Taiwan photographs
(n = 198), each query also asked once with its own pill taken out, at 15% of the weight.
"""
IDENTIFIED, AMBIGUOUS = 0.7, 0.1
"""Least probability of the best candidate to call a pill identified, or several of them likely."""


def match_logits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores of the N appearances by matchers and looks as logits, and last of none of these."""
    return np.append(scores, NOT_LISTED) / TEMPERATURE


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each appearance, (N,); with "not in this catalogue" they sum to 1.

    Args:
        logits: (N + 1,), last of none of these.
    """
    weights = np.exp(logits - logits.max())
    return np.asarray(weights[:-1] / weights.sum(), dtype=float)


def status(best: float) -> Status:
    """The answer in one word, given the probability of the best candidate."""
    if best >= IDENTIFIED:
        return "identified"
    return "ambiguous" if best >= AMBIGUOUS else "unidentified"


def answering_branch(
    fused: NDArray[np.float64], matches: Matches
) -> tuple[Source, NDArray[np.float64]]:
    """Which branch answers, and the probability of every appearance, (N,).

    The matches alone take over where the fusion sees nothing likely and they do.

    Args:
        fused: (N + 1,) logits of the fusion, last of none of these.
        matches: of the same query.
    """
    by_fusion, by_match = probabilities(fused), probabilities(match_logits(matches.score))
    if status(float(by_fusion.max())) == "unidentified" != status(float(by_match.max())):
        return "imprint_match", by_match
    return "fusion", by_fusion
