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
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
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
from rxmm.errors import InputError
from rxmm.evaluation.photos import LabelledPhoto
from rxmm.formulary import TABLE
from rxmm.imprint import DEFAULT_READER, READERS
from rxmm.imprint.network import Recognizer
from rxmm.imprint.reader import EasyOCRReader, custom_reader, open_reader
from rxmm.imprint.regions import FinderRegions
from rxmm.models.evidence import COLUMNS
from rxmm.models.facts import Pill
from rxmm.render import LAB, PHONE, render, sample_scene
from rxmm.render.laid import laid_photos
from rxmm.results import MAX_FACES, Appearance
from rxmm.segmentation import PillSegmenter
from rxmm.splits import HALVES, Half
from rxmm.training import photos
from rxmm.training.color_augment import Augmentation
from rxmm.training.cutouts import CutoutBank, write_facts
from rxmm.training.imprint import load_network
from rxmm.training.observe import WORSE_CAMERA, ObservedQuery, Observer, TrainingPill
from rxmm.training.own_photos import own_pills

SETS = ("us", "laid-us", "tw", "drawn-us", "drawn-tw")
SIDE = 128
_DRAWN = 320
"""Pixels of a drawn photograph."""

Observed = tuple[TrainingPill, NDArray[np.uint8], list[ObservedQuery]]


@dataclass(frozen=True, slots=True, eq=False)
class QueryBank:
    """Q queries about pills of one catalogue; see `ObservedQuery` for the arrays.

    Attributes:
        catalog: its name, or the path of its file.
        cutouts: the faces.
        faces: (Q, 2) int64 places among the faces, -1 for none.
        words: of each query.
        groups: (Q,) names, as those of the faces.
        shots: (Q,) names, see `TrainingPill`.
    """

    catalog: str
    cutouts: CutoutBank
    faces: NDArray[np.int64]
    words: list[list[tuple[str, float]]]
    groups: NDArray[np.str_]
    shots: NDArray[np.str_]
    looks: NDArray[np.float32]
    candidates: NDArray[np.int64]
    relation: NDArray[np.int8]
    log_weight: NDArray[np.float32]
    table: NDArray[np.float32]
    unread: NDArray[np.float32]

    @classmethod
    def load(cls, folder: Path) -> QueryBank:
        """Open a bank.

        Raises:
            InputError: there is none; its catalogue has changed since, so that its rows are others;
                or another version of rxmm made it, which kept other things.
        """
        if not (folder / "queries.npz").is_file():
            raise InputError(
                f"{folder} holds no bank of queries: make one with "
                "`python -m rxmm.training.query_bank`."
            )
        stored = dict(np.load(folder / "queries.npz"))
        catalog, version = str(stored.pop("catalog")), str(stored.pop("version"))
        if Catalog.load(catalog).version != version:
            raise InputError(f"{folder} was made with another version of {catalog}: make it again.")
        arrays = {field.name for field in fields(cls)} - {"catalog", "cutouts", "words"}
        if set(stored) != arrays or stored["table"].shape[-1] != len(COLUMNS):
            raise InputError(f"{folder} was made by another version of rxmm: make it again.")
        words = [
            [(str(token), float(sure)) for token, sure in query]
            for query in json.loads((folder / "words.json").read_text("utf-8"))
        ]
        return cls(catalog=catalog, cutouts=CutoutBank.load(folder), words=words, **stored)

    def faces_of_rows(self, queries: Iterable[int]) -> NDArray[np.int64]:
        """Which faces show which rows, (K, 2), of these queries' pills.

        A face of a pill that several rows may be comes once for each of them.
        """
        entries = {
            (face, row)
            for query in queries
            for face in self.faces[query].tolist()
            if face >= 0
            for row in self.candidates[query][self.relation[query] == 2].tolist()
        }
        return np.array(sorted(entries), dtype=np.int64).reshape(-1, 2)


def write_queries(folder: Path, catalog: Catalog, name: str, observed: Iterable[Observed]) -> int:
    """Write a bank; pills of which nothing was seen are left out.

    Args:
        name: by which the catalogue is opened again.

    Returns:
        How many queries there are.

    Raises:
        InputError: nothing was seen of any pill.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cutouts: list[NDArray[np.uint8]] = []
    pills: list[Pill] = []
    face_groups: list[str] = []
    queries: list[tuple[int, TrainingPill, ObservedQuery]] = []  # first face first
    for known, faces, seen in observed:
        queries += [(len(pills), known, query) for query in seen]
        pills += [known.pill] * len(faces)
        face_groups += [known.group] * len(faces)
        cutouts.append(faces)
    if not queries:
        raise InputError("No pill was found on any of these photographs.")
    places = np.full((len(queries), MAX_FACES), -1, dtype=np.int64)
    for place, (first, _, query) in zip(places, queries, strict=True):
        place[: len(query.faces)] = [first + number for number in query.faces]
    np.save(folder / "faces.npy", np.concatenate(cutouts))
    write_facts(folder, pills, face_groups)
    (folder / "words.json").write_text(json.dumps([query.words for *_, query in queries]), "utf-8")
    np.savez(
        folder / "queries.npz",
        catalog=np.array(name),
        version=np.array(catalog.version),
        faces=places,
        groups=np.array([known.group for _, known, _ in queries]),
        shots=np.array([known.shot for _, known, _ in queries]),
        looks=np.stack([query.looks for *_, query in queries]),
        candidates=np.stack([query.candidates for *_, query in queries]),
        relation=np.stack([query.relation for *_, query in queries]),
        log_weight=np.stack([query.log_weight for *_, query in queries]),
        table=np.stack([query.table for *_, query in queries]),
        unread=np.stack([query.unread for *_, query in queries]),
    )
    return len(queries)


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
