"""Faces with maps of their lines, as batches for the line finder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rxmm.imprint.network import FACE_SIGMA, LineFinder
from rxmm.shading import flatten_shading
from rxmm.training.augment import photometric
from rxmm.training.bank_data import BankDataModule
from rxmm.training.batches import batches_of, new_generator
from rxmm.training.face_bank import SIDE, FaceBank

CORE = 0.5
"""Share of a line's height that counts as its core: neighbouring lines must not touch."""
TILT, SHIFT = 25.0, 0.06
"""How far a face is turned besides quarter turns, in degrees, and moved, as a share of its side."""


class FinderBatch(NamedTuple):
    """Faces and what the finder should say about them.

    Attributes:
        faces: (N, 1, SIDE, SIDE) float in [-1, 1].
        core: (N, 1, h, w) float, 1 on the cores of lines.
        direction: (N, 2, h, w) cosine and sine of the reading direction, y down; 0 off the cores.
        log_height: (N, 1, h, w) log of the line's height over SIDE; 0 off the cores.
    """

    faces: Tensor
    core: Tensor
    direction: Tensor
    log_height: Tensor


class FinderDataModule(BankDataModule[FinderBatch]):
    """Batches of faces from one or more face banks; an epoch goes through every face."""

    def _loader(self, *, validation: bool) -> DataLoader[FinderBatch]:
        faces = FaceMaps(self.banks(validation=validation), validation=validation)
        return batches_of(faces, self.batch_size, workers=self.workers, shuffle=not validation)


class FaceMaps(Dataset[FinderBatch]):
    """The faces of face banks, a batch at a time, turned, moved and augmented at random."""

    def __init__(self, banks: Sequence[tuple[FaceBank, int]], *, validation: bool = False) -> None:
        self._banks = [bank for bank, _ in banks]
        self._lines = [_lines_by_face(bank) for bank in self._banks]
        self._validation = validation
        self._faces: list[tuple[int, int]] = []
        for number, (bank, repeats) in enumerate(banks):
            usable = np.flatnonzero(bank.complete & (bank.held_back == validation))
            self._faces += [(number, face) for face in usable.tolist()] * repeats

    def __len__(self) -> int:
        return len(self._faces)

    def __getitems__(self, indices: Sequence[int]) -> FinderBatch:
        """A whole batch; what a DataLoader calls."""
        random = new_generator()
        faces, targets = [], []
        for index in indices:
            number, face = self._faces[index]
            picture = self._banks[number].faces[face]
            ribbons = self._banks[number].ribbons[self._lines[number][face]]
            size = self._banks[number].sizes[face]
            matrix = _whole(size) if self._validation else _at_random(size, random)
            picture, ribbons = _placed(picture, ribbons, matrix)
            faces.append(picture)
            targets.append(line_maps(ribbons))
        pictures = torch.from_numpy(np.stack(faces))[:, None].float()
        if not self._validation:
            pictures = photometric(pictures, random)
        maps = torch.from_numpy(np.stack(targets))
        return FinderBatch(
            flatten_shading(pictures, FACE_SIGMA), maps[:, :1], maps[:, 1:3], maps[:, 3:]
        )


def _placed(
    picture: NDArray[np.uint8], ribbons: NDArray[np.float32], matrix: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A face and its lines moved by ``matrix`` (2, 3) into a window of SIDE pixels."""
    # Ribbons count from a pixel's corner, OpenCV from its centre.
    moved = (ribbons - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    fill = int(picture[-1, -1])  # beyond the pill, see `FacePicture`
    window = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderValue=fill)
    return np.asarray(window, dtype=np.uint8), moved.astype(np.float32)


def _whole(size: NDArray[np.int64]) -> NDArray[np.float64]:
    """Brings a whole face (height, width) into the window."""
    scale = min(1.0, SIDE / float(size.max()))
    return np.array([[scale, 0, 0], [0, scale, 0]])


def _at_random(size: NDArray[np.int64], random: torch.Generator) -> NDArray[np.float64]:
    """Turns a face to any side, tilts and scales it a little and moves it, a long one along the
    window, which then shows a part of it."""
    side, tilt, grow, *shift = torch.rand(5, generator=random).tolist()
    height, width = size.tolist()
    scale = 1.1 - 0.35 * grow
    degrees = 90 * int(side * 4) + TILT * (2 * tilt - 1)
    beyond = np.maximum(scale * np.array([width, height]) - SIDE, 0) / 2 + SHIFT * SIDE
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += SIDE / 2 - np.array([width, height]) / 2
    moved = (2 * np.array(shift) - 1) * beyond / scale  # in the face's own directions
    matrix[:, 2] += matrix[:, :2] @ moved
    return np.asarray(matrix, dtype=np.float64)


def line_maps(ribbons: NDArray[np.float32]) -> NDArray[np.float32]:
    """Core, cosine, sine and log height of lines, (4, h, w).

    Args:
        ribbons: (M, C, 2, 2) pixels of a face.
    """
    side = SIDE // LineFinder.STRIDE
    canvas = np.zeros((side, side, 4), dtype=np.float32)
    for ribbon in ribbons:
        top, bottom = ribbon[:, 0], ribbon[:, 1]
        middle, half = (top + bottom) / 2, (bottom - top) / 2 * CORE
        upper, lower = (middle - half) / LineFinder.STRIDE, (middle + half) / LineFinder.STRIDE
        height = float(np.linalg.norm(bottom - top, axis=1).mean())
        for start in range(len(ribbon) - 1):
            step = middle[start + 1] - middle[start]
            angle = math.atan2(step[1], step[0])
            corners = [upper[start], upper[start + 1], lower[start + 1], lower[start]]
            value = (1.0, math.cos(angle), math.sin(angle), math.log(max(height, 2.0) / SIDE))
            # Sixteenths of a pixel; a pixel's centre is at a half in ribbons, at 0 in OpenCV.
            points = np.round((np.array(corners) - 0.5) * 16).astype(np.int32)
            cv2.fillConvexPoly(canvas, points, value, shift=4)
    return canvas.transpose(2, 0, 1)


def _lines_by_face(bank: FaceBank) -> list[NDArray[np.int64]]:
    """The lines with a text on each face."""
    order = np.argsort(bank.owner, kind="stable")
    order = order[bank.texts[order] != ""]
    cuts = np.searchsorted(bank.owner[order], np.arange(1, len(bank.faces)))
    return np.split(order, cuts)
