"""Lines of imprint that were marked by eye on photographs of the training part.

What a reader does not find it cannot place either (`rxmm.training.align`), and what is not placed
is never learnt: large single letters, script, text around a rim, faint strokes.  For pills with
such a token somebody looked where it is; ``data/lines`` keeps that, one file for each set.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm._resources import data_dir
from rxmm.errors import InputError
from rxmm.imprint.geometry import arc_ribbon, quad_ribbon, resample_ribbon
from rxmm.results import PillFace

STRAIGHT = 0.02
"""Distance of a line's middle from its chord, in lengths of it, up to which it is straight."""

COLUMNS = ("photo", "x0", "y0", "x1", "y1", "x2", "y2", "height", "text")


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """One line on a photo.

    Attributes:
        points: start, middle and end of the line's middle, (x, y) in pixels of the photo; text
            between them runs straight or along the circle through them.
        height: of the text, in pixels of the photo.
        text: as it stands there, over `rxmm.imprint.network.CHARACTERS`.
    """

    points: tuple[tuple[float, float], ...]
    height: float
    text: str

    def on(self, face: PillFace) -> bool:
        """Whether it lies on this face of its photo."""
        (_, (x, y), _), (left, top, right, bottom) = self.points, face.box
        return left <= x < right and top <= y < bottom

    def ribbon(self, face: PillFace, scale: float) -> Tensor:
        """(CROSS_SECTIONS, 2, 2) in pixels of the face's picture.

        Args:
            scale: picture pixels per pixel of the photo.
        """
        points = (np.array(self.points) - face.box[:2]) * scale
        start, middle, end = points
        chord = end - start
        length = float(np.linalg.norm(chord))
        bend = float(_cross(chord, middle - start)) / length
        if abs(bend) <= STRAIGHT * length:
            return _straight(start, end, self.height * scale)
        return _bent(points, self.height * scale, clockwise=bend < 0)


def _cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> np.float64:
    return np.float64(one[0] * other[1] - one[1] * other[0])


def _straight(start: NDArray[np.float64], end: NDArray[np.float64], height: float) -> Tensor:
    along = (end - start) / np.linalg.norm(end - start)
    down = np.array([-along[1], along[0]]) * height / 2
    corners = np.stack([start - down, end - down, end + down, start + down])
    return resample_ribbon(quad_ribbon(torch.from_numpy(corners).float()[None]))[0]


def _bent(points: NDArray[np.float64], height: float, *, clockwise: bool) -> Tensor:
    """Along the circle through three points, from the first over the second to the third."""
    system = np.column_stack([2 * points, np.ones(3)])
    *middle, rest = np.linalg.solve(system, (points**2).sum(axis=1))
    center = np.array(middle)
    radius = float(np.sqrt(rest + center @ center))
    angles = np.arctan2(*(points - center).T[::-1])
    turned = np.diff(angles) % (2 * np.pi) if clockwise else -(-np.diff(angles) % (2 * np.pi))
    half = height / 2 if clockwise else -height / 2
    first, last = angles[0], angles[0] + turned.sum()
    values = (torch.tensor([value]).float() for value in (radius, half, first, last))
    return arc_ribbon(torch.from_numpy(center)[None].float(), *values)[0]


def marked_lines(path: Path) -> Mapping[str, Sequence[MarkedLine]]:
    """The lines of a file, by the name of the photo.

    Raises:
        InputError: the file is not one of marked lines.
    """
    found: dict[str, list[MarkedLine]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                x0, y0, x1, y1, x2, y2, height = (float(row[name]) for name in COLUMNS[1:8])
                line = MarkedLine(((x0, y0), (x1, y1), (x2, y2)), height, row["text"].upper())
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(
                    f"{path}, line {number}: {error}. The columns are {', '.join(COLUMNS)}; all "
                    "but photo and text are numbers."
                ) from error
            found[row["photo"]].append(line)
    return found


def released(which: str) -> Mapping[str, Sequence[MarkedLine]]:
    """Those that travel with rxmm, of the set ``us`` or ``tw``."""
    return marked_lines(data_dir() / "lines" / f"{which}.csv")
