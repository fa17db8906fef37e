"""What is kept of each answer, and the figures made of it."""

import numpy as np
import pytest

from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.evaluation.figures import figures
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.run import CANDIDATES, Outcome, SeenFace, measure, peak_memory_mib
from rxmm.evaluation.summary import summarise
from rxmm.identifier import Identifier
from tests.conftest import Blind, ScriptedReader, WholePhotoSegmenter

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
OFF_WHITE = WHITE - 1


def query(*imprint: str, photos: int = 2, **facts: object) -> Query:
    label = Label(imprint, **facts)  # type: ignore[arg-type]
    return Query("q", "g", lambda: (WHITE, OFF_WHITE)[:photos], (1,) * photos, label)


def answer(asked: Query, *texts: str) -> Outcome:
    identifier = Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader(*texts))
    (outcome,) = measure(identifier, [asked])
    return outcome


def test_a_right_answer() -> None:
    outcome = answer(query("4067", "TEVA", generic="pravastatin"), "TEVA", "4067")
    assert outcome.rank == 1
    assert outcome.ranking[0] == ("4067", "TEVA")
    assert len(set(outcome.ranking)) == len(outcome.ranking) <= CANDIDATES
    assert outcome.read == ("TEVA", "4067")
    assert outcome.faces[0].offered == {"TEVA"}
    assert 0 < outcome.confidence <= 1
    assert set(outcome.true_rows) <= set(range(1, CANDIDATES + 1))
    assert outcome.timings_ms["total"] > 0


def test_rows_of_one_imprint_are_one_answer_and_share_its_confidence() -> None:
    imprints = CATALOG.imprint_keys
    twice = next(
        key
        for key in imprints
        if [len(token) for token in key] == [4, 4] and imprints.count(key) > 1
    )
    outcome = answer(query(*twice), *twice)
    assert outcome.rank == 1
    assert outcome.relevant == imprints.count(twice) == len(outcome.true_rows)
    identifier = Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader(*twice))
    first = identifier.identify(WHITE, OFF_WHITE).candidates[0]
    assert outcome.confidence > first.probability


def test_the_generic_name_is_compared_without_case() -> None:
    row = next(
        row
        for row, imprint in enumerate(CATALOG.imprint_tokens)
        if tuple(sorted(imprint)) == ("4067", "TEVA")
    )
    name = CATALOG.appearance(row).products[0].generic
    assert answer(query("X", generic=name.lower()), "TEVA", "4067").generic_right is True
    assert answer(query("X", generic="other"), "TEVA", "4067").generic_right is False
    assert answer(query("X"), "TEVA", "4067").generic_right is None


def test_a_photo_without_a_pill_is_a_miss() -> None:
    asked = query("TEVA", "4067", generic="x", colors=(Color.WHITE,), shape=Shape.ROUND)
    (outcome,) = measure(Identifier(CATALOG, Blind(), ScriptedReader()), [asked])
    assert (outcome.rank, outcome.confidence) == (None, 0.0)
    assert outcome.error == "The front photo: nothing there"
    found = {name: figure.value for name, figure in figures([outcome]).items()}
    zero = (
        "top1",
        "top5",
        "mrr",
        "map",
        "generic1",
        "token_recall",
        "face_count",
        "color",
        "shape",
    )
    assert [found[name] for name in zero] == [0] * len(zero)
    assert (found["cer"], found["aurc"], found["augrc"]) == (1, 1, 0.5)
    assert outcome.truth is not None and "TEVA" in outcome.truth.imprint
    assert summarise([outcome])["unanswered"] == 1


def outcome_of(rank: int | None, **kept: object) -> Outcome:
    asked = query("AB", "12", colors=(Color.RED, Color.WHITE), shape=Shape.OVAL)
    others = (("X", str(place)) for place in range(1, rank or 9))
    ranking = (*others, ("12", "AB")) if rank else tuple(others)
    return Outcome(asked, ranking=ranking, **kept)  # type: ignore[arg-type]


def face(photo: int, read: str, colors: set[Color], shape: Shape) -> SeenFace:
    shown = tuple(read.split())
    return SeenFace(photo, shown, shown, frozenset(), frozenset(colors), shape)


def test_figures_by_hand() -> None:
    both, red = {Color.RED, Color.WHITE}, {Color.RED}
    outcomes = [
        outcome_of(
            1,
            status="identified",
            confidence=0.9,
            faces=(face(0, "AB", both, Shape.OVAL), face(1, "12", red, Shape.CAPSULE)),
        ),
        outcome_of(3, confidence=0.5, faces=(face(0, "A8", both, Shape.ROUND),)),
        outcome_of(7, confidence=0.2),
        outcome_of(None, confidence=0.1),
    ]
    found = {name: figure.value for name, figure in figures(outcomes).items()}
    assert found["top1"] == 1 / 4
    assert found["top5"] == 2 / 4
    assert found["mrr"] == pytest.approx((1 + 1 / 3 + 1 / 7) / 4)
    assert found["identified"] == 1 / 4
    assert found["identified_right"] == 1
    assert found["token_recall"] == 2 / 8
    assert found["token_precision"] == 2 / 3
    assert found["cer"] == pytest.approx((0 + (1 + 2) + 4 + 4) / 16)
    assert found["face_count"] == 1 / 4
    assert found["color"] == pytest.approx((1 / 2 + 1) / 4)
    assert found["shape"] == pytest.approx((1 / 2) / 4)
    assert found["shape_near"] == pytest.approx(1 / 4)
    assert found["aurc"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 3 / 4) / 4)
    assert np.isnan(found["generic1"])


def test_strata_split_the_queries_and_confusions_are_counted() -> None:
    outcomes = [
        outcome_of(1, faces=(face(0, "A8", {Color.RED}, Shape.OVAL),)),
        outcome_of(2),
    ]
    summary = summarise(outcomes)
    for stratum, values in summary["strata"].items():
        assert sum(value["n"] for value in values.values()) == 2, stratum
    assert set(summary["strata"]["faces found"]) == {"0", "1"}
    assert summary["strata"]["imprint length"].keys() == {"3-4"}
    assert summary["confusions"] == [["B", "8", 1]]
    assert summary["queries"][1]["rank"] == 2


def test_every_wrong_answer_has_one_cause() -> None:
    faces = (face(0, "AB", {Color.RED}, Shape.OVAL), face(1, "", {Color.RED}, Shape.OVAL))
    summary = summarise([outcome_of(1, faces=faces), outcome_of(3, faces=faces), outcome_of(None)])
    assert summary["causes"] == {"partly read": 1, "no pill found": 1}
    assert [q["cause"] for q in summary["queries"]] == [None, "partly read", "no pill found"]


def test_single_characters_are_recalled_apart() -> None:
    faces = (face(0, "M 12", {Color.RED}, Shape.OVAL),)
    outcomes = [Outcome(query("M", "M", "12"), faces=faces), Outcome(query("12"), faces=faces)]
    found = figures(outcomes)["single_character_recall"]
    assert (found.value, found.n) == (1 / 2, 1)
    assert np.isnan(figures(outcomes[1:])["single_character_recall"].value)


def test_peak_memory_is_plausible() -> None:
    peak = peak_memory_mib()
    assert peak is None or 50 < peak < 100_000
