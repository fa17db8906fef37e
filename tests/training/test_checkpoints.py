"""Networks out of checkpoints, and what is none."""

from pathlib import Path

import pytest
import torch

from rxmm.errors import InputError
from rxmm.imprint.network import LineFinder
from rxmm.training.checkpoints import load_network
from rxmm.training.image import load_model


def test_what_is_no_checkpoint_is_told_in_words(tmp_path: Path) -> None:
    contents = {"text": b"no weights", "empty": b"", "cut": b"\x80\x02.", "zip": b"PK\x03\x04"}
    for name, content in contents.items():
        (tmp_path / f"{name}.ckpt").write_bytes(content)
    torch.save([1], tmp_path / "list.ckpt")
    for name in (*contents, "list", "none"):
        with pytest.raises(InputError, match="is no checkpoint that can be read"):
            load_network(LineFinder(), tmp_path / f"{name}.ckpt")


def test_nor_is_that_of_another_network(tmp_path: Path) -> None:
    other = tmp_path / "other.ckpt"
    torch.save({"state_dict": {"network.other": torch.ones(1)}}, other)
    with pytest.raises(InputError, match="is no checkpoint of a LineFinder"):
        load_network(LineFinder(), other)
    with pytest.raises(InputError, match="is no checkpoint of the image or fusion recipe"):
        load_model(other)
