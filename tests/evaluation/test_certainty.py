"""The tables of probability, prediction sets and rejection."""

from typing import get_args

import numpy as np
import pytest
import torch

from rxmm.calibration import Calibration, Calibrations
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.evaluation.certainty import UNANSWERED, Answer, Examiner, auroc, to_markdown
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.stages import Stages
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.results import Kind
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
ROW = 40
MASSES = {0.9: 0.5, 0.95: 0.9, 0.99: 1.0}


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    one = Calibration(masses=MASSES)
    calibrations = Calibrations(
        {kind: {"fusion": (one, one), "imprint_match": (one, one)} for kind in get_args(Kind)}
    )
    fuse, match = FusionRanker(FusionModel(TINY).eval(), CATALOG), Matcher(CATALOG)
    return match, fuse, calibrations


def query() -> Query:
    label = Label(CATALOG.imprint_tokens[ROW])
    return Query("q", "g", lambda: (WHITE, WHITE), (1, 1), label)


def test_a_pill_that_is_left_out_is_never_right_and_seems_less_likely_listed(parts) -> None:
    reader = ScriptedReader(" ".join(CATALOG.imprint_tokens[ROW]), "")
    asked, left_out = Examiner(Stages(CATALOG, WholePhotoSegmenter(), reader, *parts))(query())
    assert asked.right and asked.rank is not None
    assert not left_out.right and left_out.rank is None
    assert left_out.not_listed > asked.not_listed
    assert asked.set_sizes[0.99] == len(CATALOG)


def test_a_photo_without_a_pill_is_unanswered(parts) -> None:
    asked, left_out = Examiner(Stages(CATALOG, Blind(), ScriptedReader(), *parts))(query())
    assert asked is UNANSWERED and left_out is UNANSWERED


def test_the_tables_count_what_was_answered() -> None:
    sizes = {0.9: 1, 0.95: 3, 0.99: 30}
    right = Answer(0.95, True, 0.01, "identified", 1, sizes)
    wrong = Answer(0.9, False, 0.01, "identified", 2, sizes)
    unsure = Answer(0.3, False, 0.4, "ambiguous", 50, sizes)
    gone = Answer(0.2, False, 0.7, "unidentified", None, sizes)
    pairs = [(right, gone), (wrong, gone), (unsure, gone), (UNANSWERED, UNANSWERED)]
    text = to_markdown(pairs)
    assert "| of these wrong | 1 of 2 (0.500) |" in text
    assert "| 90% | 0.250 | 1.000 | 1.000 | 1.000 |" in text
    assert "| 95% | 0.500 | 3.000 | 3.000 | 0.000 |" in text
    assert "| called unidentified | 1.000 |" in text


def test_auroc_is_the_chance_of_the_right_order() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
