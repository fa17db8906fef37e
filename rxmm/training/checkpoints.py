"""What rxmm-train wrote: checkpoints, and the networks in them."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from rxmm.errors import InputError

_NETWORK = "network."
"""What the names of a module's weights begin with that belong to the network it trains."""


def load(checkpoint: Path) -> dict[str, Any]:
    """A checkpoint of plain values, among them ``state_dict``.

    Raises:
        InputError: there is no such file, or it is none.
    """
    unusable = f"{checkpoint} is no checkpoint that can be read. Give one that rxmm-train wrote."
    try:
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, LookupError, UnpicklingError) as error:
        raise InputError(unusable) from error
    if not isinstance(saved, dict) or "state_dict" not in saved:
        raise InputError(unusable)
    return saved


def trained(checkpoint: Path) -> dict[str, Tensor]:
    """The state of the network of a checkpointed module.

    Raises:
        InputError: as for `load`.
    """
    state = load(checkpoint)["state_dict"]
    return {
        name.removeprefix(_NETWORK): value
        for name, value in state.items()
        if name.startswith(_NETWORK)
    }


def load_network(network: nn.Module, checkpoint: Path) -> None:
    """Load the weights of a network out of a checkpoint of the module that trained it.

    Raises:
        InputError: as for `load`, or it holds another network.
    """
    try:
        network.load_state_dict(trained(checkpoint))
    except RuntimeError as error:
        raise InputError(
            f"{checkpoint} is no checkpoint of a {type(network).__name__} of this form. Give one "
            "that rxmm-train wrote."
        ) from error
