"""Groups of pills: made by what is true of them, and named where they are served worse."""

import pytest

from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.report import to_markdown
from rxmm.evaluation.run import Outcome, SeenFace
from rxmm.evaluation.strata import FEWEST, STRATUM_METRICS, below_mean, strata
from rxmm.evaluation.summary import summarise
from rxmm.evaluation.truth import Truth, labeler_name
from rxmm.results import Appearance, Status

CATALOG = Catalog.load("us")


def outcome(
    number: int,
    right: bool,
    *,
    color: Color = Color.WHITE,
    status: Status = "identified",
    labeler_size: int | None = None,
) -> Outcome:
    """A query whose label says nothing but its imprint; the face was seen brown and square."""
    query = Query(str(number), str(number), lambda: (), (1,), Label(("AB", "12")))
    row = Appearance("us-1", ("AB;12",), (color,), Shape.OVAL, imprint_type="PRINTED")
    brown = SeenFace(0, (), (), frozenset(), frozenset({Color.BROWN}), Shape.SQUARE)
    return Outcome(
        query,
        ranking=(("12", "AB") if right else ("X",),),
        confidence=0.5,
        truth=row,
        labeler_size=labeler_size,
        status=status,
        faces=(brown,),
    )


def test_groups_are_by_the_row_not_by_what_was_seen() -> None:
    groups = strata([outcome(0, True), outcome(1, False, color=Color.RED)])
    assert groups["color"].keys() == {"WHITE", "RED"}
    assert groups["shape"].keys() == {"OVAL"}
    assert groups["imprint type"].keys() == {"PRINTED"}
    assert groups["number of colors"].keys() == {"1"}
    assert all(figures.keys() == {"n", *STRATUM_METRICS} for figures in groups["color"].values())


def test_abstention_and_error_among_identified_by_hand() -> None:
    outcomes = [
        outcome(0, True),
        outcome(1, False),
        outcome(2, True),
        outcome(3, True, status="ambiguous"),
    ]
    (found,) = strata(outcomes)["shape"].values()
    assert found["abstained"]["value"] == 1 / 4
    assert found["identified_wrong"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["identified_wrong"]["n"] == 3
    assert found["abstained"]["low"] <= 1 / 4 <= found["abstained"]["high"]
    (none,) = strata([outcome(0, True, status="unidentified")])["shape"].values()
    assert none["identified_wrong"]["value"] is None


@pytest.mark.parametrize(
    ("size", "band"),
    [(None, "not known"), (0, "0"), (1, "1-9"), (9, "1-9"), (10, "10-29"), (99, "30-99"),
     (100, "100+")],
)  # fmt: skip
def test_labelers_are_banded_by_their_appearances(size: int | None, band: str) -> None:
    assert strata([outcome(0, True, labeler_size=size)])["labeler size"].keys() == {band}


def mixed(red_right: int, red: int = FEWEST) -> list[Outcome]:
    """Thirty white pills that are right, and red ones of which some are."""
    white = [outcome(number, True) for number in range(30)]
    return white + [
        outcome(100 + n, n < red_right, color=Color.RED, status="unidentified") for n in range(red)
    ]


def test_a_group_far_below_the_mean_is_named_with_its_figures() -> None:
    summary = summarise(mixed(red_right=4))
    (group,) = summary["below_mean"]["groups"]
    assert (group["stratum"], group["group"], group["n"]) == ("color", "RED", FEWEST)
    assert (group["top1"]["value"], group["abstained"]["value"]) == (0.4, 1.0)
    assert group["top1"]["low"] < 0.4 < group["top1"]["high"]
    assert summary["below_mean"]["compared"] == 8  # both colours, and six strata of one group


def test_small_groups_small_gaps_and_what_was_seen_are_not_named() -> None:
    few = summarise(mixed(red_right=0, red=FEWEST - 1))
    assert few["below_mean"]["groups"] == []
    groups = {"color": {"RED": {"n": 50, "top1": {"value": 0.7}}}, "faces found": {}}
    groups["faces found"]["0"] = {"n": 50, "top1": {"value": 0.0}}
    assert below_mean(groups, mean=0.8)["groups"] == []  # ten points are not more than ten


def test_the_report_has_the_section() -> None:
    about = {
        "set": "s", "split": "all", "date": "d", "seen": "one face", "catalog_appearances": 1,
        "versions": {"catalog": "c", "rxmm": "r"}, "machine": "m", "peak_memory_mib": 1,
    }  # fmt: skip
    text = to_markdown(about | summarise(mixed(red_right=4)))
    section = text.split("## Groups below the mean")[1].split("##")[0]
    assert "| color: RED | 10 | 0.400 |" in section and "| 1.000 | - |" in section
    assert "(0.850)" in section
    assert "| AUGRC |" in text and "## By labeler size" in text
    none = to_markdown(about | summarise(mixed(red_right=10)))
    assert "| none |" in none.split("## Groups below the mean")[1].split("##")[0]


def test_the_true_row_agrees_best_with_the_label() -> None:
    truth = Truth(CATALOG)
    for row in range(0, len(CATALOG), 97):
        true = CATALOG.appearance(row)
        label = Label(
            true.imprint, true.colors, true.shape, generic=true.products[0].generic.lower()
        )
        found = truth.row(label)
        assert found is not None
        assert (set(found.colors), found.shape) == (set(true.colors), true.shape)
        assert truth.rows(label) >= 1
    nothing = Label(("NO", "SUCH", "PILL"))
    assert (truth.row(nothing), truth.rows(nothing)) == (None, 0)


def test_labelers_are_counted_over_their_spellings() -> None:
    truth = Truth(CATALOG)
    sizes = {name: truth.labeler_size(Label((), labeler=name)) for name in ("TEVA PHARM.", "Teva")}
    assert sizes["TEVA PHARM."] == sizes["Teva"]
    written = [
        row
        for row in range(len(CATALOG))
        if any(labeler_name(p.labeler) == "TEVA" for p in CATALOG.appearance(row).products)
    ]
    assert sizes["Teva"] == len(written) > 100
    assert truth.labeler_size(Label((), labeler="Nobody & Sons")) == 0
    assert truth.labeler_size(Label(())) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("ELI LILLY CO.", "ELI LILLY"), ("Pfizer Labs", "PFIZER"), ("U.S.A.", "USA"),
     ("BARR LABORATORIES, INC.", "BARR")],
)  # fmt: skip
def test_legal_forms_are_dropped_unless_nothing_else_is_left(text: str, name: str) -> None:
    assert labeler_name(text) == name
