"""Spoilt photographs: what every kind keeps, and the run over them with a stub identifier."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from rxmm.errors import NoPillFoundError
from rxmm.evaluation import corruptions
from rxmm.evaluation.corruption_report import make_report, to_markdown, write_report
from rxmm.evaluation.corruptions import (
    CLEAN,
    IMAGENET_C,
    KINDS,
    PEER_SEVERITIES,
    SEVERITIES,
    Trial,
    conditions,
    corrupt,
    run,
    seed_of,
)
from rxmm.evaluation.photos import Label
from rxmm.evaluation.pill_corruptions import PILL_KINDS
from rxmm.evaluation.query import Query
from rxmm.identifier import Identifier
from tests.drawn import PINK, Pixels, lay, table

NEEDS_LIBRARY = pytest.mark.skipif(
    find_spec("imagecorruptions") is None,
    reason="needs the extra: pip install 'rxmm[corruptions]'",
)
EVERY_KIND = [pytest.param(k, marks=NEEDS_LIBRARY) if k in IMAGENET_C else k for k in KINDS]

SPOILT_FROM = 3
"""The stub answers wrongly from this severity on, and is sure of it at 5 alone."""


@pytest.fixture(scope="module")
def photos() -> list[Pixels]:
    """As large as ImageNet-C's, wider, and nearly as small as a photo may be."""
    drawn = []
    for height, width in ((224, 224), (180, 300), (72, 40)):
        photo = table(height, width, (120, 120, 118))
        lay(photo, (width // 2, height // 2), (width // 2, height // 3), PINK)
        drawn.append(photo)
    return drawn


@NEEDS_LIBRARY
def test_the_kinds_are_those_of_the_library_and_ours() -> None:
    import imagecorruptions

    assert set(IMAGENET_C) == set(imagecorruptions.get_corruption_names("common"))
    assert len(IMAGENET_C) == 15
    assert set(KINDS) == {*IMAGENET_C, *PILL_KINDS}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_keeps_the_form_and_changes_the_more_the_more_severe(
    kind: str, photos: list[Pixels]
) -> None:
    for photo in photos:
        before = photo.copy()
        spoilt = {severity: corrupt(photo, kind, severity, seed=5) for severity in SEVERITIES}
        assert np.array_equal(photo, before)
        for other in spoilt.values():
            assert other.shape == photo.shape
            assert other.dtype == np.uint8
            assert not np.array_equal(other, photo)
        change = {s: np.abs(other.astype(int) - photo).mean() for s, other in spoilt.items()}
        assert change[5] > change[1]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_seed_decides_and_the_global_generator_is_left_alone(
    kind: str, photos: list[Pixels]
) -> None:
    np.random.seed(1)
    once = corrupt(photos[0], kind, 3, seed=11)
    after = np.random.random()
    np.random.seed(1)
    assert np.random.random() == after
    assert np.array_equal(once, corrupt(photos[0], kind, 3, seed=11))
    chance = {"defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate"}
    if kind not in chance | {"jpeg_compression", "low_resolution"}:
        assert not np.array_equal(once, corrupt(photos[0], kind, 3, seed=12))


def test_both_photographs_lie_under_one_lamp_and_have_noise_of_their_own(
    photos: list[Pixels],
) -> None:
    (query,) = make_queries(photos, 1)
    shared = {kind for kind in KINDS if seed_of(query, kind, 0) == seed_of(query, kind, 1)}
    assert shared == {"color_cast"}


class StubIdentifier:
    """Right where the photographs are little spoilt; sees no pill at severity 4."""

    def __init__(self) -> None:
        self.asked: list[list[Pixels]] = []

    def identify(self, *photos: Pixels, top: int) -> Any:
        self.asked.append(list(photos))
        severity = conditions()[(len(self.asked) - 1) % len(conditions())][1]
        if severity == 4:
            raise NoPillFoundError("no pill")
        imprint = ("A1",) if severity < SPOILT_FROM else ("B2",)
        appearance = SimpleNamespace(imprint=imprint)
        return SimpleNamespace(
            candidates=(SimpleNamespace(appearance=appearance),),
            status="ambiguous" if severity == 3 else "identified",
            evidence=(SimpleNamespace(face=severity),),
            timings_ms={"read_photo": 10.0, "segment": 20.0, "total": 50.0},
        )


def make_queries(photos: list[Pixels], count: int) -> list[Query]:
    def of(number: int) -> Callable[[], tuple[Pixels, ...]]:
        return lambda: (photos[2], np.roll(photos[2], number, axis=0))

    label = Label(imprint=("A1",))
    return [Query(f"q{n}", f"group {n % 2}", of(n), (1, 1), label) for n in range(count)]


@pytest.fixture(scope="module")
def trials(photos: list[Pixels]) -> list[Trial]:
    """Of four pills; the peer is right about the second and the third, as they are."""
    stub, queries = StubIdentifier(), make_queries(photos, 4)

    def peer(faces: Any) -> tuple[str, ...] | None:
        first_pill = len(stub.asked) == 1
        return ("A1",) if faces == [0] and not first_pill else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corruptions, "corrupt", lambda photo, *_, **__: 255 - photo)
        yielded = list(run(cast(Identifier, stub), queries, peer, peer_limit=2))
    assert len(yielded) == 4 * len(conditions()) == len(stub.asked)
    assert np.array_equal(stub.asked[0][0], photos[2])
    assert all(len(pair) == 2 for pair in stub.asked)
    assert not np.array_equal(stub.asked[1][0], photos[2])
    return [trial for trials in yielded for trial in trials]


def test_a_run_asks_for_every_condition_and_the_peer_for_some(trials: list[Trial]) -> None:
    own = [trial for trial in trials if trial.system == "rxmm"]
    peer = [trial for trial in trials if trial.system == "peer"]
    assert {(t.query, t.kind, t.severity) for t in own} == {
        (f"q{n}", kind, severity) for n in range(4) for kind, severity in conditions()
    }
    assert [t.query for t in peer if t.kind == CLEAN] == ["q0", "q1", "q2"]
    spoilt = [t for t in peer if t.kind != CLEAN]
    assert {t.query for t in spoilt} == {"q1", "q2"}
    assert {t.severity for t in spoilt} == set(PEER_SEVERITIES)
    assert all(t.right == (t.severity < SPOILT_FROM) for t in own)
    assert {t.status for t in own if t.severity == 4} == {"unidentified"}
    assert not any(t.right for t in spoilt)
    assert all(t.status is None for t in peer)


def test_figures_of_a_run(trials: list[Trial], tmp_path: Path) -> None:
    report = make_report("stub, n=4", trials)
    own = report["systems"]["rxmm"]
    assert own["clean"] == {"top1": 1.0, "identified": 1.0, "wrong_among_identified": 0.0}
    for figures in (own["families"]["all"], own["kinds"]["fog"], own["families"]["pills"]):
        assert figures["relative_accuracy"] == pytest.approx(0.4)
        assert figures["by_severity"] == {"1": 1.0, "2": 1.0, "3": 0.0, "4": 0.0, "5": 0.0}
        assert figures["identified"] == pytest.approx(0.6)
        assert figures["wrong_among_identified"] == pytest.approx(1 / 3, abs=1e-4)
        assert figures["lost_yet_identified"] == pytest.approx(1 / 3, abs=1e-4)
    assert own["kinds"]["snow"]["lost"] == 4 * 3
    same = report["systems"]["rxmm, pills of the peer"]
    assert (same["n"], same["severities"]) == (2, [1, 3, 5])
    assert same["families"]["all"]["relative_accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["systems"]["peer"]["families"]["all"]["relative_accuracy"] == 0
    write_report(report, tmp_path / "out")
    read = json.loads((tmp_path / "out/corruptions.json").read_text(encoding="utf-8"))
    assert read["systems"] == report["systems"]
    assert len(read["trials"]) == len(trials)
    text = (tmp_path / "out/corruptions.md").read_text(encoding="utf-8")
    assert "| mean: all | 0.400 | 0.400 (0.400-0.400) | 1.000 | 1.000 | 0.000 |" in text
    assert "EasyOCR + rapidfuzz, n = 2" in text
    assert report["peer_as_they_are"] == {"n": 3, "right": 2}
    assert "right about 2 of the first 3 pills" in text
    assert (tmp_path / "out/corruptions.png").read_bytes().startswith(b"\x89PNG")


def test_where_nothing_is_right_there_is_nothing_to_compare_with(trials: list[Trial]) -> None:
    lost = [
        Trial(t.system, t.query, t.group, t.kind, t.severity, False, t.status, t.seconds)
        for t in trials
        if t.system == "rxmm"
    ]
    report = make_report("stub", lost)
    assert list(report["systems"]) == ["rxmm"]
    assert report["systems"]["rxmm"]["families"]["all"]["relative_accuracy"] is None
    assert "| fog | 0.000 | - (---) |" in to_markdown(report)
