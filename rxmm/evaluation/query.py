"""One labelled query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rxmm.evaluation.photos import Label
from rxmm.photo import PhotoSource

Photos = Callable[[], tuple[PhotoSource, ...]]


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
    photos: Photos
    faces: tuple[int, ...]
    label: Label
    style: str = ""
