"""Turn a checkpoint into released weights with a model card: `rxmm export`.

The text recipe has none of its own: its encoder is released within the fusion.
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from rxmm.errors import InputError
from rxmm.imprint.network import LineFinder, Recognizer
from rxmm.imprint.reader import RECOGNIZER_WEIGHTS
from rxmm.imprint.regions import FINDER_WEIGHTS
from rxmm.models.fusion import WEIGHTS, open_fusion
from rxmm.models.onnx import check_installed, write_encoders
from rxmm.models.weights import release
from rxmm.segmentation import pill_map
from rxmm.training.checkpoints import load, load_network
from rxmm.training.image import load_model

LICENCE = "Apache-2.0"


def release_checkpoint(
    checkpoint: Path, folder: Path | None = None, *, onnx: bool = False
) -> list[Path]:
    """Write the network of a checkpoint to ``NAME.safetensors``, with its entry in the registry.

    Its contents tell which network it is.  A model card is begun beside it, unless there is one.

    Args:
        folder: where to; by default ``data/weights``.
        onnx: whether to write its encoders as ONNX too, see `rxmm.models.onnx`.

    Returns:
        The file of weights, and those of ONNX.

    Raises:
        InputError: the checkpoint is none of the photo, imprint, image or fusion recipe; or
            ``onnx`` is asked for but cannot be written, or the network has no encoders.  Nothing
            is written then.
    """
    if onnx:
        check_installed()
    saved = load(checkpoint)
    if onnx and "settings" not in saved:
        raise InputError(
            f"{checkpoint} holds no encoders to write as ONNX: give a checkpoint of the fusion "
            "or image recipe, or leave --onnx out."
        )
    network: nn.Module
    state = saved["state_dict"]
    if "settings" in saved:
        network = model = load_model(checkpoint)
        name, preprocessing = WEIGHTS, model.preprocessing()
    elif "network.prediction.weight" in state:
        network = Recognizer()
        load_network(network, checkpoint)
        name, preprocessing = RECOGNIZER_WEIGHTS
    elif "network.head.weight" not in state:
        raise InputError(
            f"{checkpoint} holds nothing to release: give a checkpoint of the photo, imprint, "
            "image or fusion recipe. The text encoder is released within the fusion."
        )
    elif len(state["network.head.weight"]) == 1:
        network = pill_map.new_network()
        load_network(network, checkpoint)
        view: pill_map.View = saved["hyper_parameters"]["view"]
        name, preprocessing = pill_map.WEIGHTS[view], {"side": pill_map.SIDE}
    else:
        network = LineFinder()
        load_network(network, checkpoint)
        name, preprocessing = FINDER_WEIGHTS
    path = release(network, name, LICENCE, folder, **preprocessing)
    _begin_card(path, network)
    if not onnx:
        return [path]
    # The weights as they were released: rounded to half precision.
    released, _ = open_fusion(path.parent)
    return [path, *write_encoders(released, path.parent)]


def _begin_card(path: Path, network: nn.Module) -> None:
    """The facts that are known of weights; a person adds what was trained on and measured."""
    card = path.with_suffix(".md")
    if card.exists():
        return
    size = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    parts = ", ".join(name for name, _ in network.named_children())
    lines = [
        f"# Model card: {path.stem.replace('_', ' ')}",
        "",
        "| | |",
        "|---|---|",
        f"| Architecture | {type(network).__name__} ({parts}), {size:.2f} million parameters |",
        "| Trained on | to be written |",
        "| Never seen | to be written |",
        "| Measured | to be written: set, n, faces seen |",
        f"| Licence | {LICENCE} |",
        f"| File | half precision, {path.stat().st_size / 1e6:.1f} MB |",
        "",
    ]
    card.write_text("\n".join(lines), "utf-8")
