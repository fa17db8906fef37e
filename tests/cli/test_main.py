"""What every command shares: how it is started, and where it prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rxmm

CLOSED = "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
SEARCH = ["search", "--imprint", "KJ 052", "--catalog", "tw", "--top", "1"]


def python_m(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "rxmm", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env=environment)


def test_the_version() -> None:
    done = python_m("--version")
    assert (done.returncode, done.stdout.decode().strip()) == (0, f"rxmm {rxmm.__version__}")


@pytest.mark.parametrize("arguments", [SEARCH, [*SEARCH, "--json"]])
def test_any_letter_reaches_a_pipe_of_any_encoding(arguments: list[str]) -> None:
    done = python_m(*arguments, encoding="cp1252")
    assert done.returncode == 0, done.stderr
    assert "國嘉" in done.stdout.decode("utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("arguments", [SEARCH, [*SEARCH, "--json"], ["--version"]])
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "rxmm", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "rxmm: The disk is full: make room and run it again."
    ]


@pytest.mark.parametrize("arguments", [SEARCH, [*SEARCH, "--json"], ["--version"]])
def test_a_closed_stdout_is_as_good_as_none(arguments: list[str]) -> None:
    command = [sys.executable, "-c", CLOSED, "-m", "rxmm", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_error_is_one_line_whatever_it_names() -> None:
    done = python_m("catalog", "info", "no\nsuch\n file.parquet")
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert "no such file.parquet" in line


def test_a_path_is_printed_as_it_was_given_in_any_locale(tmp_path: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = os.environ | ascii_only
    environment.pop("PYTHONIOENCODING", None)
    picture = tmp_path / "é.png"
    for arguments, rc in (
        (["catalog", "draw", "us-2b432b345f95", "--out", str(picture)], 0),
        (["catalog", "info", str(picture) + "x"], 2),
    ):
        command = [sys.executable, "-m", "rxmm", *arguments]
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        assert done.returncode == rc, done.stderr
        assert str(picture).encode() in done.stdout + done.stderr


def test_a_reader_that_has_had_enough_gets_no_traceback() -> None:
    command = [sys.executable, "-m", "rxmm", *SEARCH, "--json"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")
