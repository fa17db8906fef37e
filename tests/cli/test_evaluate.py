"""`rxmm evaluate` from end to end: small stages, a tiny folder laid out like the real one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rxmm.catalog.table import Catalog
from rxmm.cli import app
from rxmm.errors import InputError, RxmmError
from rxmm.identifier import Identifier
from tests.conftest import WholePhotoSegmenter
from tests.evaluation.folder import IMPRINTS, MARKS, GrayReader, write_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny folder; pills 0 to 4 of the US set are read rightly, pill 5 as another one."""
    monkeypatch.setenv("RXMM_REAL_DATA", str(write_folder(tmp_path / "data")))
    texts = {
        "us": (*IMPRINTS[:5], IMPRINTS[0]),
        "tw": [";".join(marks).replace("無", "") for marks in MARKS],
    }

    def load(catalog: str, **_options: object) -> Identifier:
        return Identifier(Catalog.load(catalog), WholePhotoSegmenter(), GrayReader(texts[catalog]))

    monkeypatch.setattr(Identifier, "load", load)
    return tmp_path


def evaluate(folder: Path, *arguments: str) -> tuple[str, dict]:  # type: ignore[type-arg]
    done = CliRunner().invoke(app, ["evaluate", "--report", str(folder / "out"), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout, json.loads((folder / "out/report.json").read_text(encoding="utf-8"))


def test_reference_from_end_to_end(folder: Path) -> None:
    printed, report = evaluate(folder, "--set", "us-reference", "--split", "all")
    assert (report["schema"], report["set"], report["split"]) == (
        "rxmm.evaluation/1",
        "us-reference",
        "all",
    )
    assert (report["n"], report["groups"]) == (28, 15)
    wrong = [q["id"] for q in report["queries"] if q["rank"] != 1]
    assert {f"0000-{number:04}" for number in (5, 11, 17, 23, 29)} <= set(wrong)
    assert report["metrics"]["top1"]["value"] == pytest.approx(1 - len(wrong) / 28, abs=1e-4)
    assert report["metrics"]["top1"]["low"] < report["metrics"]["top1"]["high"]
    assert report["metrics"]["face_count"]["value"] == 1
    assert list(report["latency_ms"])[-1] == "total"
    row = printed.splitlines()[-1]
    assert row.startswith(f"| {report['date']} | us-reference, all | 28 (15) | two faces")
    assert row.count("|") == printed.splitlines()[0].count("|")
    text = (folder / "out/report.md").read_text(encoding="utf-8")
    assert f"| top-1 | {report['metrics']['top1']['value']:.3f} |" in text
    assert "## By shape" in text
    assert sum(report["causes"].values()) == len(wrong)
    assert f"| all | {len(wrong)} | 1.00 |" in text
    for name in ("risk-coverage", "reliability", "confusions", "failures"):
        assert (folder / f"out/{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_validation_part_is_smaller_and_a_limit_smaller_still(folder: Path) -> None:
    _, validation = evaluate(folder, "--set", "us-reference")
    _, limited = evaluate(folder, "--set", "us-reference", "--limit", "2")
    assert validation["split"] == "validation"
    assert 0 < validation["n"] < 28
    assert [q["id"] for q in limited["queries"]] == [q["id"] for q in validation["queries"]][:2]


def test_taiwan_and_consumer_from_end_to_end(folder: Path) -> None:
    _, taiwan = evaluate(folder, "--set", "tw-photos", "--split", "all")
    assert taiwan["n"] == 30
    assert taiwan["metrics"]["token_recall"]["value"] == 1
    assert taiwan["metrics"]["generic1"]["value"] is None
    assert taiwan["metrics"]["face_count"]["value"] == 0  # one face found where two are shown
    _, consumer = evaluate(folder, "--set", "us-consumer", "--split", "validation")
    assert (consumer["n"], consumer["split"]) == (6, "all")
    assert consumer["metrics"]["generic1"]["value"] == 0


def test_without_the_folder_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RXMM_REAL_DATA")
    done = CliRunner().invoke(
        app, ["evaluate", "--set", "us-consumer", "--report", str(folder / "out")]
    )
    assert isinstance(done.exception, InputError)
    assert "RXMM_REAL_DATA" in str(done.exception)
    assert not (folder / "out").exists()


def test_a_report_that_cannot_be_written_is_refused_before_measuring(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Identifier, "load", None)
    (folder / "out").write_text("mine")
    done = CliRunner().invoke(
        app, ["evaluate", "--set", "us-reference", "--report", str(folder / "out")]
    )
    assert isinstance(done.exception, InputError)
    assert "out cannot be written: File exists" in str(done.exception)
    assert (folder / "out").read_text() == "mine"


def test_without_the_extra_it_names_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rxmm._extras.find_spec", lambda name: None)
    done = CliRunner().invoke(
        app, ["evaluate", "--set", "us-consumer", "--report", str(folder / "out")]
    )
    assert isinstance(done.exception, RxmmError)
    assert "rxmm[evaluate]" in str(done.exception)
