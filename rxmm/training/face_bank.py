"""Rendered faces with their lines of imprint, drawn once and kept on disk.

Drawing a face costs several times a training step on it; a bank is drawn once, then read many
times, with fresh augmentation each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from torch.utils.data import DataLoader

from rxmm.catalog.table import Catalog
from rxmm.imprint.face import FacePicture, gray, stack
from rxmm.render import Picture, RenderedFaces, Scene, catalogue_rows
from rxmm.results import Appearance, PillFace

SIDE = 192
"""Pixels of a face's longer side."""

_TRIES = 4

Line = tuple[int, NDArray[np.float32], str]
"""Face, ribbon (C, 2, 2) in its pixels, text."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceBank:
    """Faces and the lines on them.

    Attributes:
        faces: (N, SIDE, SIDE) uint8 brightness, padded at the right and bottom.
        owner: (M,) int64, the face each line is on.
        ribbons: (M, C, 2, 2) float32 pixels of that face, see `rxmm.imprint.geometry`.
        texts: (M,) strings as drawn.
        complete: (N,) bool, whether every line on the face is listed.
    """

    faces: NDArray[np.uint8]
    owner: NDArray[np.int64]
    ribbons: NDArray[np.float32]
    texts: NDArray[np.str_]
    complete: NDArray[np.bool_]

    @classmethod
    def load(cls, folder: Path) -> FaceBank:
        """Open a bank; the faces stay on disk until they are used."""
        lines = np.load(folder / "lines.npz")
        faces = np.load(folder / "faces.npy", mmap_mode="r")
        return cls(faces, **lines)


def draw_bank(folder: Path, faces: int, *, seed: int, workers: int, made_up: float) -> None:
    """Draw a bank of faces of all catalogues that travel with rxmm; an existing one is kept.

    Args:
        folder: where; ``faces.npy`` and ``lines.npz`` are written there.
        faces: how many.
        workers: processes that draw.
        made_up: share of pills that no catalogue has.
    """
    if (folder / "lines.npz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    source = catalogue_rows(_appearances("us", "tw"), made_up=made_up)
    loader = DataLoader(
        _WrittenFaces(source, faces * _TRIES, size=SIDE, seed=seed),
        sampler=range(faces),
        batch_size=16,
        num_workers=workers,
        collate_fn=_cut_out,
    )
    store = np.lib.format.open_memmap(
        folder / "faces.npy", mode="w+", dtype=np.uint8, shape=(faces, SIDE, SIDE)
    )
    lines_of_faces: list[Line] = []
    first = 0
    for batch, lines in track(loader, description="Drawing faces"):
        store[first : first + len(batch)] = batch
        lines_of_faces += [(first + face, ribbon, text) for face, ribbon, text in lines]
        first += len(batch)
    store.flush()
    _write_lines(folder, lines_of_faces, np.ones(faces, dtype=bool))


def write_bank(
    folder: Path, faces: NDArray[np.uint8], lines: Sequence[Line], complete: NDArray[np.bool_]
) -> None:
    """Write a bank of faces (N, SIDE, SIDE) that are at hand."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "faces.npy", faces)
    _write_lines(folder, lines, complete)


def _write_lines(folder: Path, lines: Sequence[Line], complete: NDArray[np.bool_]) -> None:
    owner, ribbons, texts = zip(*lines, strict=True)
    np.savez(
        folder / "lines.npz",
        owner=np.array(owner, dtype=np.int64),
        ribbons=np.stack(ribbons).astype(np.float32),
        texts=np.array(texts),
        complete=complete,
    )


def square(pictures: Sequence[FacePicture]) -> NDArray[np.uint8]:
    """Brightness of faces, (N, SIDE, SIDE)."""
    return gray(stack(pictures, (SIDE, SIDE)))


class _WrittenFaces(RenderedFaces):
    """Rendered faces of which few are blank: a blank one teaches a reader little."""

    def scene(self, index: int) -> Scene:
        tries = (super(_WrittenFaces, self).scene(index * _TRIES + k) for k in range(_TRIES))
        scene = next(tries)
        for other in tries:
            if scene.imprint.runs:
                break
            scene = other
        return scene


def _appearances(*names: str) -> list[Appearance]:
    catalogs = [Catalog.load(name) for name in names]
    return [catalog.appearance(row) for catalog in catalogs for row in range(len(catalog))]


def _cut_out(pictures: Sequence[Picture]) -> tuple[NDArray[np.uint8], list[Line]]:
    """Each pill cut out of its picture as a segmenter would, and its lines moved along."""
    faces = []
    lines = []
    for number, picture in enumerate(pictures):
        mask = picture.mask.numpy()
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        crop = picture.image.permute(1, 2, 0).numpy()[top:bottom, left:right]
        box = (int(left), int(top), int(right), int(bottom))
        face = FacePicture.of(PillFace(crop, mask[top:bottom, left:right], box), SIDE)
        faces.append(face)
        for line in picture.lines:
            ribbon = (line.ribbon.numpy() - np.array([left, top], dtype=np.float32)) * face.scale
            lines.append((number, ribbon.astype(np.float32), line.text))
    return square(faces), lines
