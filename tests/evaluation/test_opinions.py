"""The comparison of one probability with several opinions."""

import numpy as np
import torch

from rxmm.calibration import Calibrations
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.evaluation.opinions import CALIBRATED, INFORMATION, MEAN, Jury
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.stages import Stages
from rxmm.looks import describe
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.results import Seen
from rxmm.segmentation import Segmenter
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter, first_products
from tests.training.tiny import TINY

US = Catalog.load("us")
CATALOG = first_products(US, 300)
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
WAYS = [CALIBRATED, MEAN, INFORMATION]


def ranker(seed: int) -> FusionRanker:
    torch.manual_seed(seed)
    model = FusionModel(TINY).eval()
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return FusionRanker(model, CATALOG)


def stages(segmenter: Segmenter, reader: ScriptedReader, fuse: FusionRanker) -> Stages:
    return Stages(CATALOG, segmenter, reader, Matcher(CATALOG), fuse, Calibrations())


def query(row: int) -> Query:
    label = Label(CATALOG.imprint_tokens[row])
    return Query("q", "g", lambda: (WHITE, WHITE), (1, 1), label)


def test_every_way_judges_every_query() -> None:
    reader = ScriptedReader(" ".join(CATALOG.imprint_tokens[40]), "")
    one, other = ranker(0), ranker(1)
    jury = Jury(stages(WholePhotoSegmenter(), reader, one), [other])
    jury.ask(query(40))
    jury.ask(query(41))
    assert list(jury.judged) == [*WAYS, "ensemble of 2, mean"]
    for judged in jury.judged.values():
        assert len(judged.confidence) == len(judged.right) == 2
    text = jury.to_markdown()
    assert text.count("\n") == 2 + 4
    assert "| dropout, mutual information | " in text


def test_a_pill_that_is_not_found_is_a_miss_of_all() -> None:
    jury = Jury(stages(Blind(), ScriptedReader(), ranker(0)), [])
    jury.ask(query(40))
    assert [judged.right for judged in jury.judged.values()] == [[False]] * len(WAYS)


def test_samples_differ_around_the_answer_but_not_between_calls() -> None:
    faces = list(WholePhotoSegmenter()(WHITE))
    seen = Seen(faces, ScriptedReader("TEVA")(faces), [describe(face) for face in faces])
    fuse = ranker(0)
    asked = (seen, Matcher(CATALOG)(seen.readings, seen.looks))
    drawn = fuse.samples(*asked, 20)
    assert drawn.shape == (20, len(CATALOG) + 1)
    assert (drawn[0] != drawn[1]).any()
    assert (drawn == fuse.samples(*asked, 20)).all()
    without = fuse(*asked)
    assert np.allclose(drawn.mean(axis=0), without, atol=0.1) and np.ptp(without) > 5
