"""Shipped recipes in two processes, on the command line."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import yaml

from rxmm.training.checkpoints import trained
from tests.training.test_fusion import folder  # noqa: F401  (a fixture: a bank of queries)
from tests.training.tiny import TINY

CONFIGS = Path(__file__).parents[2] / "configs"


def train(recipe: str, module: dict[str, object], data: dict[str, object], where: Path) -> Path:
    """The checkpoint of one epoch by two processes."""
    checkpoint = {
        "class_path": "lightning.pytorch.callbacks.ModelCheckpoint",
        "init_args": {"dirpath": "run", "filename": "epoch"},
    }
    small = {
        "model": {"init_args": module | {"settings": asdict(TINY)}},
        "data": {"init_args": data | {"batch_size": 8, "workers": 0}},
        "trainer": {
            "max_epochs": 1,
            "accelerator": "cpu",
            "devices": 2,
            "strategy": "ddp",
            "limit_train_batches": 2,
            "enable_progress_bar": False,
            "logger": False,
            "callbacks": [checkpoint],
        },
    }
    (where / "small.yaml").write_text(yaml.safe_dump(small))
    command = [sys.executable, "-m", "rxmm.training.cli", recipe, "fit"]
    command += ["--config", str(CONFIGS / f"{recipe}.yaml"), "--config", "small.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=where)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 processes" in done.stderr
    return where / "run/epoch.ckpt"


def test_two_processes_train_the_text_encoder(tmp_path: Path) -> None:
    data: dict[str, object] = {"catalogs": ["us"], "repeats": 1, "limit": 32}
    assert "projection.weight" in trained(train("text", {"start": "nothing"}, data, tmp_path))


def test_two_processes_train_the_fusion(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    """Each embeds the catalogue's side for itself, anew in every epoch."""
    data: dict[str, object] = {"banks": [{"folder": str(folder), "gallery": True}]}
    checkpoint = train("fusion", {"image": "nothing", "frozen": ["text"]}, data, tmp_path)
    assert "head.weights.weight" in trained(checkpoint)
