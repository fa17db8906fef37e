"""Every cause of a wrong answer, by hand."""

import pytest

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.evaluation.causes import Cause, cause_of
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.run import Outcome, SeenFace

RIGHT, WRONG = (("4067", "TEVA"), ("X",)), (("X",), ("4067", "TEVA"))


def face(shown: str, offered: str = "", photo: int = 0) -> SeenFace:
    words = frozenset(offered.split()) | frozenset(shown.split())
    return SeenFace(photo, (), tuple(shown.split()), words, frozenset({Color.WHITE}), Shape.ROUND)


def outcome(
    *faces: SeenFace,
    truth: str = "TEVA 4067",
    ranking: tuple[tuple[str, ...], ...] = WRONG,
    photos: tuple[int, ...] = (1, 1),
) -> Outcome:
    asked = Query("q", "g", lambda: (), photos, Label(tuple(truth.split())))
    return Outcome(asked, ranking=ranking, faces=faces)


def two(front: str, back: str, offered: str = "") -> Outcome:
    return outcome(face(front, offered), face(back, photo=1))


def one(shown: str, offered: str = "", truth: str = "TEVA 4067") -> Outcome:
    return outcome(face(shown, offered), truth=truth, photos=(1,))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (outcome(face("TEVA"), ranking=RIGHT), None),
        (outcome(ranking=()), Cause.NO_PILL_FOUND),
        (outcome(face("TEVA 4067")), Cause.WRONG_NUMBER_OF_FACES),
        (outcome(face("TEVA"), face("4067"), photos=(1,)), Cause.WRONG_NUMBER_OF_FACES),
        (two("TEVA", "4061"), Cause.MISREAD),
        (two("", "", offered="TEW X"), Cause.MISREAD),
        (two("TEVA", "", offered="4O61"), Cause.MISREAD),
        (two("QQQ", "", offered="77 4"), Cause.NOT_READ),
        (two("", ""), Cause.NOT_READ),
        (two("TEVA", "", offered="99"), Cause.PARTLY_READ),
        (two("TEVA", "", offered="4067"), Cause.NOT_SHOWN),
        (two("TEVA", "4067"), Cause.RIVAL),
        (one("TEVA"), Cause.OTHER_FACE_UNSEEN),
        (one("TEVA", offered="406"), Cause.MISREAD),
        (one(""), Cause.BLANK_OR_UNREAD_SIDE),
        (one("", offered="QQ 7"), Cause.BLANK_OR_UNREAD_SIDE),
        (one("QQ"), Cause.NOT_READ),
        (one("TEVA 4067"), Cause.RIVAL),
    ],
)
def test_by_hand(answer: Outcome, cause: Cause | None) -> None:
    assert cause_of(answer) is cause


def test_another_single_character_is_not_misread_but_not_read() -> None:
    assert cause_of(one("W", truth="M 12", offered="X")) is Cause.NOT_READ
    assert cause_of(one("12", truth="M 12", offered="W")) is Cause.OTHER_FACE_UNSEEN


def test_a_token_on_both_faces_need_be_read_once() -> None:
    assert cause_of(one("TEVA", truth="TEVA TEVA")) is Cause.RIVAL
