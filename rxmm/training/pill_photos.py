"""Photographs with the pills on them marked, for the network that tells where pills are.

    python -m rxmm.training.pill_photos --out runs/pill_photos

Photographs of the training part that show both faces of a pill beside a ruler, where
`rxmm.segmentation` found just two, each as a whole and from near.  Some of its outlines are wrong;
a network that sees thousands learns what most of them have in common.  Where the released network,
which has learnt so, disagrees with what was found, its own two outlines are marked, or the photo is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.progress import track

from rxmm._command import told_in_one_line
from rxmm.errors import InputError, RxmmError
from rxmm.face_features import outline
from rxmm.photo import read_photo
from rxmm.results import MAX_FACES
from rxmm.segmentation import shared_segmenter
from rxmm.segmentation.edges import Contour
from rxmm.segmentation.likely_outlines import CLEAR, nearer, overlap
from rxmm.segmentation.pill_map import View, squared
from rxmm.segmentation.segmenter import surroundings
from rxmm.training import photos
from rxmm.training.script import OutOption, PhotosOption, WorkersOption

Marked = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""(SIDE, SIDE, 3) and (SIDE, SIDE), 255 on a pill."""

VIEWS: tuple[View, ...] = ("whole", "near")

BELIEVED = 0.7
"""Overlap of found outlines and map from which they are believed; the map's own two must reach
`CLEAR`."""


@dataclass(frozen=True, slots=True, eq=False)
class PillPhotos:
    """Marked photographs.

    Attributes:
        photos: (N, SIDE, SIDE, 3) uint8 RGB.
        marks: (N, SIDE, SIDE) uint8, 255 on pills.
    """

    photos: NDArray[np.uint8]
    marks: NDArray[np.uint8]

    @classmethod
    def of(cls, made: Sequence[Marked]) -> PillPhotos:
        """From one at least."""
        return cls(*(np.stack(part) for part in zip(*made, strict=True)))

    @classmethod
    def load(cls, folder: Path) -> PillPhotos:
        """Open what `main` wrote.

        Raises:
            InputError: there is none.
        """
        if not (folder / "marks.npy").is_file():
            raise InputError(
                f"{folder} holds no marked photographs: make them with "
                "`python -m rxmm.training.pill_photos`, or `rxmm.training.pill_scenes`."
            )
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in cls.__slots__))

    def save(self, folder: Path) -> None:
        """Write them."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "photos.npy", self.photos)
        np.save(folder / "marks.npy", self.marks)


def _photographed(path: Path) -> dict[View, Marked] | None:
    """The photo as a whole and from near; None where it is not sure where its pills are."""
    try:
        photo = read_photo(path)
        faces = shared_segmenter()(photo)
    except RxmmError:
        return None
    if len(faces) != MAX_FACES:
        return None
    contours = [outline(face.mask) + np.array(face.box[:2], np.int32) for face in faces]
    left, top, right, bottom = surroundings(contours, photo.shape)
    near = np.ascontiguousarray(photo[top:bottom, left:right])
    likely = shared_segmenter().near(near)
    sure = believed([each - np.array((left, top), np.int32) for each in contours], likely)
    if sure is None:
        return None
    mark = np.zeros(photo.shape[:2], np.uint8)
    cv2.drawContours(mark, sure, -1, 1, -1, offset=(left, top))
    around = mark[top:bottom, left:right]
    return {"whole": marked(photo, mark > 0), "near": marked(near, around > 0)}


def believed(found: list[Contour], likely: NDArray[np.float32]) -> list[Contour] | None:
    """What was found, or the map's own two where those are clear and the two disagree; None where
    neither is to be believed.

    Args:
        found: outlines in pixels of the map.
        likely: (h, w) probability of a pill.
    """
    if overlap(found, likely) >= BELIEVED:
        return found
    own = nearer([], likely)
    return own if own and overlap(own, likely) >= CLEAR else None


def marked(photo: NDArray[np.uint8], mark: NDArray[np.bool_]) -> Marked:
    """A photo (H, W, 3) and what is marked on it (H, W), both as squares."""
    picture, (height, width) = squared(photo)
    marks, _ = squared(np.repeat(mark[..., None].astype(np.uint8) * 255, 3, axis=2))
    marks[height:], marks[:, width:] = 0, 0
    return picture, marks[..., 0]


def one_thread() -> None:
    """Of a process beside others."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def check_some(paths: Sequence[Path]) -> None:
    """Before any work.

    Raises:
        InputError: no photograph is to be made.
    """
    if not paths:
        raise InputError("No photograph was asked for: give --photos and --each 1 at least.")


def main(out: OutOption, limit: PhotosOption = None, workers: WorkersOption = 2) -> None:
    """Mark where the pills are on photographs of the training part."""
    paths = [photo.path for photo in photos.tw_photos()][:limit]
    check_some(paths)
    with ProcessPoolExecutor(workers, get_context("spawn"), one_thread) as pool:
        seen = list(track(pool.map(_photographed, paths, chunksize=8), "Marking", total=len(paths)))
    usable = [views for views in seen if views]
    if not usable:
        raise InputError(
            f"Of {len(paths)} photographs none shows two pills that are surely found: nothing was "
            "written. Take more of them, see --photos."
        )
    for view in VIEWS:
        PillPhotos.of([views[view] for views in usable]).save(out / view)
    print(f"{out}: {len(usable)} of {len(paths)} photographs")


if __name__ == "__main__":
    with told_in_one_line("pill_photos"):
        typer.run(main)
