"""What becomes of a decision: candidates, checks, what is asked next."""

import numpy as np
import pytest

from rxmm.calibration import Calibration, Calibrations
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.identifier import Identifier
from rxmm.overrule import Overrule
from tests.conftest import ScriptedReader, WholePhotoSegmenter
from tests.scripted import CATALOG, OFF_WHITE, WHITE, identifier, imprint_of_first


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


def test_look_alikes_and_next_steps_come_with_the_answer() -> None:
    answer = identifier("IP 465").identify(WHITE)
    assert answer.look_alikes[0].check == "Is it 465 or 466?"
    assert any("465 or 466" in step for step in answer.next_steps)
    unread = identifier("").identify(WHITE)
    assert unread.look_alikes == ()
    assert unread.next_steps[0] == "Photograph the other face too."


def test_an_imprint_typed_in_one_word_is_parted_as_it_is_recorded() -> None:
    answer = identifier("", "").identify(WHITE, OFF_WHITE, overrule=Overrule(imprint="LILLY4165"))
    assert answer.status == "identified"
    assert imprint_of_first(answer) == ("4165", "LILLY")
    assert not any("not read" in what for what in answer.candidates[0].differs)


def test_a_photo_of_another_pill_than_was_typed_is_asked_about() -> None:
    answer = identifier("TEVA", "4067").identify(
        WHITE, OFF_WHITE, overrule=Overrule(imprint="LILLY 4165")
    )
    assert imprint_of_first(answer) == ("4165", "LILLY")
    assert answer.status == "ambiguous"
    assert "seems to show TEVA, which" in answer.next_steps[0]
