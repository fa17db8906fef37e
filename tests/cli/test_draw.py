"""Pictures of catalogue entries, from the command line."""

import errno
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from rxmm.catalog.table import Catalog
from rxmm.cli import app, main
from rxmm.errors import CatalogError, InputError


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, arguments, catch_exceptions=False).output


@pytest.fixture(scope="module")
def ids() -> list[str]:
    return [Catalog.load("us").appearance(row).appearance_id for row in range(2)]


def test_draws_beside_you_by_default(
    ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{ids[0]}.png" in run("catalog", "draw", ids[0])
    assert [path.name for path in tmp_path.iterdir()] == [f"{ids[0]}.png"]


def test_several_make_a_sheet(ids: list[str], tmp_path: Path) -> None:
    run("catalog", "draw", ids[0], "--out", str(tmp_path / "one.png"))
    run("catalog", "draw", *ids, "--out", str(tmp_path / "two.jpg"))
    one, two = Image.open(tmp_path / "one.png"), Image.open(tmp_path / "two.jpg")
    assert two.width == 2 * one.width


def test_bad_input_is_refused(ids: list[str], tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no appearance 'us-nothing'"):
        run("catalog", "draw", "us-nothing", "--out", str(tmp_path / "x.png"))
    for kind in ("txt", "psd", "fits", "xpm", "bufr", "pdf"):
        with pytest.raises(InputError, match=r"\.png or \.jpg"):
            run("catalog", "draw", ids[0], "--out", f"x.{kind}")
    with pytest.raises(InputError, match="does not exist"):
        run("search", "--imprint", "54", "--save-picture", str(tmp_path / "no/x.png"))


@pytest.mark.parametrize("place", ["folder.png", "/proc/a.png"])
def test_a_place_that_takes_no_picture_is_refused(
    place: str, ids: list[str], tmp_path: Path
) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        run("catalog", "draw", ids[0], "--out", str(tmp_path / place))
    with pytest.raises(InputError, match="cannot be written"):
        run("search", "--imprint", "54 757", "--save-picture", str(tmp_path / place))
    assert [path.name for path in tmp_path.rglob("*")] == ["folder.png"]


def test_a_picture_that_breaks_off_leaves_the_old_one(
    ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_image: Image.Image, path: Path, **_options: object) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    picture = tmp_path / "pill.png"
    picture.write_bytes(b"old")
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(InputError, match="No space left"):
        run("catalog", "draw", ids[0], "--out", str(picture))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_bad_input_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rxmm", "catalog", "draw", "us-nothing"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_search_draws_its_hits(tmp_path: Path) -> None:
    picture = tmp_path / "hits.png"
    search = ["search", "--imprint", "54 757", "--save-picture", str(picture), "--top"]
    assert "CILOSTAZOL" in run(*search, "1")
    first = Image.open(picture).size
    run(*search, "3")
    assert Image.open(picture).size[1] > first[1]


def test_search_that_finds_nothing_draws_nothing(tmp_path: Path) -> None:
    picture = tmp_path / "hits.png"
    told = run("search", "--shape", "gear", "--save-picture", str(picture))
    assert "Not found" in told and "was not drawn" in told
    assert not picture.exists()
