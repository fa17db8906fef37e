"""The labelled query sets, and the queries that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from rxmm.evaluation.photos import (
    Label,
    LabelledPhoto,
    real_data_folder,
    tw_photos,
    us_consumer,
    us_reference,
)
from rxmm.photo import PhotoSource
from rxmm.splits import is_validation

SetName = Literal["us-reference", "us-consumer", "tw-photos", "rendered"]
Split = Literal["validation", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One pill to identify.

    Attributes:
        group: queries of one group may share a photograph: they are resampled together.
        photos: one, or front and back.
        faces_per_photo: how many faces of the pill each photo shows.
    """

    id: str
    group: str
    photos: tuple[PhotoSource, ...]
    faces_per_photo: int
    label: Label


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Where a set's queries come from.

    Attributes:
        catalog: of its country; every query is ranked against all of it.
        faces: what is seen of each pill, in words, to stand beside every figure.
        has_split: whether part of it may be trained on, so that ``--split`` matters.
    """

    name: SetName
    catalog: str
    faces: str
    has_split: bool
    read: Callable[[Path], list[Query]]

    def queries(self, split: Split, limit: int | None) -> list[Query]:
        """The set's queries, or a sample of ``limit`` of them that is always the same.

        Raises:
            InputError: the photographs are not here.
        """
        queries = self.read(real_data_folder())
        if self.has_split and split == "validation":
            queries = [query for query in queries if is_validation(query.group)]
        return sample(queries, limit)


def sample(queries: Sequence[Query], limit: int | None) -> list[Query]:
    """The first ``limit`` in an order by hash of their ids, as good as random yet fixed."""
    ordered = sorted(queries, key=lambda query: sha256(query.id.encode()).digest())
    return ordered[:limit]


def _two_sided(photos: Sequence[LabelledPhoto]) -> list[Query]:
    """One query for each pill of which both sides were photographed."""
    sides: dict[str, dict[int | None, LabelledPhoto]] = {}
    for photo in photos:
        sides.setdefault(photo.pill, {})[photo.side] = photo
    return [
        Query(pill, of[0].group, (of[0].path, of[1].path), 1, of[0].label)
        for pill, of in sides.items()
        if 0 in of and 1 in of
    ]


def _single(photos: Sequence[LabelledPhoto], faces: int) -> list[Query]:
    """One query for each photograph."""
    return [Query(photo.pill, photo.group, (photo.path,), faces, photo.label) for photo in photos]


SETS: dict[SetName, QuerySet] = {
    "us-reference": QuerySet(
        "us-reference",
        "us",
        "two faces, two photos",
        True,
        lambda folder: _two_sided(us_reference(folder)),
    ),
    "us-consumer": QuerySet(
        "us-consumer",
        "us",
        "one face, one photo",
        False,
        lambda folder: _single(us_consumer(folder), 1),
    ),
    "tw-photos": QuerySet(
        "tw-photos",
        "tw",
        "two faces, one photo",
        True,
        lambda folder: _single(tw_photos(folder), 2),
    ),
}
