"""From what the recogniser believes about every line to the reading of a face."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.geometry import angle_of, ribbon_quad
from rxmm.imprint.lattice import best_path
from rxmm.results import ImprintReading, ImprintToken

MAX_OVERLAP = 0.3
"""Share of a line's area from which on two lines cannot both be there."""
MIN_CERTAINTY = 0.1
"""Least probability that a line is right to show it."""
SAME_DIRECTION = 35.0
"""Most degrees between the directions of two lines that may be one token."""
RASTER = 128
"""Pixels across all lines of a face, in which their areas are counted."""
MAX_LINES = 14
"""Most lines among which those to show are chosen."""

_INTERCEPT = -4.22
_WEIGHTS = np.array([1.45, 3.7, -2.74, -1.28, -0.32, 0.7])
"""Logistic regression of "this line is a token of the pill", of what `evidence` gives; fitted by
`rxmm.evaluation.line_certainty`."""


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
    read = [(*spelled(line), line) for line in lines]
    written = [line for line in read if line[0].text]
    empty = [(token, line.posterior.numpy()) for token, _, line in read if not token.text]
    shown = best_lines(
        [token for token, *_ in written],
        [peak for _, peak, _ in written],
        shared_areas([line.ribbon for *_, line in written]),
    )
    believed = [(token, line.posterior.numpy()) for token, _, line in written]
    kept = [*believed, *_joined(shown, dict(believed)), *empty]
    return ImprintReading(
        tokens=shown,
        hypotheses=tuple(token for token, _ in kept),
        beliefs=tuple(posterior for _, posterior in kept),
    )


def _joined(
    shown: Sequence[ImprintToken], beliefs: Mapping[ImprintToken, NDArray[np.float32]]
) -> Iterator[tuple[ImprintToken, NDArray[np.float32]]]:
    """Each two lines that follow each other in one direction, as one: tables often run together
    what stands on two lines.

    Yields:
        The joined lines and their beliefs.
    """
    for first, second in pairwise(shown):
        if abs((second.angle - first.angle + 180) % 360 - 180) > SAME_DIRECTION:
            continue
        confidence = (first.confidence + second.confidence) / 2
        token = ImprintToken(
            first.text + second.text, confidence, _around(first, second), first.angle
        )
        between = np.zeros_like(beliefs[first][:1])
        between[:, 0] = 1  # a blank: two equal characters stay two
        yield token, np.concatenate([beliefs[first], between, beliefs[second]])


def _around(first: ImprintToken, second: ImprintToken) -> tuple[tuple[float, float], ...]:
    """The smallest rectangle along the first line that holds both, corners as a token's."""
    points = np.array([*first.quad, *second.quad])
    turn = math.radians(first.angle)
    axes = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    (left, top), (right, bottom) = (points @ axes.T).min(axis=0), (points @ axes.T).max(axis=0)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axes
    return tuple((x, y) for x, y in corners.tolist())


def best_lines(
    tokens: Sequence[ImprintToken], least_peaks: Sequence[float], shared: NDArray[np.float32]
) -> tuple[ImprintToken, ...]:
    """The lines that are likeliest right and do not overlap, in reading order (top to bottom, left
    to right).

    Of all sets of lines that do not overlap, that of the greatest total certainty is chosen; longer
    text weighs more, so that one sure letter does not displace a word.

    Args:
        least_peaks: of each line, the peak probability of its least sure character.
        shared: (N, N), see `shared_areas`.
    """
    logit = evidence(tokens, least_peaks, shared) @ _WEIGHTS + _INTERCEPT
    certainty = 1 / (1 + np.exp(-logit))
    sizes = np.array([len(token.text) for token in tokens]) ** 0.25
    value = (sizes * (certainty - MIN_CERTAINTY)).tolist()
    candidates = sorted(range(len(tokens)), key=lambda number: -value[number])
    chosen = _heaviest(
        [number for number in candidates[:MAX_LINES] if value[number] > 0],
        value,
        shared >= MAX_OVERLAP,
    )
    return in_reading_order([tokens[number] for number in chosen])


def _heaviest(
    candidates: list[int], value: Sequence[float], excludes: NDArray[np.bool_]
) -> tuple[int, ...]:
    """The subset of greatest total value without two that exclude each other."""
    if not candidates:
        return ()
    first, *rest = candidates
    taken = (first, *_heaviest([n for n in rest if not excludes[first, n]], value, excludes))
    if not excludes[first, rest].any():
        return taken
    left = _heaviest(rest, value, excludes)
    return max(taken, left, key=lambda chosen: sum(value[number] for number in chosen))


def evidence(
    tokens: Sequence[ImprintToken], least_peaks: Sequence[float], shared: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What speaks for each line of a face.

    Args:
        least_peaks: of each line, the peak probability of its least sure character.
        shared: (N, N), see `shared_areas`.

    Returns:
        (N, 6): the mean and least peak of its characters, whether it is one character, whether it
        is two, how many it is (at most 6), and how many other lines of that place say the same.
    """
    rows = []
    for number, (token, least_peak) in enumerate(zip(tokens, least_peaks, strict=True)):
        size = len(token.text)
        agreeing = sum(
            other.text == token.text and shared[number, n] > MAX_OVERLAP
            for n, other in enumerate(tokens)
            if n != number
        )
        rows.append((token.confidence, least_peak, size == 1, size == 2, min(size, 6), agreeing))
    return np.array(rows, dtype=np.float64).reshape(-1, len(_WEIGHTS))


def shared_areas(ribbons: Sequence[Tensor]) -> NDArray[np.float32]:
    """(N, N) the area that each two lines share, over the smaller of the two.

    What stands in the middle of a line that runs around the face shares nothing with it.

    Args:
        ribbons: (C, 2, 2) each, in pixels of one picture.
    """
    if not ribbons:
        return np.zeros((0, 0), dtype=np.float32)
    outlines = torch.stack([torch.cat([one[:, 0], one[:, 1].flip(0)]) for one in ribbons]).numpy()
    corner, far = outlines.min(axis=(0, 1)), outlines.max(axis=(0, 1))
    scale = RASTER / max(float((far - corner).max()), 1e-6)
    drawn = np.zeros((len(ribbons), RASTER + 1, RASTER + 1), dtype=np.uint8)
    for picture, outline in zip(drawn, outlines, strict=True):
        cv2.fillPoly(picture, [np.round((outline - corner) * scale).astype(np.int32)], 1)
    pixels = drawn.reshape(len(ribbons), -1).astype(np.float32)
    shared = pixels @ pixels.T
    return np.asarray(shared / np.minimum.outer(shared.diagonal(), shared.diagonal()))


def spelled(line: LineBelief) -> tuple[ImprintToken, float]:
    """A line as a token, and the peak probability of its least sure character, 0 without any."""
    text, peaks = best_path(line.posterior)
    confidence = sum(peaks) / len(peaks) if peaks else 0.0
    ribbon = line.ribbon[None]
    quad = tuple((x, y) for x, y in ribbon_quad(ribbon)[0].tolist())
    angle = round(float(angle_of(ribbon)), 1)
    return ImprintToken(text, confidence, quad, angle), min(peaks, default=0.0)


def in_reading_order(tokens: Iterable[ImprintToken]) -> tuple[ImprintToken, ...]:
    """The lines of a face row by row, each from left to right along its text.

    A row ends where the next line is lower by more than half the height of the smaller of the two.
    """
    rows: list[list[_Place]] = []
    for place in sorted(map(_place, tokens), key=lambda place: place.down):
        if rows:
            above = rows[-1][-1]
            if place.down - above.down <= min(place.height, above.height) / 2:
                rows[-1].append(place)
                continue
        rows.append([place])
    return tuple(
        place.token for row in rows for place in sorted(row, key=lambda place: place.right)
    )


class _Place(NamedTuple):
    """Where the centre of a line lies, as seen along its text, and how high it is."""

    token: ImprintToken
    right: float
    down: float
    height: float


def _place(token: ImprintToken) -> _Place:
    x, y = np.mean(token.quad, axis=0).tolist()
    turn = math.radians(token.angle)
    return _Place(
        token,
        right=x * math.cos(turn) - y * math.sin(turn),
        down=x * math.sin(turn) + y * math.cos(turn),
        height=math.dist(token.quad[0], token.quad[3]),
    )


def overlap(one: ImprintToken, other: ImprintToken) -> float:
    """Shared area of two lines over the smaller of the two."""
    return quad_overlap(*(np.array(token.quad, dtype=np.float32) for token in (one, other)))


def quad_overlap(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Shared area of two quadrilaterals (4, 2) over the smaller of the two."""
    shared, _ = cv2.intersectConvexConvex(first, second)
    smaller = min(cv2.contourArea(first), cv2.contourArea(second))
    return float(shared) / max(smaller, 1e-6)
