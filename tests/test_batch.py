"""Manifests, good and bad, and a run that goes on where the last one stopped."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rxmm.batch import answered_ids, answers, read_manifest
from rxmm.catalog.table import Catalog
from rxmm.errors import ManifestError
from rxmm.identifier import Identifier
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,photo\n1,a.jpg\n", "no front"),
        ("id,front\n1,\n", "Line 2"),
        ("id,front\n1,a.jpg\n1,b.jpg\n", "more than once"),
        ("", "cannot be read"),
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
    path = manifest(tmp_path, "id,front,back\nx,bad.png,\ny,good.png,\n")
    identifier = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA 4067"))
    bad, good = answers(identifier, read_manifest(path))
    assert bad["id"] == "x" and "bad.png" in bad["error"]
    assert "error" not in good and len(good["candidates"]) == 10


def test_answered_ids_forget_a_line_that_was_cut_off(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    assert answered_ids(output) == set()
    output.write_text('{"id": "1"}\n{"id": "2"}\n{"id": "3", "sta')
    assert answered_ids(output) == {"1", "2"}
    assert output.read_text() == '{"id": "1"}\n{"id": "2"}\n'


def test_an_output_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    output = tmp_path / "notes.txt"
    output.write_text("my notes\n")
    with pytest.raises(ManifestError, match="another output"):
        answered_ids(output)
    assert output.read_text() == "my notes\n"
