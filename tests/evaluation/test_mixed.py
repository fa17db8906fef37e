"""Faces of two pills: how they are put together, and what is told of them."""

import numpy as np
import torch

from rxmm.calibration import Calibrations
from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.evaluation.mixed import Told, ask, mixed, to_markdown
from rxmm.evaluation.stages import Stages
from rxmm.looks import describe
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.results import PillFace, Seen
from rxmm.segmentation import PillSegmenter
from tests.conftest import ScriptedReader, WholePhotoSegmenter, reading
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")


def seen(width: int, *texts: str) -> Seen:
    photo = np.full((64, width, 3), 235, dtype=np.uint8)
    faces: list[PillFace] = [*WholePhotoSegmenter()(photo), *WholePhotoSegmenter()(photo)]
    return Seen(faces, [reading(text) for text in texts], [describe(face) for face in faces])


def texts(pill: Seen) -> list[str]:
    return [face.text for face in pill.readings]


def test_each_first_face_stands_beside_a_second_face_of_another_imprint() -> None:
    pills = [
        (("A", "B"), seen(64, "A", "B")),
        (("A", "B"), seen(64, "a", "b")),
        (("C", "D"), seen(160, "C", "D")),
    ]
    found = list(mixed(pills))
    assert [texts(pill) for pill in found] == [["A", "D"], ["a", "D"], ["C", "B"]]
    assert [face.crop.shape[1] for face in found[0].faces] == [64, 160]
    assert [round(looks.aspect_ratio, 1) for looks in found[0].looks] == [1.0, 2.5]
    assert not list(mixed(pills[:2]))


def test_unlike_faces_are_taken_for_two_pills_and_never_identified() -> None:
    torch.manual_seed(0)
    ranker = FusionRanker(FusionModel(TINY).eval(), CATALOG)
    reader = ScriptedReader("TEVA", "4067")
    stages = Stages(CATALOG, PillSegmenter(), reader, Matcher(CATALOG), ranker, Calibrations())
    whole, longer = seen(64, "TEVA", "4067"), seen(160, "TEVA", "4067")
    assert ask(stages, whole).one_pill
    (apart, _) = mixed([(("1",), whole), (("2",), longer)])
    told = ask(stages, apart)
    assert not told.one_pill and told.status != "identified"


def test_the_table_counts_answers() -> None:
    told = [Told("identified", True), Told("ambiguous", False), Told("ambiguous", True)]
    *_, line = to_markdown({"of two pills": told}).splitlines()
    assert line == "| of two pills | 3 | 0.333 | 0.667 | 0.000 | 0.333 |"
