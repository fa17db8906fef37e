"""The command line of the recipes, and what their configurations have in common."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CONFIGS = Path(__file__).parents[2] / "configs"


def test_a_recipe_refuses_the_models_of_another(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rxmm.training.cli", "text", "fit"]
    command += ["--config", str(CONFIGS / "imprint_finder.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "FinderModule is a model of another recipe: use `rxmm-train imprint`" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_run_leaves_its_checkpoints_under_the_same_names(path: Path) -> None:
    """Else one of an older run would be taken for those of this one."""
    callbacks = yaml.safe_load(path.read_text("utf-8"))["trainer"].get("callbacks", ())
    kept = [each["init_args"] for each in callbacks if "ModelCheckpoint" in each["class_path"]]
    assert all(options["enable_version_counter"] is False for options in kept)
