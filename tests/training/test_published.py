"""The published starting point: names, shapes, and the scaling of the input."""

import torch
from torch.nn import functional

from rxmm.models.fusion import FusionModel, FusionSettings
from rxmm.training.published import SETTINGS, backbone_state

WIDTH = 384


def tensors(layers: int) -> dict[str, torch.Tensor]:
    stem = "backbone.embeddings."
    made = {
        f"{stem}cls_token": torch.randn(1, 1, WIDTH),
        f"{stem}patch_embeddings.projection.weight": torch.randn(WIDTH, 3, 14, 14),
        f"{stem}patch_embeddings.projection.bias": torch.randn(WIDTH),
        "onnx::Concat_7": torch.randn(1, 1, WIDTH),
        "onnx::Reshape_8": torch.randn(1, 37 * 37, WIDTH),
    }
    number = 90  # so that the order by number is not that by name
    for layer in range(layers):
        one = f"backbone.encoder.layer.{layer}."
        for name in ("query", "key", "value"):
            made[f"{one}attention.attention.{name}.bias"] = torch.randn(WIDTH)
        made[f"{one}attention.output.dense.bias"] = torch.randn(WIDTH)
        made[f"{one}mlp.fc1.bias"] = torch.randn(4 * WIDTH)
        made[f"{one}mlp.fc2.bias"] = torch.randn(WIDTH)
        for name in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"):
            made[one + name] = torch.randn(WIDTH)
        for name in ("layer_scale1.lambda1", "layer_scale2.lambda1"):
            made[one + name] = torch.randn(WIDTH)
        for shape in (*[(WIDTH, WIDTH)] * 4, (WIDTH, 4 * WIDTH), (4 * WIDTH, WIDTH)):
            made[f"onnx::MatMul_{number}"] = torch.randn(shape)
            number += 7
    return made


def test_the_layers_find_their_places() -> None:
    source = tensors(2)
    options = {**SETTINGS.backbone_options, "depth": 2}
    model = FusionModel(FusionSettings(backbone=SETTINGS.backbone, backbone_options=options))
    state = backbone_state(source, layers=2, grid=8)
    missing, unexpected = model.image.backbone.load_state_dict(state, strict=False)
    assert not unexpected and all(name.startswith("fc_norm") for name in missing)
    assert torch.equal(state["blocks.1.mlp.fc2.weight"].T, source["onnx::MatMul_167"])
    assert torch.equal(state["blocks.0.attn.qkv.weight"][:WIDTH].T, source["onnx::MatMul_90"])


def test_a_plain_picture_gives_what_it_gave_there() -> None:
    source = tensors(0)
    state = backbone_state(source, layers=0, grid=8)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    color = torch.tensor([0.9, 0.5, 0.2])
    stem = "backbone.embeddings.patch_embeddings.projection."
    there = ((color - mean) / std)[None, :, None, None].expand(1, 3, 14, 14)
    expected = functional.conv2d(there, source[f"{stem}weight"], source[f"{stem}bias"])
    here = (2 * color - 1)[None, :, None, None].expand(1, 3, 16, 16)
    found = functional.conv2d(
        here, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"]
    )
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0.02)
