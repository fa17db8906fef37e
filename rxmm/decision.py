"""From scores to an answer: which branch answers, probabilities, and whether they allow a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, softmax

from rxmm.branches import Source
from rxmm.calibration import Calibration, Calibrations
from rxmm.catalog.matching import Matches, match_logits
from rxmm.catalog.table import Catalog
from rxmm.comparison import of_its_size, of_one_pill
from rxmm.imprint.decoding import Decoder
from rxmm.results import Appearance, ImprintReading, Looks, PillFace, Seen, Status

Floats = NDArray[np.float64]

FAR_AHEAD = 10.0
"""Lead of the best appearance over the next from which on more says nothing."""
MOST_LOG_ODDS = 500.0
"""Of not being listed, or listed: beyond it no number would be left for the other."""
AMBIGUOUS = 0.1
"""Least probability of the best candidate to call several of them likely."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What the scores of the N appearances of a catalogue amount to.

    Attributes:
        source: the branch that answers.
        probability: (N,) of each appearance; with ``not_listed`` they sum to 1.
        not_listed: probability of not being in this catalogue, [0, 1].
        set_sizes: by coverage, how many appearances, the likeliest, make the prediction set.
    """

    source: Source
    probability: Floats
    not_listed: float
    status: Status
    set_sizes: Mapping[float, int]


def probabilities(logits: Floats, matches: Matches, fitted: Calibration | None = None) -> Floats:
    """Probability of each appearance and last of none of these, (N + 1,); they sum to 1.

    Args:
        logits: (N + 1,), last of none of these.
        matches: of the same query.
        fitted: by default none: the softmax of the logits.
    """
    fitted = fitted or Calibration()
    logits = pooled(logits, matches, fitted.pool)
    log_odds = float(np.dot(fitted.not_listed, doubts(logits, matches)))
    log_odds = min(max(log_odds, -MOST_LOG_ODDS), MOST_LOG_ODDS)
    listed = expit(-log_odds) * softmax(logits[:-1] / fitted.temperature)
    return np.append(listed, expit(log_odds))


def pooled(logits: Floats, matches: Matches, weight: float) -> Floats:
    """Logits (N + 1,) of a branch and the matches' score in one, see `Calibration.pool`."""
    if not weight:  # a row that is left out has a score of minus infinity, and that is no number
        return logits
    return np.append(logits[:-1] + weight * matches.score, logits[-1])


def doubts(logits: Floats, matches: Matches) -> Floats:
    """What a `rxmm.calibration.NotListed` weighs, (5,)."""
    *_, none = logits
    rows = logits[:-1]
    best = int(rows.argmax())
    own = none - logsumexp(rows)
    short = matches.perfect - matches.lattice[best]
    # Rows of one imprint, which differ in looks alone, have the same match.
    rivals = rows[matches.lattice != matches.lattice[best]]
    lead = min(rows[best] - rivals.max(), FAR_AHEAD) if len(rivals) else 0.0
    return np.array([1.0, own, short, matches.perfect, lead])


def decide(
    fused: Floats | None,
    matches: Matches,
    faces: Sequence[PillFace],
    calibrations: Calibrations,
) -> Decision:
    """The answer of the fusion, or of the matches alone.

    The matches take over where the fusion sees nothing likely and they do.

    Args:
        fused: (N + 1,) logits of the fusion, last of none of these; None to leave it out.
        matches: of the same query.
        faces: that were seen.
    """
    by_match = _decision("imprint_match", match_logits(matches.score), matches, faces, calibrations)
    if fused is None:
        return by_match
    by_fusion = _decision("fusion", fused, matches, faces, calibrations)
    return by_match if by_fusion.status == "unidentified" != by_match.status else by_fusion


@dataclass(frozen=True, slots=True)
class Checks:
    """What must hold before the first candidate is called identified, however likely it seems.

    Attributes:
        shown: whether anything of its imprint can be shown on the faces.
        one_pill: whether the faces may be those of one pill.
        its_size: whether what was measured may be its size.
        borne: whether it bears what was typed, if anything was.
        lacking: of the looks that were typed those it does not have, see `Overrule.lacking`.
        contrary: where an imprint was typed, words that the reader is sure of and it does not bear.
    """

    shown: bool = True
    one_pill: bool = True
    its_size: bool = True
    borne: bool = True
    lacking: tuple[str, ...] = ()
    contrary: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        first: Appearance,
        spelt: Sequence[ImprintReading],
        looks: Sequence[Looks],
        *,
        borne: bool = True,
        lacking: tuple[str, ...] = (),
        contrary: tuple[str, ...] = (),
    ) -> Self:
        """Of the first candidate.

        Args:
            spelt: the readings, spelt as its imprint, see `rxmm.imprint.decoding`.
            looks: of the same faces.
        """
        shown = any(reading.tokens for reading in spelt)
        its_size = of_its_size(first, looks)
        return cls(shown, of_one_pill(looks), its_size, borne, lacking, contrary)

    @property
    def as_typed(self) -> bool:
        """Whether the first candidate is as a person says who saw it, and the photo no other."""
        return self.borne and not self.lacking and not self.contrary

    def answer(self, status: Status) -> Status:
        """The answer in one word, of what the probabilities alone allow."""
        hold = self.shown and self.one_pill and self.its_size and self.as_typed
        return "ambiguous" if status == "identified" and not hold else status


PASSED = Checks()


def answer_of(decision: Decision, seen: Seen, catalog: Catalog) -> Status:
    """The answer of a decision once the first candidate was checked.

    Args:
        seen: of the same pill.
        catalog: whose appearances were decided on.
    """
    if decision.status != "identified":
        return decision.status
    first = int(decision.probability.argmax())
    imprint = catalog.imprint_tokens[first]
    spelt = Decoder(seen.readings, [imprint])(imprint)
    return Checks.of(catalog.appearance(first), spelt, seen.looks).answer(decision.status)


def mass_before(probability: Floats) -> Floats:
    """Probability of all listed ones that are likelier than each appearance, (N,) in [0, 1].

    Args:
        probability: (N,) of the appearances.
    """
    order = np.argsort(-probability, kind="stable")
    before = np.cumsum(probability[order]) - probability[order]
    result = np.empty_like(probability)
    result[order] = before / probability.sum()
    return result


def _decision(
    source: Source,
    logits: Floats,
    matches: Matches,
    faces: Sequence[PillFace],
    calibrations: Calibrations,
) -> Decision:
    fitted = calibrations(source, faces)
    *_, none = probability = probabilities(logits, matches, fitted)
    probability = probability[:-1]
    before = mass_before(probability)
    # The best, before which there is nothing, belongs to every set.
    sizes = {coverage: int((before <= mass).sum()) for coverage, mass in fitted.masses.items()}
    answer = _status(float(probability.max()), fitted.identified, min(sizes.values(), default=1))
    return Decision(source, probability, float(none), answer, sizes)


def _status(best: float, identified: float, smallest_set: int) -> Status:
    """The answer in one word.

    Args:
        best: probability of the best candidate.
        identified: least probability to name it.
        smallest_set: size of the smallest prediction set; a pill is not named beside others.
    """
    if best >= identified and smallest_set == 1:
        return "identified"
    return "ambiguous" if best >= AMBIGUOUS else "unidentified"
