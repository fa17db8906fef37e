"""What to do next, rule by rule."""

from dataclasses import replace

import pytest

from rxmm.advice import certainty, next_steps, percent
from rxmm.decision import Checks
from rxmm.notice import NOTICE
from rxmm.results import (
    Appearance,
    Difference,
    Identification,
    LookAlike,
    PredictionSet,
    Product,
)
from tests.conftest import reading

OTHER_FACE = "Photograph the other face too."
SEEN, BLANK = reading("IP"), reading()


def look_alike(differs_in: Difference, check: str = "Is it 465 or 466?") -> LookAlike:
    return LookAlike(Appearance("us-1", ("IP",), products=(Product("PILL B"),)), differs_in, check)


def test_a_sure_answer_of_both_faces_needs_nothing() -> None:
    assert next_steps("identified", [SEEN, SEEN]) == ()


def test_what_was_not_read_on_either_face_is_looked_for() -> None:
    (step,) = next_steps("identified", [SEEN, SEEN], unread=["LILLY"])
    assert "LILLY" in step


def test_what_cannot_be_is_told_first() -> None:
    first, *_ = next_steps("ambiguous", [SEEN, SEEN], checks=Checks(one_pill=False))
    assert "different pills" in first
    assert "another size" in next_steps("ambiguous", [SEEN], checks=Checks(its_size=False))[0]
    first, *_ = next_steps("ambiguous", [SEEN], typed=True, checks=Checks(borne=False))
    assert "look at the imprint again" in first
    far_off = Checks(its_size=False, lacking=("color", "size"))
    steps = next_steps("ambiguous", [SEEN], checks=far_off, measured=True)
    assert "not of the color and size that was typed" in steps[0]
    assert not any("--size-mm" in step for step in steps)


def test_one_face_that_cannot_decide() -> None:
    assert next_steps("ambiguous", [SEEN])[0] == OTHER_FACE
    assert next_steps("unidentified", [SEEN])[0] == OTHER_FACE
    assert next_steps("identified", [SEEN]) == ()
    assert next_steps("identified", [SEEN], [look_alike("token")])[0] == OTHER_FACE
    assert OTHER_FACE not in next_steps("ambiguous", [SEEN, SEEN])


def test_one_face_photographed_twice_is_suspected_where_both_read_alike() -> None:
    steps = next_steps("ambiguous", [reading("M", "15"), reading("15")])
    assert steps[0] == "Both faces say 15: if that is one face twice, photograph the other."
    for told in (
        next_steps("identified", [SEEN, SEEN]),
        next_steps("ambiguous", [SEEN, BLANK]),
        next_steps("ambiguous", [SEEN, SEEN], typed=True),
    ):
        assert not any("twice" in step for step in told)


def test_the_other_face_confirms_a_sure_answer() -> None:
    steps = next_steps("identified", [SEEN], unread=["465"], elsewhere={"465", "IP"})
    assert steps == ("Turn the pill over: the other face should say 465.",)
    steps = next_steps("identified", [SEEN], unread=["465", "M"], elsewhere={"M"})
    assert steps == ("Look for 465 M too, on this face or the other.",)


def test_a_character_to_look_at_is_named() -> None:
    (step,) = next_steps("identified", [SEEN, SEEN], [look_alike("character")])
    assert step == "Look at the imprint again, for PILL B is close: Is it 465 or 466?"
    assert next_steps("identified", [SEEN, SEEN], [look_alike("color")]) == ()


def test_nothing_read_asks_for_a_better_photo_or_the_keyboard() -> None:
    steps = " ".join(next_steps("unidentified", [BLANK, BLANK]))
    for words in ("slanting light", "--imprint", "pharmacist"):
        assert words in steps
    assert "slanting light" not in " ".join(next_steps("ambiguous", [SEEN]))


def test_an_unsure_answer_asks_for_the_size_unless_it_is_known() -> None:
    asked = (
        "Measure its longest side and give it with --size-mm, or lay a ruler in millimetres "
        "beside it."
    )
    assert asked in next_steps("ambiguous", [SEEN, SEEN])
    assert asked in next_steps("unidentified", [SEEN], typed=True)
    assert asked not in next_steps("ambiguous", [SEEN, SEEN], measured=True)
    assert asked not in next_steps("identified", [SEEN, SEEN])


def test_what_was_typed_is_not_asked_for_again() -> None:
    steps = " ".join(next_steps("unidentified", [SEEN], typed=True))
    assert "--imprint" not in steps and "--color" in steps


def test_a_pill_that_may_be_in_no_row() -> None:
    steps = " ".join(next_steps("unidentified", [SEEN], not_listed=0.8))
    assert "may not be in this catalogue" in steps


@pytest.mark.parametrize("status", ["identified", "ambiguous", "unidentified"])
def test_the_notice_is_not_repeated(status: str) -> None:
    assert "poison" in NOTICE
    assert "poison" not in " ".join(next_steps(status, [BLANK]))  # type: ignore[arg-type]


def test_certainty_in_words() -> None:
    sets = (PredictionSet(0.9, 1, ("us-1",)), PredictionSet(0.95, 30, ("us-1", "us-2")))
    sets += (PredictionSet(0.99, 1300, ("us-1", "us-2")),)
    answer = Identification("identified", "fusion", (), (), not_listed=0.02, prediction_sets=sets)
    sure = "90% sure it is this; 95% sure it is one of 30."
    assert certainty(answer) == f"If it is in this catalogue: {sure} 2% that it is not."
    assert certainty(replace(answer, not_listed=0.0)) == sure
    assert certainty(replace(answer, prediction_sets=())) == "2% that it is not in this catalogue."
    assert certainty(Identification("identified", "fusion", (), ())) == ""


def test_no_certainty_is_told_that_the_answer_itself_does_not_have() -> None:
    doubtful = PredictionSet(0.9, 1, ("us-1",), mass=0.22)
    sure = PredictionSet(0.95, 3, ("us-1", "us-2", "us-3"), mass=0.96)
    answer = Identification("ambiguous", "fusion", (), (), prediction_sets=(doubtful, sure))
    assert certainty(answer) == "95% sure it is one of 3."
    assert certainty(replace(answer, prediction_sets=(doubtful,))) == ""
    same = tuple(PredictionSet(c, 1, ("us-1",), mass=0.96) for c in (0.9, 0.95, 0.99))
    assert certainty(replace(answer, prediction_sets=same)) == "95% sure it is this."
    unidentified = replace(answer, status="unidentified", not_listed=0.6)
    assert certainty(unidentified) == "60% that it is not in this catalogue."


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "<1%"), (0.001, "<1%"), (0.01, "1%"), (0.5, "50%"), (0.99, "99%"), (1.0, ">99%")],
)
def test_a_share_in_words_never_claims_certainty(share: float, told: str) -> None:
    assert percent(share) == told
