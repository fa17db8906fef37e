"""A tiny folder laid out like the real one: flat grey pictures, the grey value names the pill."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rxmm.results import ImprintReading, PillFace
from tests.conftest import reading

GRAY_STEP = 16
IMPRINTS = ("54;757", "TEVA;4067", "93;7240", "b;285", "G;4910;100;MG", "M;475")
"""Real imprints of the US catalogue; pill ``i`` is drawn in grey ``(i + 1) * GRAY_STEP``."""
MARKS = (("CTA", "172"), ("FY T061", ""), ("", "YSP"), ("無", ""), ("", "088"))
"""``mark1`` and ``mark2`` of the Taiwan pills; the fourth has no mark in Latin script."""


class GrayReader:
    """Reads the grey of a face and gives the imprint of the pill of that grey."""

    version = "grey"

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]:
        return [reading(*self.texts[pill_of(face.crop)].split(";")) for face in faces]


def pill_of(pixels: NDArray[np.uint8]) -> int:
    """The number of the pill that this picture shows."""
    return round(float(pixels.mean()) / GRAY_STEP) - 1


def write_folder(root: Path) -> Path:
    """Make the folder under ``root`` and return it."""
    facts = {"imprint_type": "DEBOSSED", "labeler": "TEVA PHARM."}
    pills = [{"ndc9": f"00000{i:04}"} | facts for i in range(len(IMPRINTS))]
    _write_table(root / "us/pills.csv", pills)
    _write_reference(root / "us/reference")
    _write_consumer(root / "us/consumer")
    _write_taiwan(root / "tw/photos")
    return root


def _write_reference(folder: Path) -> None:
    """Thirty NDCs over the six imprints; two share each group; one lacks a side, one an imprint."""
    rows = []
    for number in range(30):
        pill = number % len(IMPRINTS)
        for side in (0, 1):
            if number == 7 and side == 1:
                continue
            rows.append(
                _look(
                    file=f"{number}_{side}.png",
                    ndc=f"0000-{number:04}",
                    ndc9=f"00000{pill:04}",
                    side=side,
                    image_group=number // 2,
                    labeler="Watson, Inc." if pill == 0 else "",
                    imprint="" if number == 8 else IMPRINTS[pill],
                    score="1",
                )
            )
            _write_picture(folder / f"{number}_{side}.png", pill, number + 500 * side)
    _write_table(folder / "labels.csv", rows)


def _write_consumer(folder: Path) -> None:
    rows = [
        _look(file=f"{pill}.png", ndc9=f"00000{pill:04}", imprint=imprint, generic="SOMETHING")
        for pill, imprint in enumerate(IMPRINTS)
    ]
    for pill in range(len(IMPRINTS)):
        _write_picture(folder / f"{pill}.png", pill, 1000 + pill)
    _write_table(folder / "labels.csv", rows)


def _write_taiwan(folder: Path) -> None:
    """Eight licences for each pair of marks; the column ``imprint`` has lost leading zeros."""
    rows = []
    for number in range(8 * len(MARKS)):
        pill = number % len(MARKS)
        mark1, mark2 = MARKS[pill]
        rows.append(
            _look(
                file=f"{number}.png",
                licence_id=f"第{number:06}號",
                imprint=f"{mark1};{mark2}".strip(";").lstrip("0"),
                mark1=mark1,
                mark2=mark2,
                score="直線",
            )
        )
        # The first and the second photograph of each pill are one and the same.
        _write_picture(folder / f"{number}.png", pill, 2000 + max(number, 2 * len(MARKS)))
    _write_table(folder / "labels.csv", rows)


def _look(**facts: object) -> dict[str, object]:
    return {"color": "WHITE;WHITE", "shape": "ROUND", "size_mm": "8", "generic": ""} | facts


def _write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _write_picture(path: Path, pill: int, seed: int) -> None:
    """Flat grey but for one pixel per picture, so that no two have the same bytes by accident."""
    pixels = np.full((40, 40, 3), (pill + 1) * GRAY_STEP, dtype=np.uint8)
    pixels[0, 0] = (seed % 256, seed // 256, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
