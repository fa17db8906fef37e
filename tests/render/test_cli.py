"""`rxmm render`."""

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from rxmm.cli.render import render
from rxmm.errors import CatalogError, InputError

app = typer.Typer()
app.command()(render)


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_draws_both_faces_of_a_row(tmp_path):
    out = tmp_path / "pill.png"
    result = run("0", "--out", str(out), "--size", "96", "--look", "lab")
    assert result.exit_code == 0
    assert Image.open(out).size == (192, 96)
    assert len(result.stdout.splitlines()) == 2


def test_draws_one_face_the_same_again(tmp_path):
    for name in ("a.png", "b.png"):
        run("3", "--out", str(tmp_path / name), "--face", "front", "--size", "64", "--seed", "5")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_draws_a_sheet(tmp_path):
    out = tmp_path / "sheet.jpg"
    assert run("--sheet", str(out), "--size", "64").exit_code == 0
    assert Image.open(out).size == (8 * 64, 6 * 64)


@pytest.mark.parametrize(
    "arguments", [(), ("0",), ("--out", "x.png"), ("0", "--out", "x.txt"), ("--sheet", "x")]
)
def test_says_what_is_missing(arguments):
    with pytest.raises(InputError):
        run(*arguments)


def test_says_where_nothing_can_be_drawn(tmp_path):
    with pytest.raises(InputError, match=r"--out .* does not exist"):
        run("0", "--out", str(tmp_path / "nodir" / "p.png"))
    with pytest.raises(InputError, match=r"--sheet .*\.png or \.jpg"):
        run("--sheet", str(tmp_path / "p.psd"))
    with pytest.raises(CatalogError, match="no appearance '²'"):
        run("²", "--out", str(tmp_path / "p.png"))
