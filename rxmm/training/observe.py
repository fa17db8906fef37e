"""All that the stages before the fusion say of one pill, as one or more queries to train it on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import AppearanceKey, appearance_key
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.imprint.reader import ImprintReader
from rxmm.looks import describe
from rxmm.models.evidence import MATCH_UNIT, RowCounts, evidence_table, looks_vector
from rxmm.models.facts import Pill, facts_of, facts_of_catalog
from rxmm.models.image_encoder import cut_out
from rxmm.models.text_encoder import text_of
from rxmm.photo import PhotoSource
from rxmm.results import MAX_FACES, ImprintReading, PillFace, Seen
from rxmm.segmentation import Segmenter, faces_of
from rxmm.training.color_augment import Augmentation

LISTED, CANDIDATES = 48, 80
"""Best rows by matchers and looks, and all rows that stand in a query's list."""
MAX_TRUE = 16

WORSE_CAMERA = Augmentation(tilt=0, zoom=0, shift=0, erase=0, soft=0.4, noise=8.0)
"""How faces look to a worse camera: where they are stays."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPill:
    """A pill that is known, and photographs of it.

    Attributes:
        photos: give one or both faces; called when the pixels are needed.
        group: pills of one group may share photographs.
        shot: name of these photographs, which are no references for themselves.
    """

    pill: Pill
    photos: Callable[[], Sequence[PhotoSource]]
    group: str
    shot: str


@dataclass(frozen=True, slots=True, eq=False)
class ObservedQuery:
    """One query about a pill: both its faces, or one of them.

    Attributes:
        faces: numbers of the faces among those of the pill.
        words: what was read and how surely.
        looks: (LOOKS_WIDTH,).
        candidates: (CANDIDATES,) rows of the catalogue: the best by matchers and looks, true ones,
            and random ones for all others; -1 beyond a small catalogue's end.
        relation: (CANDIDATES,) 2 for the pill itself, 1 for others with its imprint, 0 for others.
        log_weight: (CANDIDATES,) logarithm of how many rows each stands for.
        table: (CANDIDATES, len(COLUMNS)), see `evidence_table`.
        unread: (CANDIDATES, 2) the columns ``fuzzy`` and ``lattice`` had nothing been read.
    """

    faces: tuple[int, ...]
    words: list[tuple[str, float]]
    looks: Floats
    candidates: NDArray[np.int64]
    relation: NDArray[np.int8]
    log_weight: Floats
    table: Floats
    unread: Floats


class Observer:
    """Runs segmentation, looks, reader and matchers over training pills.

    Args:
        catalog: against which to match.
        segmenter: finds the faces.
        reader: of the imprint.
        side: pixels of a cut-out face.
        camera: varies the faces after they were found; by default they stay as they are.
    """

    def __init__(
        self,
        catalog: Catalog,
        segmenter: Segmenter,
        reader: ImprintReader,
        side: int,
        camera: Augmentation | None = None,
    ) -> None:
        self._segmenter, self._reader, self._side = segmenter, reader, side
        self._camera = camera
        self._match = Matcher(catalog)
        self._facts = facts_of_catalog(catalog)
        self._counts = RowCounts.of(catalog)
        self._rows_of_key: dict[AppearanceKey, list[int]] = defaultdict(list)
        for row, key in enumerate(catalog.imprint_keys):
            self._rows_of_key[key].append(row)
        self._unread = {  # by faces seen, (N, 2)
            count: np.stack(self._match([ImprintReading()] * count, [])[:2], axis=1) / MATCH_UNIT
            for count in range(1, MAX_FACES + 1)
        }

    def __call__(
        self, known: TrainingPill, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], list[ObservedQuery]]:
        """Cut-outs of its faces (F, side, side, 4), and the queries: all faces, then each alone.

        Both are empty where a photograph cannot be used or shows more faces than a pill has.
        """
        nothing: NDArray[np.uint8] = np.zeros((0, self._side, self._side, 4), dtype=np.uint8)
        faces = faces_of(known.photos(), self._segmenter)
        if not 0 < len(faces) <= MAX_FACES:
            return nothing, []
        if self._camera is not None:
            faces = [_taken_by(self._camera, face, rng) for face in faces]
        seen = Seen(faces, self._reader(faces), [describe(face) for face in faces])
        together = tuple(range(len(faces)))
        variants = [(together, seen)]
        if len(faces) > 1:
            variants += [((number,), one) for number, one in enumerate(seen.each_alone())]
        relation = self._relation(known.pill)
        queries = [self._query(numbers, one, relation, rng) for numbers, one in variants]
        return np.stack([cut_out(face, self._side) for face in faces]), queries

    def _query(
        self,
        faces: tuple[int, ...],
        seen: Seen,
        relation: NDArray[np.int8],
        rng: np.random.Generator,
    ) -> ObservedQuery:
        matches = self._match(seen.readings, seen.looks)
        candidates, log_weight = _list_rows(matches.score, relation, rng)
        table = evidence_table(self._facts, self._counts, matches, seen.looks)
        return ObservedQuery(
            faces,
            text_of(seen.readings),
            looks_vector(seen.looks).numpy(),
            candidates,
            np.where(candidates < 0, 0, relation[candidates]).astype(np.int8),
            log_weight,
            table[candidates],
            self._unread[len(faces)][candidates].astype(np.float32),
        )

    def _relation(self, pill: Pill) -> NDArray[np.int8]:
        """(N,) how each row is related to this pill, see `ObservedQuery`."""
        relation = np.zeros(len(self._counts.tokens), dtype=np.int8)
        alike = np.array(self._rows_of_key[appearance_key(pill.imprint)], dtype=np.int64)
        if not len(alike):
            return relation
        own = facts_of([pill])
        same_look = (self._facts.colors[alike] == own.colors).all(dim=1)
        same_look &= self._facts.shape[alike] == own.shape
        relation[alike] = 1
        # A label that no row repeats exactly leaves open which of them it is.
        relation[alike[same_look.numpy()] if same_look.any() else alike] = 2
        return relation


def _taken_by(camera: Augmentation, face: PillFace, rng: np.random.Generator) -> PillFace:
    """The face as this camera would have taken it."""
    cutout = torch.from_numpy(np.dstack([face.crop, face.mask.astype(np.uint8) * 255]))
    random = torch.Generator().manual_seed(int(rng.integers(2**31)))
    return replace(face, crop=camera(cutout[None], random)[0, ..., :3].numpy())


def _list_rows(
    score: NDArray[np.float64], relation: NDArray[np.int8], rng: np.random.Generator
) -> tuple[NDArray[np.int64], Floats]:
    """The rows of a query's list, and the logarithm of how many rows each stands for."""
    best = np.argsort(-score, kind="stable")[:LISTED]
    true = np.flatnonzero(relation == 2)
    true = true[np.argsort(-score[true], kind="stable")][:MAX_TRUE]
    listed = np.unique(np.concatenate([best, true]))
    others = np.setdiff1d(np.arange(len(score)), listed)
    drawn = rng.choice(others, min(CANDIDATES - len(listed), len(others)), replace=False)
    candidates = np.full(CANDIDATES, -1, dtype=np.int64)
    log_weight = np.full(CANDIDATES, -np.inf, dtype=np.float32)
    candidates[: len(listed)], log_weight[: len(listed)] = listed, 0.0
    if len(drawn):
        end = len(listed) + len(drawn)
        candidates[len(listed) : end] = drawn
        log_weight[len(listed) : end] = np.log(len(others) / len(drawn))
    return candidates, log_weight
