"""Pills of the validation part with everything that shows them, for measuring enrolment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.table import Catalog, appearance_id, look_key
from rxmm.evaluation.photos import Label, LabelledPhoto, content
from rxmm.photo import PhotoSource
from rxmm.render import HELD_OUT_FONTS, PHONE, render, sample_scene
from rxmm.results import Appearance
from rxmm.splits import is_validation

DRAWINGS = 7
"""Of each pill."""
_SIDE = 320
"""Pixels of a drawing."""

Kind = Literal["photograph", "drawing"]
Shot = Callable[[], Sequence[PhotoSource]]
"""Gives both faces of a pill as they were seen once."""


class Pill(NamedTuple):
    """A pill to enrol: its row of the catalogue, and how it was seen."""

    appearance_id: str
    shots: Mapping[Kind, Sequence[Shot]]


def validation_pills(listed: Iterable[LabelledPhoto], catalog: Catalog) -> list[Pill]:
    """Pills of the validation part that a row of the catalogue exactly describes.

    Photographs that are the same byte for byte, as repackagers' are, count once.
    """
    seen: dict[tuple[str, str], list[Path]] = defaultdict(list)  # by row and label
    rows = set(catalog.appearances["appearance_id"])
    for photo in listed:
        row = appearance_id(catalog.country, look_key(_facts(photo.label)))
        if is_validation(photo.group) and row in rows:
            seen[row, photo.pill].append(photo.path)
    distinct: dict[str, dict[bytes, Shot]] = defaultdict(dict)
    for (row, _), files in seen.items():
        distinct[row].setdefault(_content(files), partial(tuple, files))
    return [
        Pill(
            row, {"photograph": list(shots.values()), "drawing": drawings(catalog.appearance(row))}
        )
        for row, shots in distinct.items()
    ]


def _facts(label: Label) -> dict[str, str]:
    colors, shape = ";".join(label.colors), label.shape.value if label.shape else ""
    return {"imprint": ";".join(label.imprint), "color": colors, "shape": shape}


def _content(files: Sequence[Path]) -> bytes:
    return sha256(b"".join(sorted(map(content, files)))).digest()


def drawings(pill: Appearance) -> list[Shot]:
    """A pill drawn as by phone, several times; never in the light and place of another pill."""
    first = crc32(pill.appearance_id.encode())
    return [partial(_draw, pill, first + number) for number in range(DRAWINGS)]


def _draw(pill: Appearance, seed: int) -> list[NDArray[np.uint8]]:
    scenes = [sample_scene(pill, side, seed, PHONE, HELD_OUT_FONTS) for side in (0, 1)]
    return [p.image.permute(1, 2, 0).numpy() for p in render(scenes, _SIDE, _SIDE)]
