"""Queries to train the fusion on: made once from training pills by all the stages before it.

    python -m rxmm.training.query_bank --set us --out runs/queries_us
    python -m rxmm.training.query_bank --set drawn-us --pills 1500 --out runs/queries_drawn-us
    python -m rxmm.training.query_bank --photos my-pills/ --out runs/queries_mine

What the reader says of photographs that it was trained on is better than what it says of others:
let a reader that was trained on one half alone read the other, see docs/TRAINING.md.

    python -m rxmm.training.query_bank --set us --half second --reader CKPT --out …
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from rxmm._command import told_in_one_line
from rxmm.catalog.build import build
from rxmm.catalog.table import Catalog
from rxmm.evaluation.photos import LabelledPhoto
from rxmm.formulary import TABLE
from rxmm.imprint import DEFAULT_READER, READERS
from rxmm.imprint.network import Recognizer
from rxmm.imprint.reader import EasyOCRReader, custom_reader, open_reader
from rxmm.imprint.regions import FinderRegions
from rxmm.render import LAB, PHONE, render, sample_scene
from rxmm.render.laid import laid_photos
from rxmm.results import Appearance
from rxmm.segmentation import PillSegmenter
from rxmm.splits import HALVES, Half
from rxmm.training import photos
from rxmm.training.color_augment import Augmentation
from rxmm.training.imprint import load_network
from rxmm.training.observe import WORSE_CAMERA, ObservedQuery, Observer, TrainingPill
from rxmm.training.own_photos import own_pills
from rxmm.training.queries import Observed, write_queries

SETS = ("us", "laid-us", "tw", "drawn-us", "drawn-tw")
SIDE = 128
_DRAWN = 320
"""Pixels of a drawn photograph."""


def photographed(listed: Iterable[LabelledPhoto]) -> list[TrainingPill]:
    """Pills with all their photographs, one pill for each set of photographs."""
    pills = []
    for first, *others in photos.by_pill(listed):
        paths = [photo.path for photo in (first, *others)]
        pills.append(TrainingPill(first.label, partial(tuple, paths), first.group, paths[0].name))
    return pills


def laid(pills: Iterable[TrainingPill]) -> list[TrainingPill]:
    """The same pills by phone, see `rxmm.render.laid`."""
    return [replace(known, photos=laid_photos(known.photos, known.shot)) for known in pills]


def drawn(catalog: Catalog, pills: int, seed: int) -> list[TrainingPill]:
    """Random rows of a catalogue, both faces drawn, in the laboratory's and the phone's style."""
    rng = np.random.default_rng([seed, 7])
    chosen = rng.choice(len(catalog), min(pills, len(catalog)), replace=False)
    return [
        TrainingPill(appearance, partial(_draw, appearance, number), name, name)
        for number, row in enumerate(chosen.tolist())
        for appearance, name in [(catalog.appearance(row), f"drawn:{row}")]
    ]


def _draw(appearance: Appearance, seed: int) -> list[NDArray[np.uint8]]:
    look = (LAB, PHONE)[seed % 2]
    scenes = [sample_scene(appearance, side, seed, look, ()) for side in (0, 1)]
    return [p.image.permute(1, 2, 0).numpy() for p in render(scenes, _DRAWN, _DRAWN)]


def observe_all(
    pills: Sequence[TrainingPill],
    catalog: str,
    reader: str,
    camera: Augmentation | None,
    workers: int,
) -> Iterator[Observed]:
    """All that the stages say of each pill, in order, by several processes.

    Args:
        camera: see `Observer`.
    """
    start = partial(_start, catalog, reader, camera)
    jobs = list(enumerate(pills))
    with ProcessPoolExecutor(workers, get_context("spawn"), start) as pool:
        seen = track(pool.map(_observe, jobs, chunksize=4), "Observing", total=len(jobs))
        for known, (faces, queries) in zip(pills, seen, strict=True):
            yield known, faces, queries


_observer: Callable[..., tuple[NDArray[np.uint8], list[ObservedQuery]]]


def _start(catalog: str, reader: str, camera: Augmentation | None) -> None:
    global _observer
    torch.set_num_threads(1)
    opened = open_reader(reader) if reader in READERS else _trained_reader(Path(reader))
    _observer = Observer(Catalog.load(catalog), PillSegmenter(), opened, SIDE, camera)


def _trained_reader(recognizer: Path) -> EasyOCRReader:
    """A recogniser's checkpoint with the released line finder."""
    network = Recognizer().eval()
    load_network(network, recognizer)
    return EasyOCRReader(custom_reader(network), FinderRegions.released(), "in training")


def _observe(job: tuple[int, TrainingPill]) -> tuple[NDArray[np.uint8], list[ObservedQuery]]:
    number, known = job
    return _observer(known, np.random.default_rng(number))


def _photographs_of(which: str, half: Half | None) -> list[TrainingPill]:
    listed = photos.tw_photos() if which == "tw" else photos.us_reference()
    pills = photographed(photos.of_half(listed, half))
    return laid(pills) if which.startswith("laid-") else pills


def main() -> None:
    """Make one bank."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--set", choices=SETS)
    which.add_argument("--photos", type=Path, help="a formulary, see rxmm.training.own_photos")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pills", type=int, help="only so many; 1000 if drawn")
    parser.add_argument("--half", choices=HALVES, help="of the photographs of a set")
    parser.add_argument(
        "--reader",
        default=DEFAULT_READER,
        help=f"{', '.join(READERS)} or the checkpoint of a recogniser",
    )
    parser.add_argument(
        "--worse", action="store_true", help="see the faces as a worse camera would"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.pills is not None and arguments.pills < 1:
        parser.error("--pills wants at least 1.")
    if arguments.photos:
        name = str((arguments.out / "formulary.parquet").resolve())
        catalog = build("formulary", arguments.photos / TABLE, Path(name))
        pills = own_pills(arguments.photos, catalog)[: arguments.pills]
    else:
        name = arguments.set.split("-")[-1]
        catalog = Catalog.load(name)
        if arguments.set.startswith("drawn-"):
            pills = drawn(catalog, arguments.pills or 1000, arguments.seed)
        else:
            pills = _photographs_of(arguments.set, arguments.half)[: arguments.pills]
    camera = WORSE_CAMERA if arguments.worse else None
    observed = observe_all(pills, name, arguments.reader, camera, arguments.workers)
    count = write_queries(arguments.out, catalog, name, observed)
    print(f"{arguments.out}: {count} queries about {len(pills)} pills")


if __name__ == "__main__":
    with told_in_one_line("query_bank"):
        main()
