"""The labelled query sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from rxmm.errors import InputError
from rxmm.evaluation.photos import (
    LabelledPhoto,
    apart,
    real_data_folder,
    tw_photos,
    us_consumer,
    us_reference,
)
from rxmm.evaluation.query import Photos, Query
from rxmm.evaluation.rendered import rendered_pills, rendered_single, rendered_turned
from rxmm.evaluation.set_names import SetName, Split
from rxmm.render.laid import FAR, NEAR, Distance, laid_photos
from rxmm.splits import part_of


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Where a set's queries come from.

    Attributes:
        catalog: of its country; every query is ranked against all of it.
        seen: what is seen of each pill, in words, to stand beside every figure.
        has_split: whether part of it may be trained on, so that the split matters.
        read: lists all its queries.
    """

    name: SetName
    catalog: str
    seen: str
    has_split: bool
    read: Callable[[], list[Query]]

    def title(self, split: Split) -> str:
        """What a table of figures was measured on, and today's date."""
        return f"{self.name} ({self.part(split)}), {self.seen}, {date.today().isoformat()}"

    def part(self, split: Split) -> Split:
        """The part that this name means here: of a set without a split, all."""
        return split if self.has_split else "all"

    def queries(self, split: Split, limit: int | None) -> list[Query]:
        """The set's queries, or a sample of ``limit`` of them that is always the same.

        Raises:
            InputError: the photographs are not here, or the set is empty.
        """
        queries, part = self.read(), self.part(split)
        if part != "all":
            queries = [query for query in queries if part_of(query.group) == part]
        if not queries:
            raise InputError(f"The set {self.name} ({split}) holds no labelled pill to identify.")
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
        Query(pill, of[0].group, _files(of[0].path, of[1].path), (1, 1), of[0].label)
        for pill, of in sides.items()
        if 0 in of and 1 in of
    ]


def _single(photos: Sequence[LabelledPhoto], faces: int) -> list[Query]:
    """One query for each photograph."""
    return [Query(p.pill, p.group, _files(p.path), (faces,), p.label) for p in photos]


def _by_phone(distance: Distance) -> list[Query]:
    """The pills of laboratory photographs, laid on drawn grounds."""
    return [
        replace(query, photos=laid_photos(query.photos, query.id, distance))
        for query in _two_sided(us_reference(real_data_folder()))
    ]


def _each_face(queries: Sequence[Query]) -> list[Query]:
    """Each face of these pills alone, as if the other had not been photographed."""
    return [
        replace(query, id=f"{query.id} {face}", photos=_only(query.photos, face), faces=(1,))
        for query in queries
        for face in range(len(query.faces))
    ]


def _only(photos: Photos, face: int) -> Photos:
    return lambda: photos()[face : face + 1]


def _files(*paths: Path) -> Photos:
    return lambda: paths


_PHOTOS, _DRAWN = "two faces, two photos", "two faces, two drawings"
_ONE_FACE = "one face, one photo"

SETS: dict[SetName, QuerySet] = {
    query_set.name: query_set
    for query_set in (
        QuerySet(
            "us-reference",
            "us",
            _PHOTOS,
            True,
            lambda: _two_sided(us_reference(real_data_folder())),
        ),
        QuerySet("us-laid", "us", _PHOTOS, True, lambda: _by_phone(NEAR)),
        QuerySet("us-far", "us", _PHOTOS, True, lambda: _by_phone(FAR)),
        QuerySet("us-laid-face", "us", _ONE_FACE, True, lambda: _each_face(_by_phone(NEAR))),
        QuerySet(
            "us-consumer",
            "us",
            _ONE_FACE,
            False,
            lambda: _single(us_consumer(real_data_folder()), faces=1),
        ),
        QuerySet(
            "tw-photos",
            "tw",
            "two faces, one photo",
            True,
            lambda: _single(apart(tw_photos(real_data_folder())), faces=2),
        ),
        QuerySet("rendered", "us", _DRAWN, False, rendered_pills),
        QuerySet("rendered-single", "us", _DRAWN, False, rendered_single),
        QuerySet("rendered-turned", "us", _DRAWN, False, rendered_turned),
    )
}
