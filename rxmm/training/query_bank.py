"""Queries to train the fusion on: made once from training pills by all the stages before it.

    python -m rxmm.training.query_bank --set us --out runs/queries_us
    python -m rxmm.training.query_bank --set drawn-us --pills 1500 --out runs/queries_drawn-us
    python -m rxmm.training.query_bank --photos my-pills/ --out runs/queries_mine

What the reader says of photographs that it was trained on is better than what it says of others:
let a reader that was trained on one half alone read the other, see docs/TRAINING.md.

    python -m rxmm.training.query_bank --set us --half second --reader CKPT --out …
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.progress import track

from rxmm._command import told_in_one_line
from rxmm.catalog.build import build
from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
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
from rxmm.splits import Half
from rxmm.training import photos
from rxmm.training.checkpoints import load_network
from rxmm.training.color_augment import Augmentation
from rxmm.training.observe import WORSE_CAMERA, ObservedQuery, Observer, TrainingPill
from rxmm.training.own_photos import own_pills
from rxmm.training.queries import Observed, write_queries
from rxmm.training.script import HalfOption, OutOption, WorkersOption

BankSet = Literal["us", "laid-us", "tw", "drawn-us", "drawn-tw"]
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


def main(
    out: OutOption,
    which: Annotated[BankSet | None, typer.Option("--set", help="Of these pills.")] = None,
    formulary: Annotated[
        Path | None,
        typer.Option("--photos", help="Or of a folder of yours, see rxmm.training.own_photos."),
    ] = None,
    pills: Annotated[int | None, typer.Option(min=1, help="So many; 1000 if drawn.")] = None,
    half: HalfOption = None,
    reader: Annotated[
        str, typer.Option(help=f"{', '.join(READERS)} or the checkpoint of a recogniser.")
    ] = DEFAULT_READER,
    worse: Annotated[bool, typer.Option("--worse", help="As a worse camera sees them.")] = False,
    workers: WorkersOption = 2,
    seed: Annotated[int | None, typer.Option(help="Of what is drawn; 1.")] = None,
) -> None:
    """Make one bank."""
    from_drawn = which is not None and which.startswith("drawn-")
    if half and (formulary or from_drawn):
        raise InputError("Only photographed sets have halves: leave --half out.")
    if seed is not None and not from_drawn:
        raise InputError("Only drawn sets have a --seed: leave it out.")
    if formulary and not which:
        name = str((out / "formulary.parquet").resolve())
        catalog = build("formulary", formulary / TABLE, Path(name))
        known = own_pills(formulary, catalog)[:pills]
    elif which and not formulary:
        name = which.split("-")[-1]
        catalog = Catalog.load(name)
        if from_drawn:
            known = drawn(catalog, pills or 1000, 1 if seed is None else seed)
        else:
            known = _photographs_of(which, half)[:pills]
    else:
        raise InputError("Name the pills to ask about: either by --set or by --photos.")
    observed = observe_all(known, name, reader, WORSE_CAMERA if worse else None, workers)
    count = write_queries(out, catalog, name, observed)
    print(f"{out}: {count} queries about {len(known)} pills")


if __name__ == "__main__":
    with told_in_one_line("query_bank"):
        typer.run(main)
