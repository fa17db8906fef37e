"""`rxmm identify` and `rxmm batch` as a person meets them: output, files and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from rxmm.notice import NOTICE
from rxmm.serialization import json_schema

EXAMPLE_IMPRINT = {"LILLY", "4165"}


def rxmm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rxmm.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_example_pill_is_identified_and_drawn(
    examples: tuple[Path, Path], tmp_path: Path
) -> None:
    picture = tmp_path / "answer.png"
    done = rxmm("identify", *examples, "--save-picture", picture)
    assert done.returncode == 0, done.stderr
    assert "Face 1" in done.stdout and "Face 2" in done.stdout
    assert "EVISTA" in done.stdout
    assert "Identified" in done.stdout
    assert " ".join(done.stdout.split()).endswith(NOTICE)
    with Image.open(picture) as drawn:
        assert drawn.width > 800


def test_an_answer_is_told_though_its_picture_cannot_be_saved(
    examples: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "folder.png").mkdir()
    done = rxmm("identify", *examples, "--save-picture", tmp_path / "folder.png")
    assert done.returncode == 2 and "EVISTA" in done.stdout
    assert "folder.png cannot be written" in done.stderr and "Traceback" not in done.stderr


def test_a_picture_is_saved_though_nobody_reads_the_answer(
    examples: tuple[Path, Path], tmp_path: Path
) -> None:
    picture = tmp_path / "answer.png"
    command = [sys.executable, "-m", "rxmm", "identify", str(examples[0])]
    command += ["--ranking", "imprint_match", "--save-picture", str(picture)]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")
    with Image.open(picture) as drawn:
        assert drawn.width > 800


def test_json_follows_the_schema(examples: tuple[Path, Path]) -> None:
    done = rxmm("identify", *examples, "--json", "--top", "3", "--samples", "4")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json_schema())
    assert answer["status"] == "identified" and answer["source"] == "fusion"
    assert [known["coverage"] for known in answer["prediction_sets"]] == [0.9, 0.95, 0.99]
    assert 0 < answer["sampling"]["mean"] <= 1
    assert len(answer["candidates"]) == 3
    assert set(answer["candidates"][0]["imprint"]) == EXAMPLE_IMPRINT
    assert answer["candidates"][0]["products"][0]["ndc"] == "00002-4165-02"
    assert answer["timings_ms"]["total"] > 0


def test_a_person_overrules(examples: tuple[Path, Path]) -> None:
    told = ["--imprint", "54 757", "--color", "white", "--shape", "round", "--size-mm", "9"]
    answer = json.loads(rxmm("identify", examples[0], *told, "--json").stdout)
    assert set(answer["candidates"][0]["imprint"]) == {"54", "757"}


@pytest.mark.parametrize("ranking", ["fusion", "imprint_match"])
def test_an_answer_is_explained_in_a_picture(
    ranking: str, examples: tuple[Path, Path], tmp_path: Path
) -> None:
    if ranking == "fusion":
        pytest.importorskip("captum", reason="image patches are attributed with the explain extra")
    picture = tmp_path / "why.png"
    done = rxmm("identify", *examples, "--explain", picture, "--ranking", ranking)
    assert done.returncode == 0, done.stderr
    assert "EVISTA" in done.stdout
    with Image.open(picture) as drawn:
        assert drawn.width > 800 and drawn.height > 800
    assert list(tmp_path.iterdir()) == [picture]


def test_without_the_extra_an_explanation_is_refused_before_any_work(
    examples: tuple[Path, Path], tmp_path: Path
) -> None:
    program = "import sys; sys.modules['captum'] = None; from rxmm.cli import main; main()"
    command = [sys.executable, "-c", program, "identify", str(examples[0])]
    command += ["--explain", str(tmp_path / "why.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'rxmm[explain]'" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such.jpg"], "no-such.jpg"),
        (["{front}", "no-such.jpg", "--catalog", "mars"], "no-such.jpg"),
        (["{front}", "--save-picture", "a.png", "--explain", "./a.png"], "name the same file"),
        (["{front}", "--save-picture", "{front}"], "would overwrite your photo"),
        (["no-such.jpg", "{front}", "--explain", "{front}"], "would overwrite your photo"),
        (["{front}", "--color", "mauve"], "'mauve' is not an FDA color"),
        (["{front}", "--size-mm", "-3"], "-3 mm"),
        (["{front}", "--catalog", "mars"], "No catalogue 'mars'"),
        (["{front}", "--reader", "tesseract"], "no imprint reader 'tesseract'"),
        (["{front}", "--save-picture", "answer.txt"], ".png or .jpg"),
        (["{front}", "--save-picture", "no/such/folder.png"], "does not exist"),
        (["{front}", "--explain", "why.txt"], "--explain why.txt: give a file name ending in .png"),
        (["{front}", "--explain", "no/such/folder.png"], "does not exist"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(
    arguments: list[str], message: str, examples: tuple[Path, Path]
) -> None:
    done = rxmm("identify", *(text.format(front=examples[0]) for text in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_batch_answers_each_row_and_resumes(examples: tuple[Path, Path], tmp_path: Path) -> None:
    front, back = examples
    (tmp_path / "bad.jpg").write_text("not a photo")
    manifest, output = tmp_path / "manifest.csv", tmp_path / "out" / "results.jsonl"
    manifest.write_text(f"id,front,back\ntwo,{front},{back}\nbad,bad.jpg,\n")
    done = rxmm("batch", manifest, "--output", output)
    assert done.returncode == 1, done.stderr
    assert "1 answered, 1 failed; 0 were already answered" in done.stderr
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    for row in rows:
        jsonschema.validate(row, json_schema())
    assert [row["id"] for row in rows] == ["two", "bad"]
    assert set(rows[0]["candidates"][0]["imprint"]) == EXAMPLE_IMPRINT
    assert len(rows[0]["candidates"]) == 10
    assert "bad.jpg" in rows[1]["error"]

    (tmp_path / "bad.jpg").write_bytes(front.read_bytes())
    again = rxmm("batch", manifest, "--output", output)
    assert again.returncode == 0, again.stderr
    assert "1 answered, 0 failed; 1 were already answered" in again.stderr
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [(row["id"], "error" in row) for row in rows] == [("two", False), ("bad", False)]


def test_batch_with_a_bad_manifest_exits_2(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("photo\na.jpg\n")
    done = rxmm("batch", manifest, "--output", tmp_path / "out.jsonl")
    assert done.returncode == 2
    assert "columns id and front" in done.stderr


def test_batch_into_no_place_is_refused_before_any_work(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("id,front\none,a.jpg\n")
    done = rxmm("batch", manifest, "--output", "/proc/x.jsonl", "--catalog", "mars")
    assert (done.returncode, "x.jsonl cannot be written" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
