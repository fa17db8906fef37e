"""What an explanation consists of: plain frozen values, as `rxmm.explain` gives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rxmm.results import Identification, ImprintToken

Quad = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Character:
    """One character on a face.

    Attributes:
        text: itself.
        quad: four (x, y) corners in face-crop pixels, as of the line; rough on a bent line.
        support: probability of this character at its place, by the reader alone, 0 to 1.
    """

    text: str
    quad: Quad
    support: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text that is shown on a face.

    Attributes:
        face: which, counted from 0.
        token: as `FaceEvidence.reading` has it.
        expected: whether it is on the first candidate.
        characters: of ``token.text``.
    """

    face: int
    token: ImprintToken
    expected: bool
    characters: tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """How one attribute of the first candidate agrees with what was seen.

    Attributes:
        name: colour, shape, score or size.
        listed, seen: in words.
        fit: 0 to 1: how much of what was seen is as listed; for size, its likelihood against that
            of a perfect match.
    """

    name: str
    listed: str
    seen: str
    fit: float


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why the first of K candidates is the answer.

    Attributes:
        identification: the answer that is explained.
        parts: names of the P parts of a score.
        contributions: (K, P) float64, logits: what each part adds to each candidate's score, whose
            sum it is, before the calibration.
        lines: of both faces.
        missing: tokens of the first candidate that are on no line.
        attributes: those that are listed of the first candidate and were seen.
        attention: (F, g, g) float32, share of what the image encoder's answer drew from each patch
            of each face as `cut_out` gives it, each face summing to 1.  None where the fusion did
            not answer or the encoder is no vision transformer.
        attribution: (F, g, g) float32, logits that each patch adds to the first candidate's score;
            all together what the images add against grey ones.  None where the fusion did not
            answer.
    """

    identification: Identification
    parts: tuple[str, ...]
    contributions: NDArray[np.float64]
    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    attention: NDArray[np.float32] | None
    attribution: NDArray[np.float32] | None

    @property
    def scores(self) -> NDArray[np.float64]:
        """(K,) logits of the candidates."""
        return np.asarray(self.contributions.sum(axis=1))

    @property
    def leads(self) -> NDArray[np.float64]:
        """(K, P) logits by which each part of each candidate leads the mean of all K; of a lone
        candidate, the contributions themselves."""
        if len(self.contributions) == 1:
            return self.contributions
        return np.asarray(self.contributions - self.contributions.mean(axis=0))
