"""From a decision to the answer: candidates, what was read of the first, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rxmm.advice import next_steps
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sides import on_other_face
from rxmm.catalog.table import Catalog
from rxmm.comparison import compare, unborne
from rxmm.decision import Checks, Decision
from rxmm.imprint.decoding import OWN_LINE, Decoder
from rxmm.lookalikes import LookAlikes
from rxmm.overrule import Overrule
from rxmm.results import (
    MAX_LISTED,
    Candidate,
    FaceEvidence,
    Identification,
    ImprintReading,
    PredictionSet,
    Seen,
    measured_size,
)


class Answerer:
    """Makes the answer of a decision.

    Args:
        catalog: whose appearances were decided on.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._look_alikes = LookAlikes(catalog)

    def __call__(
        self,
        decision: Decision,
        seen: Seen,
        photos: Sequence[int],
        overrule: Overrule,
        top: int,
        *,
        read: Sequence[ImprintReading],
    ) -> Identification:
        """The answer, without what only who asked can tell of it: versions, and how long it took.

        Args:
            seen: what was decided on.
            photos: on which photo each face is, counted from 0.
            overrule: what a person saw, which is in ``seen`` already.
            top: how many candidates to give at most.
            read: by the reader itself, whatever was typed.
        """
        catalog = self._catalog
        ranking = np.argsort(-decision.probability, kind="stable")
        best = ranking[:top].tolist()
        imprints = [catalog.imprint_tokens[row] for row in best]
        decode = Decoder(seen.readings, imprints)
        spellings = [decode(imprint) for imprint in imprints]
        candidates = [
            self._candidate(rank, row, decision, spelling, seen)
            for rank, (row, spelling) in enumerate(zip(best, spellings, strict=True), start=1)
        ]
        first, imprint, spelt = candidates[0].appearance, imprints[0], spellings[0]
        checks = Checks.of(
            first,
            spelt,
            seen.looks,
            borne=overrule.borne_by(imprint),
            lacking=overrule.lacking(first),
            contrary=unborne(imprint, read, OWN_LINE) if overrule.imprint is not None else (),
        )
        status = checks.answer(decision.status)
        named = status != "unidentified"
        # What is read with the help of a guess may only be shown where the guess is a good one.
        shown = spelt if named else seen.readings
        known = {word for face in shown for word in tokens(face.text)}
        look_alikes = (
            self._look_alikes.of(best[0], faces=len(seen.faces), read=known) if named else ()
        )
        return Identification(
            status=status,
            source=decision.source,
            candidates=tuple(candidates),
            evidence=tuple(
                FaceEvidence(*face)
                for face in zip(photos, seen.faces, seen.looks, shown, seen.readings, strict=True)
            ),
            look_alikes=look_alikes,
            not_listed=decision.not_listed,
            # Else they would say how sure what was mistyped is.
            prediction_sets=self._prediction_sets(decision, ranking) if checks.as_typed else (),
            next_steps=next_steps(
                status,
                seen.readings,
                look_alikes,
                checks=checks,
                unread=[word for word in dict.fromkeys(imprint) if word not in known],
                elsewhere=on_other_face(first, known),
                typed=overrule.imprint is not None,
                measured=measured_size(seen.looks) > 0,
                not_listed=decision.not_listed,
            ),
        )

    def _candidate(
        self,
        rank: int,
        row: int,
        decision: Decision,
        spelt: Sequence[ImprintReading],
        seen: Seen,
    ) -> Candidate:
        appearance = self._catalog.appearance(row)
        agrees, differs = compare(appearance, spelt, seen.looks, seen.readings)
        return Candidate(rank, appearance, float(decision.probability[row]), agrees, differs)

    def _prediction_sets(
        self, decision: Decision, ranking: NDArray[np.int64]
    ) -> tuple[PredictionSet, ...]:
        names, probability = self._catalog.appearances["appearance_id"], decision.probability
        return tuple(
            PredictionSet(
                coverage,
                size,
                tuple(names.iloc[ranking[:size][:MAX_LISTED]]),
                float(probability[ranking[:size]].sum() / probability.sum()),
            )
            for coverage, size in decision.set_sizes.items()
        )
