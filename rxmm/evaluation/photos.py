"""The labelled real photographs, as the folder that RXMM_REAL_DATA names holds them.

docs/DATA.md says what each set is and how the folder is laid out.  Everything is listed here, all
parts of the split; training code goes through `rxmm.training.photos`, which gives it its part only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pandas as pd

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import InputError
from rxmm.splits import Part, part_of, tw_group, us_group

FOLDER_VARIABLE = "RXMM_REAL_DATA"
_PIECES = {"1": 1, "2": 2, "3": 3, "4": 4, "無": 1, "直線": 2, "十字": 4}  # none, a line, a cross
_PLAUSIBLE_MM = (2.5, 35.0)
"""Sizes outside are typing errors or centimetres."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a pill; None or empty where it is not.

    Attributes:
        imprint: tokens of both faces together, never empty for a listed photograph.
        colors: distinct, predominant first.
        score: number of equal pieces, 1 = unscored.
        size_mm: longest dimension.
        imprint_type: DEBOSSED, EMBOSSED or PRINTED.
        generic: generic name, US only.
        labeler: company whose product it is, US only.
    """

    imprint: tuple[str, ...]
    colors: tuple[Color, ...] = ()
    shape: Shape | None = None
    score: int | None = None
    size_mm: float | None = None
    imprint_type: str | None = None
    generic: str = ""
    labeler: str = ""


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One photograph and what it shows.

    Attributes:
        pill: the NDC, licence or file that makes one query.
        side: 0 or 1 for a photograph of one known face, None otherwise.
        group: photographs of one group may share pictures; see `rxmm.splits`.
    """

    path: Path
    pill: str
    side: int | None
    group: str
    label: Label


def real_data_folder() -> Path:
    """The folder that RXMM_REAL_DATA names.

    Raises:
        InputError: the variable is not set, or is not a folder.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not folder or not Path(folder).is_dir():
        raise InputError(
            f"The labelled photographs are found through the environment variable "
            f"{FOLDER_VARIABLE}, which {f'names no folder ({folder})' if folder else 'is not set'}."
            " Set it to the folder laid out as docs/DATA.md describes."
        )
    return Path(folder)


def us_reference(folder: Path) -> list[LabelledPhoto]:
    """Laboratory photographs of one face each (``us/reference``)."""
    pills = _us_pills(folder)
    return [
        LabelledPhoto(
            path=folder / "us/reference" / row["file"],
            pill=row["ndc"],
            side=int(row["side"]),
            group=us_group(row["image_group"]),
            label=_label(row, row["imprint"], pills.get(row["ndc9"], {})),
        )
        for row in _rows(folder / "us/reference/labels.csv")
        if tokens(row["imprint"])
    ]


def us_consumer(folder: Path) -> list[LabelledPhoto]:
    """Photographs by phone, one face each (``us/consumer``): for measuring only."""
    pills = _us_pills(folder)
    return [
        LabelledPhoto(
            path=folder / "us/consumer" / row["file"],
            pill=row["file"],
            side=None,
            group=f"consumer:{row['ndc9']}",
            label=_label(row, row["imprint"], pills.get(row["ndc9"], {})),
        )
        for row in _rows(folder / "us/consumer/labels.csv")
        if tokens(row["imprint"])
    ]


def tw_photos(folder: Path) -> list[LabelledPhoto]:
    """Photographs of both faces side by side (``tw/photos``).

    The imprint is that of ``mark1`` and ``mark2``: the column ``imprint`` lost leading zeros.
    """
    return [
        LabelledPhoto(
            path=folder / "tw/photos" / row["file"],
            pill=row["file"],
            side=None,
            group=tw_group(row["licence_id"]),
            label=_label(row, f"{row['mark1']};{row['mark2']}"),
        )
        for row in _rows(folder / "tw/photos/labels.csv")
        if tokens((row["mark1"], row["mark2"]))
    ]


def apart(listed: Iterable[LabelledPhoto]) -> list[LabelledPhoto]:
    """The photographs, each in one part: what stands, byte for byte, in two, as a photograph that
    several licences of one maker share, stays only where least may be done with it."""
    listed = list(listed)
    strictest: dict[bytes, int] = {}
    for photo in listed:
        seen = content(photo.path)
        strictest[seen] = max(strictest.get(seen, 0), _strictness(photo))
    return [photo for photo in listed if strictest[content(photo.path)] == _strictness(photo)]


def _strictness(photo: LabelledPhoto) -> int:
    return get_args(Part).index(part_of(photo.group))


@cache
def content(path: Path) -> bytes:
    """What is the same for two files of the same bytes."""
    return sha256(path.read_bytes()).digest()


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}). docs/DATA.md says what the folder in "
            f"{FOLDER_VARIABLE} holds."
        ) from error


def us_phone_readings(folder: Path) -> list[tuple[str, str]]:
    """Imprint of the pill, and what another reader read on a phone photograph of one face of it
    (``us/consumer_readings.csv``): several photographs of each pill."""
    listed = _rows(folder / "us/consumer_readings.csv")
    return [(row["imprint_true"], row["reading"]) for row in listed]


def tw_marks(folder: Path) -> list[tuple[str, str]]:
    """The marks of the two faces of each pill in Taiwan's table (``tw/pills.csv``)."""
    return [(row["mark1"], row["mark2"]) for row in _rows(folder / "tw/pills.csv")]


def _us_pills(folder: Path) -> dict[str, Mapping[str, str]]:
    """What the publisher's table adds to the labels, by NDC."""
    return {row["ndc9"]: row for row in _rows(folder / "us/pills.csv")}


def _rows(path: Path) -> list[dict[str, str]]:
    return [{str(k): str(v) for k, v in row.items()} for row in _read(path).to_dict("records")]


def _label(row: Mapping[str, str], imprint: str, pill: Mapping[str, str] | None = None) -> Label:
    """A row of labels, with the pill's row of the publisher's table where there is one.

    Terms outside the FDA vocabularies (OTHER, CLEAR) count as not known.
    """
    pill = pill or {}
    shape = row["shape"].partition(" (")[0]  # "PENTAGON (5 sided)"
    size = float(row["size_mm"].partition(";")[0] or 0)
    return Label(
        imprint=tokens(imprint),
        colors=tuple(Color(c) for c in dict.fromkeys(row["color"].split(";")) if c in set(Color)),
        shape=Shape(shape) if shape in set(Shape) else None,
        score=_PIECES.get(row.get("score", "")),
        size_mm=size if _PLAUSIBLE_MM[0] <= size <= _PLAUSIBLE_MM[1] else None,
        imprint_type=pill.get("imprint_type") or None,
        generic=row.get("generic", ""),
        labeler=row.get("labeler") or pill.get("labeler", ""),
    )
