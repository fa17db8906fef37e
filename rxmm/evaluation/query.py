"""One labelled query."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rxmm.errors import RxmmError
from rxmm.evaluation.photos import Label
from rxmm.photo import PhotoSource, read_photo
from rxmm.results import PillFace
from rxmm.segmentation import Segmenter


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One pill to identify.

    Attributes:
        group: queries of one group may share a photograph: they are resampled together.
        photos: gives one photo, or front and back; called whenever the pixels are needed.
        faces: how many faces of the pill each of the photos shows.
        style: kind of photograph, where a set has several.
    """

    id: str
    group: str
    photos: Callable[[], tuple[PhotoSource, ...]]
    faces: tuple[int, ...]
    label: Label
    style: str = ""


def faces_of(photos: Iterable[PhotoSource], segmenter: Segmenter) -> list[PillFace]:
    """All faces on the photos of a pill; none where one of them cannot be used."""
    try:
        return [face for photo in photos for face in segmenter(read_photo(photo))]
    except RxmmError:
        return []
