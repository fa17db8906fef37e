"""Released weights are what the registry says, or they are refused."""

from pathlib import Path

import pytest
import torch
from torch import nn

from rxmm.errors import WeightsError
from rxmm.models import weights
from rxmm.models.weights import load_into, release, released


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(weights, "data_dir", lambda: tmp_path)
    return tmp_path / "weights"


def test_what_is_released_is_what_is_loaded(folder: Path) -> None:
    network, other = nn.Linear(3, 2), nn.Linear(3, 2)
    path = release(network, "small", "Apache-2.0", height=48)
    assert path.parent == folder
    entry = load_into(other, "small", height=48)
    torch.testing.assert_close(other.weight, network.weight, atol=1e-3, rtol=1e-3)
    assert other.weight.dtype == torch.float32 and not other.training
    assert entry == released("small")
    assert entry.version.startswith("small ")


def test_changed_weights_are_refused(folder: Path) -> None:
    path = release(nn.Linear(3, 2), "small", "Apache-2.0")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="was changed"):
        load_into(nn.Linear(3, 2), "small")


def test_a_release_that_breaks_off_leaves_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(tensors: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError("no space left on device")

    release(nn.Linear(3, 2), "small", "Apache-2.0")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(weights, "save_file", broken)
    with pytest.raises(OSError, match="no space"):
        release(nn.Linear(3, 2), "small", "Apache-2.0")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_weights_for_other_preprocessing_are_refused(folder: Path) -> None:
    release(nn.Linear(3, 2), "small", "Apache-2.0", height=32)
    with pytest.raises(WeightsError, match="height"):
        load_into(nn.Linear(3, 2), "small", height=48)


def test_missing_weights_say_so(folder: Path) -> None:
    with pytest.raises(WeightsError, match="install it again"):
        released("none")
    release(nn.Linear(3, 2), "small", "Apache-2.0").unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_into(nn.Linear(3, 2), "small")
