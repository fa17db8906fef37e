"""Put every query to the identifier and keep what the figures need of each answer."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rxmm.branches import Source
from rxmm.catalog.imprint_text import AppearanceKey, appearance_key, tokens
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.comparison import likely_shape
from rxmm.errors import RxmmError
from rxmm.evaluation.query import Query
from rxmm.evaluation.truth import Truth
from rxmm.identifier import Identifier
from rxmm.results import Appearance, Identification, Looks, Status

CANDIDATES = 50
"""Catalogue rows asked for; what ranks lower counts as not found in MRR and mAP."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """What was made of one face.

    Attributes:
        read: the tokens of the reading as it is shown.
        unaided: those that were read without knowing any candidate.
        offered: every token among the hypotheses that the match looks at.
        colors, shape: the likeliest.
    """

    photo: int
    read: tuple[str, ...]
    unaided: tuple[str, ...]
    offered: frozenset[str]
    colors: frozenset[Color]
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One query and its answer.

    Attributes:
        ranking: distinct appearances (multisets of imprint tokens), best first.
        confidence: probability of the first of them, all its rows among the first `CANDIDATES` of
            the catalogue together; 0 without an answer.
        true_rows: ranks of the candidate rows that have the true appearance.
        relevant: how many rows of the catalogue have it.
        truth: the catalogue's row of the pill; None where it has none.
        labeler_size: how many appearances of the catalogue its labeler has; None if not known.
        generic_right: whether the first candidate has the true generic name; None when there is
            none to compare with.
        source: the branch that answered; None without an answer.
        error: why there is no answer, or "".
    """

    query: Query
    ranking: tuple[AppearanceKey, ...] = ()
    confidence: float = 0.0
    true_rows: tuple[int, ...] = ()
    relevant: int = 0
    truth: Appearance | None = None
    labeler_size: int | None = None
    generic_right: bool | None = None
    status: Status = "unidentified"
    source: Source | None = None
    faces: tuple[SeenFace, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    error: str = ""

    @property
    def rank(self) -> int | None:
        """Place of the true appearance among the distinct ones, from 1; None when not listed."""
        key = appearance_key(self.query.label.imprint)
        return self.ranking.index(key) + 1 if key in self.ranking else None

    @property
    def read(self) -> tuple[str, ...]:
        """The tokens shown of all faces."""
        return tuple(token for face in self.faces for token in face.read)

    @property
    def unaided(self) -> tuple[str, ...]:
        """The tokens read of all faces without knowing any candidate."""
        return tuple(token for face in self.faces for token in face.unaided)


def measure(identifier: Identifier, queries: Sequence[Query]) -> Iterator[Outcome]:
    """Identify every query, in order.  The first is run once before, so that none pays the start.

    A query that cannot be answered (no pill found) is an outcome without a ranking.
    """
    catalog = Truth(identifier.catalog)
    for query in queries[:1]:
        with contextlib.suppress(RxmmError):
            identifier.identify(*query.photos())
    for query in queries:
        unanswered = Outcome(
            query,
            relevant=catalog.rows(query.label),
            truth=catalog.row(query.label),
            labeler_size=catalog.labeler_size(query.label),
            generic_right=False if query.label.generic else None,
        )
        try:
            answer = identifier.identify(*query.photos(), top=CANDIDATES)
        except RxmmError as error:
            yield replace(unanswered, error=str(error))
        else:
            yield _answered(unanswered, answer)


def peak_memory_mib() -> float | None:
    """Most memory that this process ever held; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def _answered(outcome: Outcome, answer: Identification) -> Outcome:
    query = outcome.query
    keys = [appearance_key(candidate.appearance.imprint) for candidate in answer.candidates]
    truth = appearance_key(query.label.imprint)
    return replace(
        outcome,
        ranking=tuple(dict.fromkeys(keys)),
        confidence=min(
            1.0,
            sum(
                candidate.probability
                for candidate, key in zip(answer.candidates, keys, strict=True)
                if key == keys[0]
            ),
        ),
        true_rows=tuple(rank for rank, key in enumerate(keys, start=1) if key == truth),
        generic_right=_generic_right(query, answer),
        status=answer.status,
        source=answer.source,
        faces=tuple(
            SeenFace(
                photo=evidence.photo,
                read=tokens(token.text for token in evidence.reading.tokens),
                unaided=tokens(token.text for token in evidence.unaided.tokens),
                offered=frozenset(tokens(line.text for line in evidence.reading.hypotheses)),
                colors=_likely_colors(evidence.looks),
                shape=likely_shape(evidence.looks),
            )
            for evidence in answer.evidence
        ),
        timings_ms=answer.timings_ms,
    )


def _generic_right(query: Query, answer: Identification) -> bool | None:
    if not query.label.generic:
        return None
    first = answer.candidates[:1]
    names = {p.generic.casefold() for candidate in first for p in candidate.appearance.products}
    return query.label.generic.casefold() in names


def _likely_colors(looks: Looks) -> frozenset[Color]:
    return frozenset(max(part, key=lambda color: part[color]) for part in looks.colors)
