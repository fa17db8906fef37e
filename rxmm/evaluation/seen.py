"""What the stages before the ranking make of a query: done once, to rank it in several ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from rxmm.evaluation.query import Query
from rxmm.imprint.reader import ImprintReader
from rxmm.looks import describe
from rxmm.results import ImprintReading, Looks, PillFace
from rxmm.segmentation import Segmenter, faces_of


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One entry per face; none where no pill was found."""

    faces: list[PillFace]
    readings: list[ImprintReading]
    looks: list[Looks]

    @classmethod
    def of(cls, query: Query, segmenter: Segmenter, reader: ImprintReader) -> Self:
        """See, read and describe all faces of a query."""
        faces = faces_of(query.photos(), segmenter)
        return cls(faces, reader(faces), [describe(face) for face in faces])

    def each_alone(self) -> Iterator[Self]:
        """The same pill with one of its faces seen."""
        for number in range(len(self.faces)):
            one = slice(number, number + 1)
            yield type(self)(self.faces[one], self.readings[one], self.looks[one])
