"""The released weights: which there are, where, and whether they are what they should be.

``data/weights/registry.json`` lists every file with its sha256, licence and preprocessing; the sum
is compared on every load.  Each file has a model card beside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load as load_safetensors
from safetensors.torch import save_file
from torch import Tensor, nn

from rxmm._files import replacing
from rxmm._resources import data_dir
from rxmm.errors import WeightsError


@dataclass(frozen=True, slots=True)
class ReleasedWeights:
    """An entry of the registry.

    Attributes:
        name: of the model, e.g. ``imprint_recognizer``.
        file: name of the safetensors file, beside the registry.
        sha256: of the file.
        licence: SPDX identifier.
        preprocessing: what the network was trained on; code that uses it must agree.
    """

    name: str
    file: str
    sha256: str
    licence: str
    preprocessing: dict[str, Any]

    @property
    def version(self) -> str:
        """The name and the first digits of the sum: enough to tell two releases apart."""
        return f"{self.name} {self.sha256[:12]}"


def released(name: str, folder: Path | None = None) -> ReleasedWeights:
    """The registry's entry of a model.

    Args:
        folder: of the registry; by default that which travels with rxmm.

    Raises:
        WeightsError: no such model, or no registry.
    """
    path = (folder or _folder()) / "registry.json"
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))[name]
    except (OSError, ValueError, KeyError) as error:
        advice = (
            "give a folder that `rxmm export` wrote"
            if folder
            else "this installation of rxmm is incomplete, install it again"
        )
        raise WeightsError(f"No released weights {name!r} in {path}: {advice}.") from error
    return ReleasedWeights(name=name, **entry)


def load_into(
    network: nn.Module, name: str, folder: Path | None = None, **preprocessing: Any
) -> ReleasedWeights:
    """Load released weights into a network and set it to evaluation.

    Args:
        folder: of the registry; by default that which travels with rxmm.
        preprocessing: what the caller does to its input; it must equal the registry's record.

    Raises:
        WeightsError: the file is missing or changed, or made for other preprocessing.
    """
    entry = released(name, folder)
    path = (folder or _folder()) / entry.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error}); install rxmm again.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != entry.sha256:
        raise WeightsError(
            f"{path} was changed: its sha256 is {found}, expected {entry.sha256}. "
            "Install rxmm again."
        )
    if entry.preprocessing != preprocessing:
        raise WeightsError(
            f"{path} was trained on {entry.preprocessing}, this rxmm prepares {preprocessing}."
        )
    tensors: dict[str, Tensor] = load_safetensors(content)
    network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()})
    network.eval()
    return entry


def release(
    network: nn.Module, name: str, licence: str, folder: Path | None = None, **preprocessing: Any
) -> Path:
    """Write a network's weights, in half precision, with their entry in the registry.

    Args:
        folder: where to; by default that which travels with rxmm.
        preprocessing: what the network's input must be like.
    """
    path = (folder or _folder()) / f"{name}.safetensors"
    halves = {
        key: value.half().contiguous() if value.is_floating_point() else value
        for key, value in network.state_dict().items()
    }
    with replacing(path) as partial:
        save_file(halves, partial)
    registry_path = path.with_name("registry.json")
    registry = json.loads(registry_path.read_text("utf-8")) if registry_path.exists() else {}
    registry[name] = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": licence,
        "preprocessing": preprocessing,
    }
    with replacing(registry_path) as partial:
        partial.write_text(json.dumps(registry, indent=2, sort_keys=True) + "\n", "utf-8")
    return path


def _folder() -> Path:
    return data_dir() / "weights"
