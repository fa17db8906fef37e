"""`rxmm enroll` and `--formulary` as a person meets them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FACTS = ["--imprint", "54 757", "--color", "white", "--shape", "round", "--name", "Mine [A] 5 mg"]


def rxmm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rxmm.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_pill_is_enrolled_by_its_facts_and_identified(
    examples: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    done = rxmm("enroll", folder, *FACTS, "--size", "8")
    assert done.returncode == 0, done.stderr
    assert "Enrolled Mine [A] 5 mg, without a photo." in done.stdout
    assert "CILOSTAZOL" in done.stdout and "exact" in done.stdout
    assert "Known already: Mine" in rxmm("enroll", folder, *FACTS).stdout
    told = ["--imprint", "54 757", "--json", "--top", "100", "--formulary", folder]
    answer = json.loads(rxmm("identify", examples[0], *told).stdout)
    names = {p["name"] for pill in answer["candidates"] for p in pill["products"]}
    assert "Mine [A] 5 mg" in names
    unlike = rxmm("enroll", folder, "--imprint", "ZZZQQ 99", "--color", "white", "--name", "B")
    assert "has nothing that looks alike" in unlike.stdout
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(f"id,front\none,{examples[0]}\n")
    done = rxmm("batch", manifest, "--output", tmp_path / "out", "--formulary", tmp_path / "none")
    assert (done.returncode, "no formulary" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "imprint, color or shape"),
        (FACTS[:-2], "needs a name"),
        ([*FACTS, "--score", "no"], "not a number"),
        ([*FACTS, "none.jpg"], "none.jpg"),
        ([*FACTS, "{blank}"], "blank.png"),
        ([*FACTS, "--appearance", "us-2b432b345f95"], "not both"),
        (["--appearance", "us-2b432b345f95"], "at least one"),
        (["--appearance", "us-nothing", "{blank}"], "us-nothing"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.png"
    Image.fromarray(np.full((80, 80, 3), 120, dtype=np.uint8)).save(blank)
    done = rxmm("enroll", tmp_path / "mine", *(text.format(blank=blank) for text in arguments))
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "mine").exists()
