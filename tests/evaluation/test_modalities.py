"""The comparison of modalities: what each way of ranking looks at, and its table."""

import numpy as np
import pytest
import torch

from rxmm.calibration import Calibrations
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.evaluation.modalities import Comparison, ways
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.looks import describe
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.results import Seen
from rxmm.segmentation import faces_of
from tests.conftest import ScriptedReader, WholePhotoSegmenter
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
ROW = 40


@pytest.fixture(scope="module")
def ranked():
    torch.manual_seed(0)
    model = FusionModel(TINY).eval()
    with torch.no_grad():  # it starts as the ranking without the networks
        for parameter in model.head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return ways(Matcher(CATALOG), FusionRanker(model, CATALOG), Calibrations())


def seen(photo: np.ndarray, *texts: str) -> Seen:
    faces = [face for _ in texts for face in WholePhotoSegmenter()(photo)]
    return Seen(faces, ScriptedReader(*texts)(faces), [describe(face) for face in faces])


def test_each_way_looks_at_what_its_name_says(ranked) -> None:
    imprint = " ".join(CATALOG.imprint_tokens[ROW])
    usual, other_text = seen(WHITE, imprint, ""), seen(WHITE, "XYZ", "")
    other_photo = seen((WHITE * [0.2, 0.5, 1.0]).astype(np.uint8), imprint, "")
    for name, scores in ranked.items():
        reads = (scores(usual) != scores(other_text)).any()
        sees = (scores(usual) != scores(other_photo)).any()
        assert reads == (name not in {
            "fusion without text", "image only (fusion)", "colour and shape only",
        }), name  # fmt: skip
        assert sees == (name not in {"text only (BERT)", "lattice only", "fuzzy only"}), name


def test_the_table_counts_all_queries_and_those_that_nothing_was_read_of(ranked) -> None:
    reader = ScriptedReader(" ".join(CATALOG.imprint_tokens[ROW]), "")

    def see(query: Query) -> Seen:
        faces = faces_of(query.photos(), WholePhotoSegmenter())
        return Seen(faces, reader(faces), [describe(face) for face in faces])

    comparison = Comparison(CATALOG, see, ranked, [ROW])
    for imprint in (CATALOG.imprint_tokens[ROW], ("QQQQ",)):
        comparison.ask(Query("q", "g", lambda: (WHITE, WHITE), (1, 1), Label(imprint)))
    assert list(comparison.parts.values()) == [[True, True], [False, True], [True, False]]
    assert comparison.ranks["fuzzy only"] == [1, None]
    text = comparison.to_markdown(["a", "b"])
    assert "### all queries, n = 2" in text and "### no token of the pill read, n = 1" in text
    assert text.count("| fuzzy only | 1 |") == 2 and text.count("| fuzzy only | 2 |") == 1
