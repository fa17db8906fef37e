"""The result as a picture: every candidate is drawn beside what is told of it."""

from dataclasses import replace

import numpy as np
import pytest

from rxmm.catalog.table import Catalog
from rxmm.drawing.pill import draw_faces
from rxmm.identifier import Identifier
from rxmm.picture import DRAWN_HEIGHT, DRAWN_WIDTH, GAP, PHOTO_WIDTH, draw_result, plain
from rxmm.results import Identification
from tests.conftest import ScriptedReader, WholePhotoSegmenter

PHOTO = np.full((64, 64, 3), 235, dtype=np.uint8)


@pytest.fixture(scope="module")
def answer() -> Identification:
    identifier = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("IP 465"))
    return identifier.identify(PHOTO, top=3)


def test_each_candidate_is_drawn_in_order(answer: Identification) -> None:
    sheet = np.asarray(draw_result(answer, [PHOTO]))
    left = PHOTO_WIDTH + 2 * GAP
    column = sheet[:, left : left + DRAWN_WIDTH]
    tops = []
    for candidate in answer.candidates:
        drawn = np.asarray(draw_faces(candidate.appearance, DRAWN_WIDTH, DRAWN_HEIGHT))
        starts = range(len(column) - DRAWN_HEIGHT)
        tops.append(
            next(top for top in starts if (column[top : top + DRAWN_HEIGHT] == drawn).all())
        )
    assert len(tops) == 3 and tops == sorted(set(tops))


def test_without_candidates_there_is_still_a_picture(answer: Identification) -> None:
    bare = replace(answer, candidates=(), look_alikes=())
    assert draw_result(bare, [PHOTO]).height < draw_result(answer, [PHOTO]).height


def test_names_are_written_with_the_letters_that_there_are() -> None:
    assert plain("SOLAX 5 MG · 舒樂") == "SOLAX 5 MG"
    assert plain("CRÈME® 5 · 舒樂250()") == "CREME 5"
    assert plain("舒樂") == "(name not in Latin letters)"
