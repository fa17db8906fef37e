"""What each set asks, and that training never sees what is measured."""

import ast
from pathlib import Path

import numpy as np
import pytest

import rxmm.training
from rxmm.catalog.imprint_text import rotate_180
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import InputError
from rxmm.evaluation import photos as listed
from rxmm.evaluation.query import Query
from rxmm.evaluation.rendered import ROWS, TURNED_ROWS, rendered_pills
from rxmm.evaluation.sets import SETS, sample
from rxmm.splits import part_of
from rxmm.training import photos as training
from tests.evaluation.folder import write_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny folder, named by RXMM_REAL_DATA."""
    monkeypatch.setenv("RXMM_REAL_DATA", str(write_folder(tmp_path)))
    return tmp_path


@pytest.fixture
def real_folder(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RXMM_REAL_DATA", str(real_data))
    return real_data


def paths(query: Query) -> tuple[Path, ...]:
    found = query.photos()
    assert all(isinstance(path, Path) for path in found)
    return tuple(path for path in found if isinstance(path, Path))


def test_reference_asks_once_per_pill_with_both_sides_and_an_imprint(folder: Path) -> None:
    queries = SETS["us-reference"].queries("all", None)
    assert {query.id for query in queries} == {
        f"0000-{number:04}" for number in range(30) if number not in (7, 8)
    }
    query = next(query for query in queries if query.id == "0000-0004")
    assert [path.name for path in paths(query)] == ["4_0.png", "4_1.png"]
    assert (query.group, query.faces) == ("us:2", (1, 1))
    label = query.label
    assert label.imprint == ("G", "4910", "100", "MG")
    assert (label.colors, label.shape) == ((Color.WHITE,), Shape.ROUND)
    assert (label.score, label.size_mm, label.imprint_type) == (1, 8.0, "DEBOSSED")
    assert label.labeler == "TEVA PHARM."  # of the publisher's table, where the labels have none
    labelers = {query.label.imprint: query.label.labeler for query in queries}
    assert labelers[("54", "757")] == "Watson, Inc."


def test_taiwan_takes_the_truth_from_the_marks(folder: Path) -> None:
    queries = SETS["tw-photos"].queries("all", None)
    imprints = {query.label.imprint for query in queries}
    assert imprints == {("CTA", "172"), ("FY", "T061"), ("YSP",), ("088",)}
    assert {query.faces for query in queries} == {(2,)}
    assert {query.label.score for query in queries} == {2}


def test_consumer_is_measured_whole_whatever_the_split(folder: Path) -> None:
    queries = SETS["us-consumer"].queries("validation", None)
    assert len(queries) == 6
    assert all(len(query.photos()) == 1 and query.faces == (1,) for query in queries)


def test_terms_outside_the_vocabulary_are_not_known(folder: Path) -> None:
    table = folder / "tw/photos/labels.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(
        text.replace("WHITE;WHITE", "CLEAR;WHITE")
        .replace("ROUND", "OTHER")
        .replace(",8,", ",0.8,"),
        encoding="utf-8",
    )
    label = SETS["tw-photos"].queries("all", 1)[0].label
    assert (label.colors, label.shape, label.size_mm) == ((Color.WHITE,), None, None)


def test_a_sample_is_fixed_and_grows_by_adding(folder: Path) -> None:
    queries = SETS["us-reference"].queries("all", None)
    ids = [[query.id for query in sample(queries[::-1], n)] for n in (5, 5, 9)]
    assert ids[0] == ids[1] == ids[2][:5]
    assert ids[0] != sorted(ids[0])


def test_without_the_folder_the_message_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RXMM_REAL_DATA", raising=False)
    with pytest.raises(InputError, match=r"RXMM_REAL_DATA, which is not set.*docs/DATA\.md"):
        SETS["us-reference"].queries("all", None)
    monkeypatch.setenv("RXMM_REAL_DATA", "/no/such/folder")
    with pytest.raises(InputError, match="names no folder"):
        SETS["us-reference"].queries("all", None)


def test_an_incomplete_folder_is_an_input_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RXMM_REAL_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"pills\.csv cannot be read"):
        SETS["us-reference"].queries("all", None)


def test_rendered_pills_are_always_the_same_and_need_no_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RXMM_REAL_DATA", raising=False)
    queries = SETS["rendered"].queries("validation", None)
    assert len(queries) == len({query.id for query in queries}) == ROWS
    assert [query.id for query in rendered_pills()[:3]] == [q.id for q in rendered_pills()[:3]]
    assert {query.style for query in queries} == {"lab", "phone"}
    first, second = queries[0].photos(), queries[0].photos()
    assert len(first) == 2
    for one, again in zip(first, second, strict=True):
        assert (one == again).all()  # type: ignore[union-attr]


def test_single_characters_are_asked_for_on_their_own() -> None:
    queries = SETS["rendered-single"].queries("validation", None)
    assert len(queries) == len({query.id for query in queries}) == ROWS
    assert all(1 in map(len, query.label.imprint) for query in queries)
    assert {query.style for query in queries} == {"lab", "phone"}


def test_turned_pills_come_in_pairs_that_read_as_others_upside_down() -> None:
    queries = SETS["rendered-turned"].queries("validation", None)
    assert len(queries) == len({query.id for query in queries}) == 2 * TURNED_ROWS
    known = {token for imprint in Catalog.load("us").imprint_tokens for token in imprint}
    pairs: dict[str, list[Query]] = {}
    for query in queries:
        pairs.setdefault(query.group, []).append(query)
        turned = {token: rotate_180(token) for token in query.label.imprint}
        assert any(other in known and other != token for token, other in turned.items())
    assert len(pairs) == TURNED_ROWS
    for pair in pairs.values():
        assert {query.style for query in pair} == {"upright", "upside down"}
        assert pair[0].label == pair[1].label
    imprints = {tuple(sorted(query.label.imprint)) for query in queries}
    for both in ("M", "W"), ("100 M", "100 W"), ("6 C", "9 C"), ("86 I", "98 I"), ("108", "801"):
        assert {tuple(imprint.split()) for imprint in both} <= imprints


def test_a_turned_pill_is_the_same_pill_the_other_way_up() -> None:
    queries = SETS["rendered-turned"].queries("all", None)
    one = min(queries, key=lambda query: int(query.id.partition("-")[0]))
    other = next(q for q in queries if q.group == one.group and q is not one)
    for first, second in zip(one.photos(), other.photos(), strict=True):
        here, there = np.asarray(first), np.asarray(second)
        pill = here.max(axis=2) > 40  # on black
        assert pill[[0, -1]].sum() + pill[:, [0, -1]].sum() == 0, "cut off by the frame"
        over = there[::-1, ::-1].max(axis=2) > 40
        assert (pill & over).sum() > 0.9 * (pill | over).sum()


def assert_apart() -> None:
    """No photograph, group or picture content is both measured and trained on."""
    trained = [*training.us_reference(), *training.tw_photos()]
    assert trained
    assert all(part_of(photo.group) == "training" for photo in trained)
    measured = [
        query
        for name in ("us-reference", "us-consumer", "tw-photos")
        for split in ("validation", "tuning")
        for query in SETS[name].queries(split, None)  # type: ignore[index, arg-type]
    ]
    assert not {photo.group for photo in trained} & {query.group for query in measured}
    held_back = {path for query in measured for path in paths(query)}
    assert not {photo.path for photo in trained} & held_back
    contents = {path.read_bytes() for path in held_back}
    assert not any(photo.path.read_bytes() in contents for photo in trained)
    assert not any("consumer" in photo.path.parts for photo in trained)
    for name in ("us-reference", "tw-photos"):
        tuning, validation = (
            {p.read_bytes() for query in SETS[name].queries(split, None) for p in paths(query)}
            for split in ("tuning", "validation")
        )
        assert not tuning & validation


def test_training_never_gets_what_is_measured(folder: Path) -> None:
    assert_apart()
    everything = listed.us_reference(folder) + listed.tw_photos(folder)
    trained = training.us_reference() + training.tw_photos()
    left_out = {p.path for p in everything} - {p.path for p in trained}
    copies = {p.path for p in everything if p.path in left_out and part_of(p.group) == "training"}
    held_back = {p.path.read_bytes() for p in everything if part_of(p.group) != "training"}
    assert all(path.read_bytes() in held_back for path in copies), "more was dropped than needed"


def test_training_never_gets_what_is_measured_of_the_real_photographs(real_folder: Path) -> None:
    assert_apart()


def test_only_the_door_knows_where_real_photographs_are() -> None:
    home = Path(rxmm.training.__path__[0])
    for file in set(home.glob("**/*.py")) - {home / "photos.py"}:
        source = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "rxmm.evaluation"
            ):
                taken = {alias.name for alias in node.names}
                assert taken <= {"Label", "LabelledPhoto"}, f"{file} takes {taken}"
            elif isinstance(node, ast.Import):
                assert not any("rxmm.evaluation" in alias.name for alias in node.names), file
        for way_around in ("os.environ", "labels.csv", "us/reference", "tw/photos"):
            assert way_around not in source, f"{file} reads around rxmm.training.photos"


def test_every_real_query_has_its_answer_in_the_catalogue(real_folder: Path) -> None:
    expected = {"us-reference": 1606, "us-consumer": 48, "tw-photos": 3232}
    for name, n in expected.items():
        query_set = SETS[name]  # type: ignore[index]
        known = set(Catalog.load(query_set.catalog).imprint_keys)
        queries = query_set.queries("all", None)
        assert len(queries) == n
        assert all(tuple(sorted(query.label.imprint)) in known for query in queries)
