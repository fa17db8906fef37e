"""From outcomes to figures: everything that the report says, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from rxmm.evaluation import metrics
from rxmm.evaluation.causes import cause_of
from rxmm.evaluation.figures import figures
from rxmm.evaluation.reading import confusions
from rxmm.evaluation.run import CANDIDATES, Outcome
from rxmm.evaluation.strata import below_mean, plain, strata


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All figures over the outcomes of one run, as JSON values (NaN as None)."""
    confidence = np.array([outcome.confidence for outcome in outcomes])
    correct = np.array([float(outcome.rank == 1) for outcome in outcomes])
    coverage, risk = metrics.risk_coverage(confidence, correct)
    swapped = sum((_confusions(outcome) for outcome in outcomes), Counter[tuple[str, str]]())
    by_stratum = strata(outcomes)
    return {
        "n": len(outcomes),
        "groups": len({outcome.query.group for outcome in outcomes}),
        "unanswered": sum(bool(outcome.error) for outcome in outcomes),
        "candidates": CANDIDATES,
        "metrics": {name: plain(figure) for name, figure in figures(outcomes).items()},
        "causes": dict(Counter(cause for o in outcomes if (cause := cause_of(o))).most_common()),
        "strata": by_stratum,
        "below_mean": below_mean(by_stratum, float(correct.mean())),
        "latency_ms": _latency(outcomes),
        "risk_coverage": {"coverage": coverage.tolist(), "risk": risk.tolist()},
        "confusions": [[*pair, count] for pair, count in swapped.most_common()],
        "queries": [_query(outcome) for outcome in outcomes],
    }


def _confusions(outcome: Outcome) -> Counter[tuple[str, str]]:
    return confusions(outcome.query.label.imprint, outcome.unaided)


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
