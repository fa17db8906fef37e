"""A bank of queries on disk: what the stages before the fusion say of many pills."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.models.evidence import COLUMNS
from rxmm.models.facts import Pill
from rxmm.results import MAX_FACES
from rxmm.training.cutouts import CutoutBank, write_facts
from rxmm.training.observe import ObservedQuery, TrainingPill

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
