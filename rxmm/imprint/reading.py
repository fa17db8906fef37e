"""From what the recogniser believes about every line to the reading of a face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from torch import Tensor

from rxmm.imprint.geometry import angle_of, ribbon_quad
from rxmm.imprint.lattice import best_path
from rxmm.results import ImprintReading, ImprintToken

MAX_OVERLAP = 0.3
MIN_CONFIDENCE = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class LineBelief:
    """A line that was read.

    Attributes:
        ribbon: (C, 2, 2) in pixels of the face's crop.
        posterior: (T, 37) probability of blank and each imprint character in each column.
    """

    ribbon: Tensor
    posterior: Tensor


def assemble(lines: Sequence[LineBelief]) -> ImprintReading:
    """The reading of one face from all lines read on it, at every angle and in every region."""
    read = [(_token(line), line.posterior.numpy()) for line in lines]
    read.sort(key=lambda line: not line[0].text)  # those with a text first, order kept
    tokens = tuple(token for token, _ in read if token.text)
    beliefs = tuple(posterior for _, posterior in read)
    return ImprintReading(tokens=best_lines(tokens), hypotheses=tokens, beliefs=beliefs)


def best_lines(tokens: Sequence[ImprintToken]) -> tuple[ImprintToken, ...]:
    """The lines that say most and do not overlap, in reading order (top to bottom, left to right).

    Longer text weighs more, so that an empty corner read as one sure letter does not displace a
    word.
    """
    chosen: list[ImprintToken] = []
    for token in sorted(tokens, key=lambda t: -t.confidence * math.sqrt(len(t.text))):
        if token.confidence >= MIN_CONFIDENCE and all(
            _overlap(token, other) < MAX_OVERLAP for other in chosen
        ):
            chosen.append(token)
    return tuple(sorted(chosen, key=_reading_position))


def _token(line: LineBelief) -> ImprintToken:
    text, confidence = best_path(line.posterior)
    ribbon = line.ribbon[None]
    quad = tuple((x, y) for x, y in ribbon_quad(ribbon)[0].tolist())
    return ImprintToken(text, confidence, quad, round(float(angle_of(ribbon)), 1))


def _reading_position(token: ImprintToken) -> tuple[float, float]:
    center = np.mean(token.quad, axis=0)
    height = math.dist(token.quad[0], token.quad[3])
    turn = math.radians(token.angle)
    right = center[0] * math.cos(turn) - center[1] * math.sin(turn)
    down = center[0] * math.sin(turn) + center[1] * math.cos(turn)
    return round(down / max(height, 1.0)), right


def _overlap(one: ImprintToken, other: ImprintToken) -> float:
    """Shared area over the smaller of the two."""
    first, second = (np.array(token.quad, dtype=np.float32) for token in (one, other))
    shared, _ = cv2.intersectConvexConvex(first, second)
    smaller = min(cv2.contourArea(first), cv2.contourArea(second))
    return float(shared) / max(smaller, 1e-6)
