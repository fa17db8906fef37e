"""The straight line from photos to an answer, with small stages in place of the slow ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rxmm.calibration import Calibration, Calibrations
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.decision import Decision, decide
from rxmm.errors import InputError, NoPillFoundError, PhotoError
from rxmm.formulary import Formulary
from rxmm.identifier import Identifier
from rxmm.models.deferred import DeferredFusion
from rxmm.overrule import Overrule
from rxmm.results import Appearance, Identification, PillFace
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
OFF_WHITE = WHITE - 1


def identifier(*texts: str) -> Identifier:
    return Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader(*texts))


def imprint_of_first(answer: Identification) -> tuple[str, ...]:
    return appearance_key(answer.candidates[0].appearance.imprint)


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


def test_candidates_are_distinct_ranked_and_limited() -> None:
    answer = identifier("TEVA").identify(WHITE, top=7)
    ids = [candidate.appearance.appearance_id for candidate in answer.candidates]
    assert len(set(ids)) == len(ids) == 7
    assert [candidate.rank for candidate in answer.candidates] == list(range(1, 8))
    chances = [candidate.probability for candidate in answer.candidates]
    assert chances == sorted(chances, reverse=True) and 0 <= sum(chances) <= 1


def test_what_agrees_and_differs_is_said() -> None:
    first = identifier("TEVA", "4067").identify(WHITE, OFF_WHITE).candidates[0]
    assert {"imprint TEVA", "imprint 4067"} <= set(first.agrees)


def test_faces_of_different_pills_are_not_called_identified() -> None:
    longer = np.full((64, 160, 3), 235, dtype=np.uint8)
    answer = identifier("TEVA", "4067").identify(WHITE, longer)
    assert answer.status == "ambiguous"
    assert "different pills" in answer.next_steps[0]


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


def test_a_typed_imprint_that_no_pill_bears_is_asked_about_not_answered() -> None:
    answers = [
        identifier("", "").identify(WHITE, OFF_WHITE, overrule=Overrule(imprint=text))
        for text in ("LILLY 4165", "4165 lilly", "LILLY 4166")
    ]
    assert [answer.status for answer in answers] == ["identified", "identified", "ambiguous"]
    assert imprint_of_first(answers[2]) == ("4165", "LILLY")
    assert "Check the imprint that you typed" in " ".join(answers[2].next_steps)
    assert "does not bear what was typed" in answers[2].next_steps[0]
    assert not answers[2].prediction_sets


def test_a_prediction_set_knows_what_this_answer_gives_it() -> None:
    masses = Calibration(masses={0.9: 0.0, 0.99: 1.0})
    fitted = Calibrations({"hand": {"imprint_match": (masses, masses)}})
    asked = Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader("TEVA"), calibrations=fitted)
    answer = asked.identify(WHITE)
    first = answer.candidates[0].probability / (1 - answer.not_listed)
    assert first < 0.9
    assert [known.mass for known in answer.prediction_sets] == pytest.approx([first, 1.0])


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (Overrule(colors=(Color.WHITE,)), "identified"),
        (Overrule(colors=(Color.BLUE,)), "ambiguous"),
        (Overrule(colors=(Color.WHITE, Color.BLUE)), "ambiguous"),
        (Overrule(shape=Shape.CAPSULE), "identified"),
        (Overrule(shape=Shape.ROUND), "ambiguous"),
        (Overrule(size_mm=13.0), "identified"),
        (Overrule(size_mm=16.0), "ambiguous"),
    ],
)
def test_what_looks_other_than_was_typed_is_asked_about_not_answered(
    typed: Overrule, status: str
) -> None:
    answer = identifier("LILLY", "4165").identify(WHITE, OFF_WHITE, overrule=typed)
    assert imprint_of_first(answer) == ("4165", "LILLY")
    assert answer.status == status
    assert ("that was typed" in " ".join(answer.next_steps)) == (status == "ambiguous")


def test_of_what_is_not_recorded_nothing_typed_is_lacking() -> None:
    typed = Overrule(colors=(Color.BLUE,), shape=Shape.ROUND, size_mm=9.0)
    assert typed.lacking(Appearance("us-1", ("A",))) == ()
    known = Appearance("us-1", ("A",), (Color.RED,), Shape.OVAL, size_mm=12.0)
    assert typed.lacking(known) == ("color", "shape", "size")
    assert Overrule().lacking(known) == ()


@pytest.mark.parametrize("size", [0.0, -3.0, float("nan"), float("inf")])
def test_a_size_that_is_none_is_told(size: float) -> None:
    with pytest.raises(InputError, match="longest extent"):
        Overrule(size_mm=size)


@pytest.mark.parametrize("imprint", ["", " ", "--", "*", "LILLY 41*"])
def test_an_imprint_that_is_none_letter_by_letter_is_told(imprint: str) -> None:
    with pytest.raises(InputError, match="letter by letter"):
        Overrule(imprint=imprint)


def test_no_candidate_at_all_is_no_question() -> None:
    with pytest.raises(InputError, match="at least one"):
        identifier("TEVA").identify(WHITE, top=0)


def test_look_alikes_and_next_steps_come_with_the_answer() -> None:
    answer = identifier("IP 465").identify(WHITE)
    assert answer.look_alikes[0].check == "Is it 465 or 466?"
    assert any("465 or 466" in step for step in answer.next_steps)
    unread = identifier("").identify(WHITE)
    assert unread.look_alikes == ()
    assert unread.next_steps[0] == "Photograph the other face too."


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
