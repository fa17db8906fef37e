"""What takes the place of a file, and what does not."""

import os
import stat
from pathlib import Path

import pytest

from rxmm._files import check_writable, replacing
from rxmm.errors import InputError


def write(path: Path, text: str) -> None:
    with replacing(path) as partial:
        partial.write_text(text)


def test_a_new_file_comes_with_its_folder_and_what_failed_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write(path, "whole")
    with pytest.raises(ZeroDivisionError), replacing(path) as partial:
        partial.write_text(f"half {1 // 0}")
    assert path.read_text() == "whole" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_who_may_read_a_file_stays_as_it_was(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("old")
    path.chmod(mode)
    with replacing(path) as partial:
        assert stat.S_IMODE(partial.stat().st_mode) == 0o600
        partial.write_text("new")
    assert path.read_text() == "new" and stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("there", [True, False])
def test_what_a_link_points_to_is_written_and_the_link_stays(tmp_path: Path, there: bool) -> None:
    target, link = tmp_path / "far" / "file.txt", tmp_path / "link.txt"
    target.parent.mkdir()
    link.symlink_to(target)
    if there:
        target.write_text("old")
    write(link, "new")
    assert link.is_symlink() and target.read_text() == "new"


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(OSError, match="no regular file"):
            write(tmp_path / name, "new")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_whether_a_file_can_be_written_is_told_without_a_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "report.md")
    assert list((tmp_path / "new").iterdir()) == []
    kept = tmp_path / "old.md"
    kept.write_text("old")
    check_writable(kept)
    assert kept.read_text() == "old"
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a reader
    for place in (tmp_path / "pipe", tmp_path, kept / "report.md"):
        with pytest.raises(InputError, match="Name another place"):
            check_writable(place)
