"""The figures of merit of a run, each with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from rxmm.catalog.vocabulary import near_shapes
from rxmm.evaluation import metrics
from rxmm.evaluation.metrics import Estimate, Rows, ratio
from rxmm.evaluation.reading import character_errors, tokens_found
from rxmm.evaluation.run import Outcome, SeenFace


def figures(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Every figure of merit by name, with its interval."""
    samples = _samples(outcomes)
    confidence = np.array([outcome.confidence for outcome in outcomes])
    correct = np.array([float(outcome.rank == 1) for outcome in outcomes])
    result = _rates(outcomes, samples)
    # Without an interval: drawn again, answers seem worse calibrated than they are.
    error = metrics.calibration_error(confidence, correct)
    result["ece"] = Estimate(error, float("nan"), float("nan"), len(outcomes))
    chance = metrics.calibration_error_by_chance(confidence)
    result["ece_by_chance"] = Estimate(chance, float("nan"), float("nan"), len(outcomes))
    of_confidence: dict[str, Callable[[Rows], float]] = {
        "aurc": lambda rows: metrics.area_under_risk(confidence[rows], correct[rows]),
        "augrc": lambda rows: metrics.area_under_generalized_risk(confidence[rows], correct[rows]),
    }
    for name, statistic in of_confidence.items():
        result[name] = metrics.estimate(statistic, len(outcomes), samples)
    return result


def rates(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """The figures that are rates over queries, without those of the confidence: much faster."""
    return _rates(outcomes, _samples(outcomes))


def _samples(outcomes: Sequence[Outcome]) -> list[Rows]:
    return metrics.resamples([outcome.query.group for outcome in outcomes])


def _rates(outcomes: Sequence[Outcome], samples: Sequence[Rows]) -> dict[str, Estimate]:
    terms = [_terms(outcome) for outcome in outcomes]
    result = {}
    for name in terms[0]:
        parts = np.array([term[name] for term in terms], dtype=float)  # (N, 2)
        figure = metrics.estimate(ratio(parts[:, 0], parts[:, 1]), len(outcomes), samples)
        applies = int((parts[:, 1] > 0).sum())
        result[name] = Estimate(figure.value, figure.low, figure.high, applies)
    return result


def _terms(outcome: Outcome) -> dict[str, tuple[float, float]]:
    """Numerator and denominator that one query adds to each rate; (0, 0) where it has none."""
    label, read, rank = outcome.query.label, outcome.read, outcome.rank
    unaided = tokens_found(label.imprint, outcome.unaided)
    identified = outcome.status == "identified"
    found = tokens_found(label.imprint, read)
    single = [token for token in label.imprint if len(token) == 1]
    offered = {token for face in outcome.faces for token in face.offered}
    counted = Counter(face.photo for face in outcome.faces)
    shown = outcome.query.faces
    return {
        "top1": (rank == 1, 1),
        "top5": (rank is not None and rank <= 5, 1),
        "mrr": (1 / rank if rank else 0, 1),
        "map": (metrics.average_precision(outcome.true_rows, outcome.relevant), 1),
        "generic1": (bool(outcome.generic_right), outcome.generic_right is not None),
        "by_match": (outcome.source == "imprint_match", 1),
        "identified": (identified, 1),
        "identified_right": (identified and rank == 1, identified),
        "token_recall": (found, len(label.imprint)),
        "single_character_recall": (tokens_found(single, read), len(single)),
        "token_precision": (found, len(read)),
        "unaided_recall": (unaided, len(label.imprint)),
        "unaided_precision": (unaided, len(outcome.unaided)),
        "hypothesis_recall": (
            sum(token in offered for token in label.imprint),
            len(label.imprint),
        ),
        "cer": (character_errors(label.imprint, read), sum(map(len, label.imprint))),
        "face_count": (all(counted[photo] == n for photo, n in enumerate(shown)), 1),
        "color": _share(outcome, bool(label.colors), lambda f: f.colors == set(label.colors)),
        "shape": _share(outcome, label.shape is not None, lambda f: f.shape is label.shape),
        "shape_near": _share(
            outcome, label.shape is not None, lambda f: near_shapes(f.shape, label.shape)
        ),
    }


def _share(outcome: Outcome, known: bool, right: Callable[[SeenFace], bool]) -> tuple[float, float]:
    """Share of the faces that are right, of one query; no face found is not right."""
    if not known:
        return 0.0, 0.0
    return (float(np.mean([right(face) for face in outcome.faces] or [False])), 1.0)
