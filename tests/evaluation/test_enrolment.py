"""Measuring enrolment: which pills, what is held apart, and the tables."""

from pathlib import Path

import numpy as np
import pytest
import torch

from rxmm.catalog.table import Catalog
from rxmm.evaluation.enrolment import COUNTS, Enrolment, Line
from rxmm.evaluation.photos import us_reference
from rxmm.evaluation.shots import DRAWINGS, Pill, drawings, validation_pills
from rxmm.models.fusion import FusionModel
from rxmm.models.references import References
from rxmm.splits import is_validation
from tests.conftest import WholePhotoSegmenter, first_products
from tests.evaluation.folder import GRAY_STEP, GrayReader, write_folder
from tests.training.tiny import TINY

US = Catalog.load("us")
SMALL = first_products(US, 400)


def flat(pill: int, seed: int) -> np.ndarray:
    """A flat grey that names the pill, but for one pixel."""
    pixels = np.full((40, 40, 3), (pill + 1) * GRAY_STEP, dtype=np.uint8)
    pixels[0, 0] = seed
    return pixels


def pills(count: int, photographs: int) -> list[Pill]:
    return [
        Pill(
            SMALL.appearance(row).appearance_id,
            {
                "photograph": [lambda r=row, s=s: (flat(r, s),) for s in range(photographs)],
                "drawing": [lambda r=row, s=s: (flat(r, 9 + s),) for s in range(DRAWINGS)],
            },
        )
        for row in range(count)
    ]


def enrolment(references: References, count: int = 4) -> Enrolment:
    torch.manual_seed(0)
    reader = GrayReader([";".join(SMALL.imprint_tokens[row]) for row in range(count)])
    model = FusionModel(TINY).eval()
    return Enrolment(SMALL, model, references, WholePhotoSegmenter(), reader)


def test_every_line_has_the_pills_that_were_seen_often_enough() -> None:
    listed = [*pills(3, photographs=1), pills(4, photographs=3)[3]]
    other, own = SMALL.appearance(9).appearance_id, listed[0].appearance_id
    known = References.none(TINY.dim, "tiny").with_faces(torch.eye(TINY.dim)[:1], other)
    misleading = known.with_faces(torch.eye(TINY.dim)[1:2], own)
    measured = enrolment(misleading)
    measured.measure(listed)
    n = {line: len(ranks) for line, ranks in measured.fused.items()}
    assert [n.get(Line("photograph", "photograph", k), 0) for k in COUNTS] == [1, 1, 1, 0]
    assert [n[Line("photograph", "drawing", k)] for k in COUNTS] == [4] * 4
    assert [n[Line("drawing", "drawing", k)] for k in COUNTS] == [4] * 4
    assert all(line.number for line in measured.alone)
    assert measured.photographed[Line("photograph", "drawing", 0)] == 1  # the other pill's
    assert measured.photographed[Line("photograph", "drawing", 1)] == 5
    assert measured.alone[Line("drawing", "drawing", 5)] == [1] * 4
    text = measured.to_markdown()
    assert "| photograph | photograph | 1 | 2 | 1 | 1.000" in text
    assert text.count("| drawing | drawing |") == 3 + 4


def test_a_pill_that_is_not_found_cannot_be_enrolled_and_is_missed() -> None:
    (pill,) = pills(1, photographs=0)
    blank = Pill(pill.appearance_id, pill.shots | {"photograph": [lambda: ("no-such.jpg",)]})
    measured = enrolment(References.none(TINY.dim, "tiny"))
    measured.measure([blank])
    assert measured.fused[Line("photograph", "drawing", 1)] == [None]
    assert Line("photograph", "photograph", 1) not in measured.fused
    assert Line("drawing", "drawing", 5) in measured.fused


def test_pills_are_of_the_validation_part_and_photographs_distinct(tmp_path: Path) -> None:
    listed = us_reference(write_folder(tmp_path))
    found = validation_pills(listed, US)
    held_back = {photo.path for photo in listed if is_validation(photo.group)}
    used = [path for pill in found for shot in pill.shots["photograph"] for path in shot()]
    assert used and set(used) <= held_back and len(set(used)) == len(used)
    assert all(pill.appearance_id in set(US.appearances["appearance_id"]) for pill in found)


@pytest.mark.parametrize("number", [0, 1])
def test_a_drawing_shows_both_faces_and_is_always_the_same(number: int) -> None:
    shots = drawings(SMALL.appearance(0))
    assert len(shots) == DRAWINGS
    front, back = shots[number]()
    again, _ = shots[number]()
    np.testing.assert_array_equal(front, again)
    assert front.dtype == np.uint8 and front.shape == back.shape == (320, 320, 3)
