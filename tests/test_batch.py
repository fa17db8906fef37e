"""Manifests, good and bad, and a run that goes on where the last one stopped."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rxmm.batch import (
    ManifestQuery,
    answered_ids,
    answers,
    append,
    check_catalog,
    forget,
    read_manifest,
)
from rxmm.catalog.table import Catalog
from rxmm.errors import ManifestError, NoPillFoundError
from rxmm.identifier import Identifier
from rxmm.serialization import failure_to_dict, to_dict
from tests.conftest import ScriptedReader, WholePhotoSegmenter


def manifest(folder: Path, text: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_manifest_and_back_may_be_empty(tmp_path: Path) -> None:
    first, second = read_manifest(manifest(tmp_path, "id,front,back\n1,a.jpg,\n2,a.jpg,b.jpg\n"))
    assert (first.front, first.back) == (tmp_path / "a.jpg", None)
    assert second.back == tmp_path / "b.jpg"
    assert read_manifest(manifest(tmp_path, "id,front\n1,a.jpg\n"))[0].back is None


@pytest.mark.parametrize("heading", ["id,front,back", "id, front, back", "\ufeffid,front,back,"])
def test_what_stands_beside_the_commas_does_not_matter(tmp_path: Path, heading: str) -> None:
    (query,) = read_manifest(manifest(tmp_path, f"{heading}\n1, a  1.jpg ,b.jpg,\n"))
    assert query == ManifestQuery("1", tmp_path / "a  1.jpg", tmp_path / "b.jpg")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,photo\n1,a.jpg\n", r"lacks the column\(s\) front"),
        ("id,front\n1,\n", "Line 2"),
        ("id,front\n\n1,a.jpg\n\n2,\n", "Line 5"),
        ("id,front\n1,a.jpg\n1,b.jpg\n", "'1' more than once"),
        ("id,front\n1,a, b.jpg\n", "in quotes"),
        ("id,front,front\n1,a.jpg,b.jpg\n", "more than one column front"),
        ("", r"lacks the column\(s\) id, front"),
    ],
)
def test_a_bad_manifest_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        read_manifest(manifest(tmp_path, text))


def test_a_missing_manifest_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "none.csv")


def test_a_bad_photo_gives_an_error_row_and_the_run_goes_on(tmp_path: Path) -> None:
    Image.fromarray(np.full((64, 64, 3), 235, np.uint8)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_text("no picture")
    path = manifest(tmp_path, f"id,front,back\nx,bad.png,\nlong,{'x' * 300},\ny,good.png,\n")
    identifier = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA 4067"))
    bad, long, good = answers(identifier, read_manifest(path))
    assert bad["id"] == "x" and "bad.png" in bad["error"]
    assert long["id"] == "long" and "cannot be read" in long["error"]
    assert "error" not in good and len(good["candidates"]) == 10


def test_a_line_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    assert answered_ids(output) == set()
    whole = '{"id": "1"}\n{"id": "2"}\n'
    of_an_answer = json.dumps(failure_to_dict(NoPillFoundError("none"), "3"))
    for length in (1, 20, 60, len(of_an_answer)):
        output.write_text(whole + of_an_answer[:length])
        assert answered_ids(output) == {"1", "2"}
        forget(output, {"3"})
        append(output, {"id": "3"})
        assert output.read_text() == whole + '{"id": "3"}\n'


def test_a_whole_line_without_its_end_still_counts(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    answer = failure_to_dict(NoPillFoundError("none"), "3")
    output.write_text(json.dumps({key: answer[key] for key in answer if key != "error"}))
    assert answered_ids(output) == {"3"}
    forget(output, set())
    append(output, {"id": "4"})
    assert answered_ids(output) == {"3", "4"}


def test_a_name_that_is_no_text_does_not_end_the_run(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    append(output, {"id": "1", "error": "caf\udce9.jpg cannot be read"})
    assert json.loads(output.read_text())["error"] == "caf\udce9.jpg cannot be read"


def test_what_failed_is_open_again_and_its_line_is_replaced(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    failed, of_another_manifest = '{"id": "1", "error": "no"}\n', '{"id": "x", "error": "no"}\n'
    output.write_text(f'{failed}{of_another_manifest}{{"id": "2"}}\n')
    assert answered_ids(output) == {"2"}
    forget(output, {"1"})
    assert output.read_text() == f'{of_another_manifest}{{"id": "2"}}\n'


def test_an_output_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    output = tmp_path / "notes.txt"
    mine = '{"id":"z","note":"mine"}'
    for notes in ("my notes\n", "[1]\n", '{"id": ["1"]}\n', "my notes", mine, f"{mine}\n{mine}"):
        output.write_text(notes)
        with pytest.raises(ManifestError, match="another output"):
            answered_ids(output)
        with pytest.raises(ManifestError, match="another output"):
            forget(output, {"z"})
        assert output.read_text() == notes
    os.mkfifo(tmp_path / "pipe")
    for no_file in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ManifestError, match="Name a file"):
            answered_ids(no_file)


def test_answers_from_two_catalogues_are_not_mixed(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    asked = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA 4067"))
    white = np.full((64, 64, 3), 235, np.uint8)
    append(output, to_dict(asked.identify(white), "1"))
    check_catalog(output, asked)
    other = Identifier(Catalog.load("tw"), WholePhotoSegmenter(), ScriptedReader("TEVA 4067"))
    with pytest.raises(ManifestError, match=r"from catalogue us .* now asked is tw"):
        check_catalog(output, other)
