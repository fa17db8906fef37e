"""The straight line from photos to an answer, with small stages in place of the slow ones."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rxmm.calibration import Calibration, Calibrations
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.decision import Decision, decide
from rxmm.errors import InputError, NoPillFoundError, PhotoError
from rxmm.formulary import Formulary
from rxmm.identifier import Identifier
from rxmm.models.deferred import DeferredFusion
from rxmm.overrule import Overrule
from rxmm.results import PillFace
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter
from tests.scripted import CATALOG, OFF_WHITE, WHITE, identifier, imprint_of_first


def test_two_faces_make_one_query() -> None:
    answer = identifier("TEVA", "4067").identify(WHITE, OFF_WHITE)
    assert imprint_of_first(answer) == ("4067", "TEVA")
    assert [seen.photo for seen in answer.evidence] == [0, 1]
    assert answer.status == "identified"
    assert answer.source == "imprint_match"


def test_one_picture_is_not_taken_for_two_faces() -> None:
    with pytest.raises(InputError, match="same picture"):
        identifier("TEVA", "4067").identify(WHITE, WHITE.copy())


def test_no_photo_is_no_question() -> None:
    for back in (None, WHITE):
        with pytest.raises(PhotoError, match="Expected a photo, got NoneType"):
            identifier("TEVA").identify(None, back)  # type: ignore[arg-type]


def test_what_to_load_is_checked_before_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no ranking 'typo'"):
        Identifier.load("mars", ranking="typo")  # type: ignore[arg-type]
    pill = {"imprint": "MY 1", "color": "white", "shape": "round", "name": "MINE"}
    Formulary(tmp_path).enrol(pill)
    own = Identifier.load(ranking="imprint_match", formulary=str(tmp_path))
    assert len(own.catalog) == len(CATALOG) + 1


def test_a_reading_of_nothing_is_not_an_error_and_not_an_answer() -> None:
    answer = identifier("").identify(WHITE)
    assert answer.status == "unidentified"
    assert answer.evidence[0].reading.tokens == ()


def test_a_person_overrules_the_photo() -> None:
    told = Overrule(imprint="54 757", colors=(Color.WHITE,), shape=Shape.ROUND, size_mm=9.0)
    answer = identifier("TEVA").identify(WHITE, overrule=told)
    assert imprint_of_first(answer) == ("54", "757")
    assert answer.evidence[0].looks.shape == {Shape.ROUND: 1.0}
    assert answer.evidence[0].looks.colors == ({Color.WHITE: 1.0},)
    assert answer.evidence[0].looks.size_mm == 9.0


def test_no_candidate_at_all_is_no_question() -> None:
    with pytest.raises(InputError, match="at least one"):
        identifier("TEVA").identify(WHITE, top=0)


def test_every_stage_is_timed() -> None:
    timings = identifier("TEVA").identify(WHITE).timings_ms
    stages = ["read_photo", "segment", "describe", "read_imprint", "match", "fuse", "decide"]
    assert list(timings) == [*stages, "total"]
    assert timings["total"] >= max(timings[stage] for stage in stages)


def test_errors_of_a_stage_reach_the_caller() -> None:
    with pytest.raises(NoPillFoundError, match="The front photo: nothing there"):
        Identifier(CATALOG, Blind(), ScriptedReader()).identify(WHITE)
    with pytest.raises(PhotoError):
        identifier("TEVA").identify("no-such-photo.jpg")


def test_a_photo_without_a_pill_is_named(tmp_path: Path) -> None:
    class OnlyWhite(WholePhotoSegmenter):
        def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]:
            return super().__call__(photo) if photo.max() > 100 else Blind()(photo)

    Image.fromarray(WHITE).save(tmp_path / "pill.png")
    Image.fromarray(WHITE // 4).save(tmp_path / "table.png")
    asked = Identifier(CATALOG, OnlyWhite(), ScriptedReader("TEVA", ""))
    with pytest.raises(NoPillFoundError, match=r"table\.png: nothing there"):
        asked.identify(tmp_path / "pill.png", str(tmp_path / "table.png"))
    with pytest.raises(NoPillFoundError, match="The back photo: nothing there"):
        asked.identify(tmp_path / "pill.png", (tmp_path / "table.png").read_bytes())
    file = (tmp_path / "table.png").open("rb")
    with file, pytest.raises(NoPillFoundError, match=r"table\.png: nothing there"):
        asked.identify(WHITE, file)


def test_a_cascade_asks_the_fusion_unless_the_match_names_a_pill_that_can_be_shown() -> None:
    asked = []

    class Fusion:
        version = "fusion of a test"

        def __call__(self, *seen: object) -> np.ndarray:
            asked.append(seen)
            return np.append(20.0 * (np.arange(len(CATALOG)) == 0), -9.0)

    cases = (("TEVA 4067", 0.5, "imprint_match"), ("", 0.5, "fusion"), ("", 0.0, "fusion"))
    for text, least, source in cases:
        reader = ScriptedReader(text, "")
        fusion = DeferredFusion(Fusion, "fusion of a test")  # type: ignore[arg-type]
        sure = Calibrations({"hand": {"imprint_match": (Calibration(identified=least),) * 2}})
        chosen = Identifier(CATALOG, WholePhotoSegmenter(), reader, fusion, sure, screen=True)
        assert chosen.identify(WHITE, OFF_WHITE).source == source
        assert bool(asked) == (source == "fusion")
        assert ("ranker" in vars(fusion)) == (source == "fusion")


@pytest.mark.parametrize("fused", [True, False])
def test_what_is_not_screened_is_decided_once(fused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = []

    def counted(*of: Any) -> Decision:
        decided.append(of)
        return decide(*of)

    class Fusion:
        version = "fusion of a test"

        def __call__(self, *seen: object) -> np.ndarray:
            return np.append(20.0 * (np.arange(len(CATALOG)) == 0), -9.0)

    monkeypatch.setattr("rxmm.identifier.decide", counted)
    fusion = DeferredFusion(Fusion, "fusion of a test") if fused else None  # type: ignore[arg-type]
    chosen = Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader("TEVA 4067"), fusion)
    assert chosen.identify(WHITE).source == ("fusion" if fused else "imprint_match")
    assert len(decided) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_does_not_wait_for_threads_that_are_gone() -> None:
    program = """
import os, torch, rxmm.identifier
torch.set_num_threads(2)
def work():
    torch.nn.functional.conv2d(torch.randn(4, 32, 64, 64), torch.randn(32, 32, 3, 3))
work()
child = os.fork()
if not child:
    work()
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
