"""What the calibration is fitted to."""

import numpy as np
import pytest
import torch

from rxmm.calibration import Calibrations
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.evaluation.calibrate import DRAWN, by_phone, score
from rxmm.evaluation.imprints import Imprints
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.stages import Stages
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.results import MAX_FACES
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")
IMPRINTS = Imprints(CATALOG)
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
ROW = 40


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    fuse = FusionRanker(FusionModel(TINY).eval(), CATALOG)
    return Matcher(CATALOG), fuse, Calibrations()


def query(*imprint: str) -> Query:
    return Query("q", "g", lambda: (WHITE, WHITE), (1, 1), Label(imprint))


def test_both_faces_and_each_alone_are_asked_of_each_branch(parts) -> None:
    imprint = CATALOG.imprint_tokens[ROW]
    stages = Stages(CATALOG, WholePhotoSegmenter(), ScriptedReader(" ".join(imprint), ""), *parts)
    found = list(score(stages, IMPRINTS, query(*imprint)))
    faces_and_branches = [(faces, source) for faces, source, _ in found]
    assert faces_and_branches == [
        (faces, source) for faces in (MAX_FACES, 1, 1) for source in ("fusion", "imprint_match")
    ]
    for _, _, scored in found:
        assert scored.truth[ROW] and scored.logits.shape == (len(CATALOG) + 1,)
        assert np.isneginf(scored.left_out[:-1][scored.truth]).all()
        assert np.isfinite(scored.left_out[-1])
    (_, _, both), _, (_, _, front), _, (_, _, back), _ = found
    assert both.matches.perfect == front.matches.perfect > back.matches.perfect == 0


def test_nothing_is_learned_where_no_pill_is_found_or_the_catalogue_has_it_not(parts) -> None:
    blind = Stages(CATALOG, Blind(), ScriptedReader(), *parts)
    assert not list(score(blind, IMPRINTS, query(*CATALOG.imprint_tokens[ROW])))
    stages = Stages(CATALOG, WholePhotoSegmenter(), ScriptedReader("", ""), *parts)
    assert not list(score(stages, IMPRINTS, query("NOT", "LISTED")))


def test_a_country_without_laboratory_photographs_has_drawn_pills_as_by_phone() -> None:
    few, all_of_them = (by_phone(Catalog.load("tw"), limit) for limit in (3, None))
    assert len(few) == 3 and len(all_of_them) == DRAWN
    assert {drawn.style for drawn in all_of_them} == {"phone"}
