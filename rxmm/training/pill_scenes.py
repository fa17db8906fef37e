"""Photographs of pills by hand, with the pills marked: drawn pills, and real ones on drawn grounds.

    python -m rxmm.training.pill_scenes --out runs/pill_scenes

The real ones are the laboratory photographs of the training part, which were cut out already.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import track

from rxmm._command import told_in_one_line
from rxmm.photo import read_photo
from rxmm.render import PHONE, CutOut, lay, random_pill, render, sample_scene
from rxmm.render.scene import Pose
from rxmm.segmentation import shared_segmenter
from rxmm.training import photos
from rxmm.training.pill_photos import Marked, PillPhotos, check_some, marked, one_thread
from rxmm.training.script import OutOption, PhotosOption, WorkersOption

SIDE = 320
"""Pixels of the side of a photograph."""
LOOK = replace(PHONE, radius=(0.08, 0.5), wander=0.1)
"""Anyone's photographs: pills of any size, anywhere."""
FAR_LOOK = replace(PHONE, radius=(0.015, 0.1), wander=0.2)
"""Those from far: pills that are to be found on the whole photo, and then looked at closely."""
EMPTY, DRAWN = 0.07, 0.3
"""Shares of photographs without a pill, and of drawn pills."""
SEVERAL = 0.3
"""Share of the others on which there are two or three pills."""
CLOSE = 0.4
"""Share that is cut close around the pills."""


def photographed(path: Path, number: int, far: float = 0.0) -> Marked:
    """A photograph by hand of the pill of a laboratory's, sometimes several; or of a drawn one, or
    of a ground alone.

    Args:
        path: of the laboratory's photograph.
        number: decides on all else; the same photograph for the same number.
        far: share of the numbers that are of photographs from far.
    """
    rng = np.random.default_rng([11, number])
    look = FAR_LOOK if rng.random() < far else LOOK
    scene = sample_scene(random_pill(rng), int(rng.integers(2)), int(rng.integers(2**31)), look)
    kind = rng.random()
    if kind < EMPTY:
        image, mask = lay([], [], scene, SIDE)
    elif kind < EMPTY + DRAWN:
        (picture,) = render([scene], SIDE, SIDE)
        image, mask = picture.image.permute(1, 2, 0).numpy(), picture.mask.numpy()
    else:
        face = shared_segmenter()(read_photo(path))[0]
        poses = _poses(scene.pose, rng)
        image, mask = lay([CutOut.of(face)] * len(poses), poses, scene, SIDE)
    if look is LOOK and rng.random() < CLOSE and mask.any():
        image, mask = cut_close(image, mask, rng)
    return marked(np.ascontiguousarray(image), mask)


def _poses(pose: Pose, rng: np.random.Generator) -> Sequence[Pose]:
    """Where pills lie: one, or two or three in squares of their own."""
    if rng.random() > SEVERAL:
        return [pose]
    places = rng.permutation([(x, y) for x in (0.25, 0.75) for y in (0.25, 0.75)])
    radius = min(rng.uniform(0.08, 0.2), pose.radius)
    return [
        replace(
            pose,
            x=x + rng.uniform(-0.04, 0.04),
            y=y + rng.uniform(-0.04, 0.04),
            radius=radius,
            angle=rng.uniform(-np.pi, np.pi),
        )
        for x, y in places[: rng.integers(2, 4)]
    ]


def cut_close(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """What lies around the pills, with a margin of its own on each side."""
    spans = []
    for axis in (1, 0):
        taken = np.flatnonzero(mask.any(axis=axis))
        room = rng.uniform(0.02, 0.3, 2) * (np.ptp(taken) + 1)
        first, last = round(taken[0] - room[0]), round(taken[-1] + room[1])
        spans.append(slice(max(first, 0), max(last, taken[-1] + 2)))
    rows, columns = spans
    return image[rows, columns], mask[rows, columns]


def main(
    out: OutOption,
    each: Annotated[int, typer.Option(min=1, help="Photographs of each cut-out.")] = 3,
    far: Annotated[float, typer.Option(min=0, max=1, help="Share of them from far.")] = 0.0,
    limit: PhotosOption = None,
    workers: WorkersOption = 2,
) -> None:
    """Lay cut-outs of the training part on drawn grounds, and mark where they lie."""
    paths = [photo.path for photo in photos.us_reference()][:limit] * each
    check_some(paths)
    make = partial(photographed, far=far)
    with ProcessPoolExecutor(workers, get_context("spawn"), one_thread) as pool:
        made = pool.map(make, paths, range(len(paths)), chunksize=8)
        seen = list(track(made, "Laying out", total=len(paths)))
    PillPhotos.of(seen).save(out)
    print(f"{out}: {len(seen)} photographs")


if __name__ == "__main__":
    with told_in_one_line("pill_scenes"):
        typer.run(main)
