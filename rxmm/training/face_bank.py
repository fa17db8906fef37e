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
from rxmm.errors import InputError
from rxmm.imprint.face import FacePicture, gray, stack
from rxmm.imprint.regions import FINDER_SIDE
from rxmm.render import Picture, RenderedFaces, Scene, catalogue_rows
from rxmm.results import Appearance, PillFace

SIDE = FINDER_SIDE
"""Pixels of the side of a square face; see `FacePicture.of`."""
CANVAS = 336
"""Pixels of the side of a stored picture: the longest face, at `SAME_AREA`, fits."""

HELD_BACK = 0.02
"""Share of a bank's faces, its last, that is for validation while training."""

_TRIES = 4

Line = tuple[int, NDArray[np.float32], str]
"""Face, ribbon (C, 2, 2) in its pixels, text."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceBank:
    """Faces and the lines on them.

    Attributes:
        faces: (N, CANVAS, CANVAS) uint8 brightness, padded at the right and bottom.
        sizes: (N, 2) height and width of each face in pixels.
        owner: (M,) int64, the face each line is on.
        ribbons: (M, C, 2, 2) float32 pixels of that face, see `rxmm.imprint.geometry`.
        texts: (M,) strings as drawn; empty where nothing is to be read.
        complete: (N,) bool, whether every line on the face is listed.
    """

    faces: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    owner: NDArray[np.int64]
    ribbons: NDArray[np.float32]
    texts: NDArray[np.str_]
    complete: NDArray[np.bool_]

    @classmethod
    def load(cls, folder: Path) -> FaceBank:
        """Open a bank; the faces stay on disk until they are used.

        Raises:
            InputError: there is none.
        """
        if not (folder / "lines.npz").is_file():
            raise InputError(
                f"{folder} holds no bank of faces: make one with `python -m rxmm.training.align`."
            )
        lines = np.load(folder / "lines.npz")
        faces = np.load(folder / "faces.npy", mmap_mode="r")
        return cls(faces, **lines)

    @property
    def held_back(self) -> NDArray[np.bool_]:
        """(N,) the faces for validation."""
        count = len(self.faces)
        return np.arange(count) >= int(count * (1 - HELD_BACK))


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
        folder / "faces.npy", mode="w+", dtype=np.uint8, shape=(faces, CANVAS, CANVAS)
    )
    sizes: list[tuple[int, int]] = []
    lines_of_faces: list[Line] = []
    for pictures, lines in track(loader, description="Drawing faces"):
        first = len(sizes)
        store[first : first + len(pictures)] = squares(pictures)
        sizes += [picture.mask.shape for picture in pictures]
        lines_of_faces += [(first + face, ribbon, text) for face, ribbon, text in lines]
    store.flush()
    _write_lines(folder, sizes, lines_of_faces, np.ones(faces, dtype=bool))


def write_bank(
    folder: Path,
    pictures: Sequence[FacePicture],
    lines: Sequence[Line],
    complete: NDArray[np.bool_],
) -> None:
    """Write a bank of faces that are at hand.

    Raises:
        InputError: there is no line on any face.
    """
    if not lines:
        raise InputError(
            f"No line was found on any face, so {folder} is not written. Give more photographs."
        )
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "faces.npy", squares(pictures))
    _write_lines(folder, [picture.mask.shape for picture in pictures], lines, complete)


def _write_lines(
    folder: Path,
    sizes: Sequence[tuple[int, ...]],
    lines: Sequence[Line],
    complete: NDArray[np.bool_],
) -> None:
    owner, ribbons, texts = zip(*lines, strict=True)
    np.savez(
        folder / "lines.npz",
        sizes=np.array(sizes, dtype=np.int64),
        owner=np.array(owner, dtype=np.int64),
        ribbons=np.stack(ribbons).astype(np.float32),
        texts=np.array(texts),
        complete=complete,
    )


def squares(pictures: Sequence[FacePicture]) -> NDArray[np.uint8]:
    """Brightness of faces, (N, CANVAS, CANVAS)."""
    return np.concatenate([gray(stack([picture], (CANVAS, CANVAS))) for picture in pictures])


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


def _cut_out(pictures: Sequence[Picture]) -> tuple[list[FacePicture], list[Line]]:
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
    return faces, lines
