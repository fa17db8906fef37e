"""What is typed beside the photos: only what the label says, and what it does to the ranks."""

import numpy as np
import pytest
import torch

from rxmm.calibration import Calibrations
from rxmm.catalog.imprint_text import AppearanceKey
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.stages import Stages
from rxmm.evaluation.typed import RULER, TYPED, Typed
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.overrule import Overrule
from rxmm.results import Seen
from rxmm.segmentation import PillSegmenter, Segmenter
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter
from tests.drawn import WHITE as WHITE_PILL
from tests.drawn import lay, table
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
BLUE_OVAL = Label(("VLE",), (Color.BLUE,), Shape.OVAL, size_mm=12.4)


@pytest.fixture(scope="module")
def ranker() -> FusionRanker:
    torch.manual_seed(0)
    return FusionRanker(FusionModel(TINY).eval(), CATALOG)


def ask(ranker: FusionRanker, segmenter: Segmenter, label: Label, *texts: str) -> Typed:
    """Ask for a pill of two faces, or of as many as there are texts read."""
    faces = len(texts) or 2
    stages = Stages(
        CATALOG, segmenter, ScriptedReader(*texts), Matcher(CATALOG), ranker, Calibrations()
    )
    asked = Typed(stages)
    asked.ask(Query("q", "g", lambda: (WHITE,) * faces, (1,) * faces, label))
    return asked


def test_only_what_the_label_says_is_typed_and_the_size_in_whole_millimetres() -> None:
    assert all(typed(Label(("A",))) == Overrule() for typed in TYPED.values())
    assert TYPED["size"](BLUE_OVAL) == Overrule(size_mm=12.0)
    assert TYPED["size, colours and shape"](BLUE_OVAL) == Overrule(
        colors=(Color.BLUE,), shape=Shape.OVAL, size_mm=12.0
    )


def test_colours_that_are_typed_mend_a_photo_that_shows_others(ranker: FusionRanker) -> None:
    row = next(
        row
        for row, shape in enumerate(CATALOG.appearances["shape"])
        if CATALOG.appearances["color"].iloc[row] == "BLUE" and shape == "ROUND"
    )
    (token, *_) = imprint = CATALOG.imprint_tokens[row]
    label = Label(imprint, (Color.BLUE,), Shape.ROUND)
    ranks = ask(ranker, WholePhotoSegmenter(), label, token[:1]).ranks
    nothing, colours = (ranks["1", name][0] or 999 for name in ("nothing", "colours"))
    assert colours < nothing


def test_every_face_is_asked_alone_too_and_no_pill_is_a_miss(ranker: FusionRanker) -> None:
    asked = ask(ranker, WholePhotoSegmenter(), Label(CATALOG.imprint_tokens[40]), "", "")
    assert {key: len(ranks) for key, ranks in asked.ranks.items()} == {
        (faces, name): int(n) for faces, n in (("2", 1), ("1", 2)) for name in (*TYPED, RULER)
    }
    assert asked.groups == {"2": ["g"], "1": ["g", "g"]}
    text = asked.to_markdown()
    assert text.index("| 1 | size | 2 |") < text.index("| 2 | size | 1 |")
    missed = ask(ranker, Blind(), Label(CATALOG.imprint_tokens[40]))
    misses = {"2": [None], "1": [None, None]}
    assert missed.ranks == {
        (faces, name): ranks for faces, ranks in misses.items() for name in (*TYPED, RULER)
    }


def test_a_ruler_in_the_photo_tells_what_typing_the_size_does(ranker: FusionRanker) -> None:
    photo = table(300, 400, (120, 150, 120))
    lay(photo, (200, 150), (180, 80), WHITE_PILL)
    label = Label(("QX", "77"), size_mm=15.0)
    stages = Stages(
        CATALOG, PillSegmenter(), ScriptedReader(""), Matcher(CATALOG), ranker, Calibrations()
    )
    measured: list[float | None] = []

    class Noting(Typed):
        def _rank(self, seen: Seen, overrule: Overrule, truth: AppearanceKey) -> int | None:
            (looks,) = (overrule.looks(of_face) for of_face in seen.looks)
            measured.append(looks.size_mm)
            return super()._rank(seen, overrule, truth)

    Noting(stages).ask(Query("q", "g", lambda: (photo,), (1,), label))
    typed = dict(zip([*TYPED, RULER], measured, strict=True))
    assert typed["nothing"] is None and typed["size"] == 15.0
    assert typed[RULER] == pytest.approx(15.0, rel=0.08)
