"""Side by side: rxmm and straightforward combinations of what is there, on the same photographs.

    python -m tests.benchmarks.peers --set us-reference --limit 60

Every peer gets the face pictures that rxmm's own reader gets, in four rotations, and the same
catalogue.  Seconds per pill include reading the photo and finding the faces, all with the same
number of threads.
Needs `pip install 'rxmm[dev,offline]' rapidocr onnxruntime`; all models come with those packages.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rich.console import Console
from rich.progress import track
from rich.table import Table

from rxmm.catalog.imprint_text import appearance_key, tokens
from rxmm.catalog.table import Catalog
from rxmm.errors import RxmmError
from rxmm.evaluation.metrics import estimate, ratio, resamples
from rxmm.evaluation.peers import (
    FACE_SIDE,
    Line,
    Ranker,
    Reader,
    Turns,
    distinct,
    easyocr_reader,
    read_turned,
    whole_ratio,
)
from rxmm.evaluation.query import Query
from rxmm.evaluation.run import CANDIDATES
from rxmm.evaluation.sets import SETS
from rxmm.identifier import Identifier

FLOOR, LENGTH_POWER, MISSED = 0.65, 1.0, 0.5
"""Of the token ratio: least similarity that counts, weight of long tokens, price of missed ones.
The best of a grid on 80 pairs of the US reference photographs' training part."""


def rapidocr_reader() -> Reader:
    """RapidOCR with the PP-OCR models in its package.

    Its detector would enlarge a face to 736 pixels; at `FACE_SIDE` it finds far more of the text.
    """
    from rapidocr import RapidOCR

    reader = RapidOCR(
        params={
            "Global.log_level": "error",
            "Det.limit_side_len": FACE_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": torch.get_num_threads(),
        }
    )

    def read(face: NDArray[np.uint8]) -> list[Line]:
        found: Any = reader(face[:, :, ::-1])  # it expects BGR
        return list(zip(found.txts or (), found.scores or (), strict=True))

    return read


def token_ratio(catalog: Catalog) -> Ranker:
    """Each imprint token against the best of all words read in any direction, long ones more."""
    keys, imprints = distinct(catalog)
    vocabulary = sorted({token for imprint in imprints for token in imprint})
    weight = np.array([len(token) for token in vocabulary]) ** LENGTH_POWER
    number = {token: index for index, token in enumerate(vocabulary)}
    rows = [[number[token] for token in imprint] for imprint in imprints]

    def rank(faces: Sequence[Turns]) -> list[tuple[str, ...]]:
        words = word_confidence(faces)
        if not words:
            return []
        alike = process.cdist(list(words), vocabulary, scorer=fuzz.ratio) / 100
        sure = np.array(list(words.values()))[:, None]
        found = (sure * np.clip((alike - FLOOR) / (1 - FLOOR), 0, 1)).max(axis=0)
        value = weight * (found - MISSED * (1 - found))
        score = np.array([value[row].sum() for row in rows])
        return [keys[row] for row in np.argsort(-score, kind="stable")[:CANDIDATES]]

    return rank


def word_confidence(faces: Sequence[Turns]) -> dict[str, float]:
    """Every word read in any direction, and every line without its spaces, with its confidence."""
    words: dict[str, float] = {}
    for text, sure in (line for turns in faces for lines in turns for line in lines):
        for word in {*tokens(text), "".join(tokens(text))} - {""}:
            words[word] = max(sure, words.get(word, 0.0))
    return words


class Bench:
    """Ranks of the true appearance and seconds per pill, by name of the combination."""

    def __init__(self, identifier: Identifier) -> None:
        self.identifier = identifier
        self.readers = {"EasyOCR": easyocr_reader(), "RapidOCR": rapidocr_reader()}
        self.rankers = {
            "WRatio": whole_ratio(identifier.catalog),
            "token ratio": token_ratio(identifier.catalog),
        }
        self.ranks: dict[str, list[int | None]] = {}
        self.seconds: dict[str, list[float]] = {}

    def ask(self, query: Query) -> None:
        """Put one query to every combination; one without a pill found is a miss for all."""
        truth = appearance_key(query.label.imprint)
        try:
            answer = self.identifier.identify(*query.photos(), top=CANDIDATES)
        except RxmmError:
            names = ["rxmm", *(f"{r} + {k}" for r in self.readers for k in self.rankers)]
            for name in names:
                self._note(name, [], truth, None)
            return
        timings = answer.timings_ms
        keys = [appearance_key(candidate.appearance.imprint) for candidate in answer.candidates]
        self._note("rxmm", list(dict.fromkeys(keys)), truth, timings["total"] / 1000)
        finding = (timings["read_photo"] + timings["segment"]) / 1000
        for reader_name, reader in self.readers.items():
            begun = time.perf_counter()
            faces = [read_turned(reader, evidence.face) for evidence in answer.evidence]
            reading = time.perf_counter() - begun
            for ranker_name, ranker in self.rankers.items():
                begun = time.perf_counter()
                ranking = ranker(faces)
                seconds = finding + reading + time.perf_counter() - begun
                self._note(f"{reader_name} + {ranker_name}", ranking, truth, seconds)

    def _note(
        self,
        name: str,
        ranking: list[tuple[str, ...]],
        truth: tuple[str, ...],
        seconds: float | None,
    ) -> None:
        rank = ranking.index(truth) + 1 if truth in ranking else None
        self.ranks.setdefault(name, []).append(rank)
        if seconds is not None:
            self.seconds.setdefault(name, []).append(seconds)


def main(
    set_name: Annotated[str, typer.Option("--set", help="As for rxmm evaluate.")] = "us-reference",
    limit: Annotated[int, typer.Option(help="How many pills, a fixed sample.")] = 60,
) -> None:
    """Print accuracy and seconds per pill of rxmm and its peers."""
    query_set = SETS[set_name]  # type: ignore[index]
    queries = query_set.queries("validation", limit)
    identifier = Identifier.load(query_set.catalog)
    Bench(identifier).ask(queries[0])  # warm-up
    bench = Bench(identifier)
    console = Console(stderr=True)
    for query in track(queries, description=set_name, console=console):
        bench.ask(query)
    samples = resamples([query.group for query in queries])
    part = "validation" if query_set.has_split else "all"
    table = Table(
        "", "top-1", "95% interval", "top-5", "s per pill, median",
        title=f"{set_name} ({part}), n={len(queries)}, {query_set.seen}, "
        f"{torch.get_num_threads()} thread(s)",
    )  # fmt: skip
    for name, ranks in bench.ranks.items():
        first, fifth = (
            estimate(
                ratio([bool(r and r <= k) for r in ranks], np.ones(len(ranks))), len(ranks), samples
            )
            for k in (1, 5)
        )
        table.add_row(
            name, f"{first.value:.3f}", f"{first.low:.3f}-{first.high:.3f}", f"{fifth.value:.3f}",
            f"{statistics.median(bench.seconds.get(name, [0.0])):.2f}",
        )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
