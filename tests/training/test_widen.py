"""A wider finder goes on where the narrow one stood."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rxmm.errors import InputError
from rxmm.imprint.network import LineFinder
from rxmm.training import widen
from rxmm.training.imprint import load_network
from rxmm.training.widen import widened


@pytest.fixture(scope="module")
def narrow() -> LineFinder:
    torch.manual_seed(0)
    finder = LineFinder(4)
    with torch.no_grad():  # statistics of its own, as after training
        finder(torch.randn(4, 1, 64, 64))
    return finder.eval()


def test_a_wider_finder_says_the_same(narrow: LineFinder) -> None:
    faces = torch.randn(2, 1, 64, 96)
    wide = widened(narrow, noise=0.0).eval()
    with torch.inference_mode():
        torch.testing.assert_close(wide(faces), narrow(faces), atol=1e-4, rtol=1e-4)
    assert wide.stem[0].out_channels == 8


def test_noise_tells_the_copies_apart(narrow: LineFinder) -> None:
    one, other = widened(narrow).stem[0].weight.chunk(2)
    assert not torch.equal(one, other)
    torch.testing.assert_close(one, other, atol=0.5, rtol=0.5)


def test_a_checkpoint_is_widened(
    narrow: LineFinder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {f"network.{name}": value for name, value in narrow.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "narrow.ckpt")
    monkeypatch.setattr(
        "sys.argv", ["widen", str(tmp_path / "narrow.ckpt"), str(tmp_path / "wide.ckpt")]
    )
    widen.main()
    wide = LineFinder(8)
    load_network(wide, tmp_path / "wide.ckpt")
    torch.testing.assert_close(wide.stem[0].weight, widened(narrow).stem[0].weight)


def test_what_is_no_checkpoint_is_told_in_words(tmp_path: Path) -> None:
    contents = {"text": b"no weights", "empty": b"", "cut": b"\x80\x02.", "zip": b"PK\x03\x04"}
    for name, content in contents.items():
        (tmp_path / f"{name}.ckpt").write_bytes(content)
    torch.save([1], tmp_path / "list.ckpt")
    torch.save({"state_dict": {"network.other": torch.ones(1)}}, tmp_path / "other.ckpt")
    for name in (*contents, "list", "other", "none"):
        with pytest.raises(InputError, match="no checkpoint of the line finder"):
            load_network(LineFinder(4), tmp_path / f"{name}.ckpt")
