"""From outcomes to figures: everything that the report says, as plain values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from rxmm.comparison import NEAR_SHAPES
from rxmm.evaluation import metrics
from rxmm.evaluation.causes import cause_of
from rxmm.evaluation.metrics import Estimate, Rows, ratio
from rxmm.evaluation.reading import character_errors, confusions, tokens_found
from rxmm.evaluation.run import CANDIDATES, Outcome, SeenFace

STRATUM_METRICS = ("top1", "top5", "token_recall", "cer", "color", "shape_near")


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All figures over the outcomes of one run, as JSON values (NaN as None)."""
    confidence = np.array([outcome.confidence for outcome in outcomes])
    correct = np.array([float(outcome.rank == 1) for outcome in outcomes])
    coverage, risk = metrics.risk_coverage(confidence, correct)
    swapped = sum((_confusions(outcome) for outcome in outcomes), Counter[tuple[str, str]]())
    return {
        "n": len(outcomes),
        "groups": len({outcome.query.group for outcome in outcomes}),
        "unanswered": sum(bool(outcome.error) for outcome in outcomes),
        "candidates": CANDIDATES,
        "metrics": {name: _plain(figure) for name, figure in figures(outcomes).items()},
        "causes": dict(Counter(cause for o in outcomes if (cause := cause_of(o))).most_common()),
        "strata": _strata(outcomes),
        "latency_ms": _latency(outcomes),
        "risk_coverage": {"coverage": coverage.tolist(), "risk": risk.tolist()},
        "confusions": [[*pair, count] for pair, count in swapped.most_common()],
        "queries": [_query(outcome) for outcome in outcomes],
    }


def figures(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Every figure of merit by name, with its interval."""
    samples = metrics.resamples([outcome.query.group for outcome in outcomes])
    confidence = np.array([outcome.confidence for outcome in outcomes])
    correct = np.array([float(outcome.rank == 1) for outcome in outcomes])
    terms = [_terms(outcome) for outcome in outcomes]
    result = {}
    for name in terms[0]:
        parts = np.array([term[name] for term in terms], dtype=float)  # (N, 2)
        figure = metrics.estimate(ratio(parts[:, 0], parts[:, 1]), len(outcomes), samples)
        applies = int((parts[:, 1] > 0).sum())
        result[name] = Estimate(figure.value, figure.low, figure.high, applies)
    of_confidence: dict[str, Callable[[Rows], float]] = {
        "ece": lambda rows: metrics.calibration_error(confidence[rows], correct[rows]),
        "aurc": lambda rows: metrics.area_under_risk(confidence[rows], correct[rows]),
    }
    for name, statistic in of_confidence.items():
        result[name] = metrics.estimate(statistic, len(outcomes), samples)
    return result


def _terms(outcome: Outcome) -> dict[str, tuple[float, float]]:
    """Numerator and denominator that one query adds to each rate; (0, 0) where it has none."""
    label, read, rank = outcome.query.label, outcome.read, outcome.rank
    unaided = tokens_found(label.imprint, outcome.unaided)
    identified = outcome.status == "identified"
    found = tokens_found(label.imprint, read)
    single = [token for token in label.imprint if len(token) == 1]
    near = next((pair for pair in NEAR_SHAPES if label.shape in pair), {label.shape})
    offered = {token for face in outcome.faces for token in face.offered}
    counted = Counter(face.photo for face in outcome.faces)
    shown = outcome.query.faces
    return {
        "top1": (rank == 1, 1),
        "top5": (rank is not None and rank <= 5, 1),
        "mrr": (1 / rank if rank else 0, 1),
        "map": (metrics.average_precision(outcome.true_rows, outcome.relevant), 1),
        "generic1": (bool(outcome.generic_right), outcome.generic_right is not None),
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
        "shape_near": _share(outcome, label.shape is not None, lambda f: f.shape in near),
    }


def _share(outcome: Outcome, known: bool, right: Callable[[SeenFace], bool]) -> tuple[float, float]:
    """Share of the faces that are right, of one query; no face found is not right."""
    if not known:
        return 0.0, 0.0
    return (float(np.mean([right(face) for face in outcome.faces] or [False])), 1.0)


def _confusions(outcome: Outcome) -> Counter[tuple[str, str]]:
    return confusions(outcome.query.label.imprint, outcome.unaided)


def _strata(outcomes: Sequence[Outcome]) -> dict[str, dict[str, dict[str, Any]]]:
    """By stratum and value: n and the figures that show a weak group."""
    result: dict[str, dict[str, dict[str, Any]]] = {}
    members: dict[str, dict[str, list[Outcome]]] = {}
    for outcome in outcomes:
        for stratum, value in _values(outcome):
            members.setdefault(stratum, {}).setdefault(value, []).append(outcome)
    for stratum, values in members.items():
        result[stratum] = {}
        for value, part in sorted(values.items(), key=lambda item: (-len(item[1]), item[0])):
            own = figures(part)
            result[stratum][value] = {"n": len(part)} | {
                name: _plain(own[name]) for name in STRATUM_METRICS
            }
    return result


def _values(outcome: Outcome) -> Iterator[tuple[str, str]]:
    label = outcome.query.label
    yield "shape", label.shape.value if label.shape else "not known"
    yield "color", "+".join(sorted(label.colors)) or "not known"
    yield "imprint type", label.imprint_type or "not known"
    length = sum(map(len, label.imprint))
    yield "imprint length", next(name for most, name in _LENGTHS if length <= most)
    yield "imprint tokens", str(min(len(label.imprint), 4)) + ("+" * (len(label.imprint) >= 4))
    yield "faces found", str(len(outcome.faces))
    if outcome.query.style:
        yield "style", outcome.query.style


_LENGTHS = ((2, "1-2"), (4, "3-4"), (6, "5-6"), (9, "7-9"), (math.inf, "10+"))
"""Most characters of an imprint, and what the stratum is called."""


def _latency(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each stage, over the queries that got through all stages."""
    timed = [outcome.timings_ms for outcome in outcomes if outcome.timings_ms]
    stages = list(timed[0]) if timed else []
    return {
        stage: {
            "median": round(float(np.median([t[stage] for t in timed])), 1),
            "p95": round(float(np.percentile([t[stage] for t in timed], 95)), 1),
        }
        for stage in stages
    }


def _plain(figure: Estimate) -> dict[str, Any]:
    numbers = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {k: None if math.isnan(v) else round(v, 4) for k, v in numbers.items()} | {"n": figure.n}


def _query(outcome: Outcome) -> dict[str, Any]:
    label = outcome.query.label
    return {
        "id": outcome.query.id,
        "group": outcome.query.group,
        "truth": list(label.imprint),
        "true_colors": list(label.colors),
        "true_shape": label.shape,
        "read": [list(face.read) for face in outcome.faces],
        "unaided": [list(face.unaided) for face in outcome.faces],
        "colors": [sorted(face.colors) for face in outcome.faces],
        "shapes": [face.shape for face in outcome.faces],
        "rank": outcome.rank,
        "confidence": round(outcome.confidence, 4),
        "status": outcome.status,
        "cause": cause_of(outcome),
        "top": [" ".join(key) for key in outcome.ranking[:5]],
        "ms": outcome.timings_ms.get("total"),
        "error": outcome.error,
    }
