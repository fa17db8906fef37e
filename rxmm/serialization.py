"""An identification as JSON, in the versioned form of ``schema/identification-1.json``."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from typing import Any

from rxmm.notice import NOTICE
from rxmm.results import (
    Appearance,
    Candidate,
    FaceEvidence,
    Identification,
    ImprintReading,
    LookAlike,
    PredictionSet,
    Product,
)

SCHEMA = "rxmm.identification/1"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every answer of rxmm satisfies."""
    text = files("rxmm").joinpath("schema/identification-1.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def to_dict(identification: Identification, query_id: str | None = None) -> dict[str, Any]:
    """The answer as plain JSON values; ``query_id`` is a batch row's id."""
    return _head(query_id) | {
        "status": identification.status,
        "source": identification.source,
        "candidates": [_candidate(candidate) for candidate in identification.candidates],
        "not_listed": round(identification.not_listed, 6),
        "prediction_sets": [_set(known) for known in identification.prediction_sets],
        "look_alikes": [_look_alike(other) for other in identification.look_alikes],
        "next_steps": list(identification.next_steps),
        "evidence": [_face(evidence) for evidence in identification.evidence],
        "timings_ms": dict(identification.timings_ms),
        "versions": dict(identification.versions),
        "notice": NOTICE,
    }


def failure_to_dict(error: Exception, query_id: str | None = None) -> dict[str, Any]:
    """A query without an answer: unidentified, no candidates, and why.

    The schema wants a ``source``: it names the branch that answers where no other does.
    """
    return _head(query_id) | {
        "error": str(error),
        "status": "unidentified",
        "source": "imprint_match",
        "candidates": [],
        "not_listed": 0.0,
        "prediction_sets": [],
        "look_alikes": [],
        "next_steps": ["Mend what the error names, then ask again."],
        "evidence": [],
        "timings_ms": {},
        "versions": {},
        "notice": NOTICE,
    }


def _head(query_id: str | None) -> dict[str, Any]:
    return {"schema": SCHEMA} | ({} if query_id is None else {"id": query_id})


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "rank": candidate.rank,
        **appearance_to_dict(candidate.appearance),
        "probability": round(candidate.probability, 6),
        "agrees": list(candidate.agrees),
        "differs": list(candidate.differs),
    }


def _look_alike(other: LookAlike) -> dict[str, Any]:
    return {
        "differs_in": other.differs_in,
        "check": other.check,
        **appearance_to_dict(other.appearance),
    }


def _set(known: PredictionSet) -> dict[str, Any]:
    return {
        "coverage": known.coverage,
        "size": known.size,
        "appearance_ids": list(known.appearance_ids),
    }


def appearance_to_dict(appearance: Appearance) -> dict[str, Any]:
    """An appearance with its products as plain JSON values."""
    return {
        "appearance_id": appearance.appearance_id,
        "imprint": list(appearance.imprint),
        "color": [color.value for color in appearance.colors],
        "shape": appearance.shape.value if appearance.shape else None,
        "size_mm": appearance.size_mm,
        "score": appearance.score,
        "products": [_product(product) for product in appearance.products],
    }


def _product(product: Product) -> dict[str, Any]:
    return {
        **dataclasses.asdict(product),
        "ndc": "-".join(product.ndc),
        "packages": list(product.packages),
        "ingredients": list(product.ingredients),
    }


def _face(evidence: FaceEvidence) -> dict[str, Any]:
    looks = evidence.looks
    return {
        "photo": evidence.photo,
        "reading": _reading(evidence.reading),
        "unaided": _reading(evidence.unaided),
        "colors": [_distribution(part) for part in looks.colors],
        "shape": _distribution(looks.shape),
        "score": _distribution(looks.score),
        "aspect_ratio": round(looks.aspect_ratio, 3),
        "size_mm": None if looks.size_mm is None else round(looks.size_mm, 1),
        "box": list(evidence.face.box),
    }


def _reading(reading: ImprintReading) -> dict[str, Any]:
    return {
        "text": reading.text,
        "tokens": [
            {
                "text": token.text,
                "read": token.text if token.read is None else token.read,
                "confidence": round(token.confidence, 4),
                "angle": token.angle,
                "quad": [[round(x, 1), round(y, 1)] for x, y in token.quad],
            }
            for token in reading.tokens
        ],
    }


def _distribution(probabilities: Any) -> dict[str, float]:
    """Likeliest first, without the terms that round to nothing."""
    ordered = sorted(probabilities.items(), key=lambda item: -item[1])
    return {str(term): round(float(p), 4) for term, p in ordered if p >= 0.00005}
