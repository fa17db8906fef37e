"""The encoders of the fusion model as ONNX, for programs that have no torch.

``image_encoder.onnx`` takes ``images`` (B, 3, side, side) as `to_images` makes them and gives the
fields of `FaceFeatures`; ``text_encoder.onnx`` takes the fields of a `TextBatch` and gives
``text_embedding`` (B, dim).  B and the length of texts are free.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from rxmm._extras import need
from rxmm.models.fusion import FusionModel
from rxmm.models.image_encoder import FaceFeatures, ImageEncoder
from rxmm.models.text_encoder import TextBatch, TextEncoder, spell

NEEDED = ("onnx", "onnxscript")


def check_installed() -> None:
    """See that torch can write ONNX here.

    Raises:
        InputError: a package is missing.
    """
    need("Writing ONNX", "onnx", *NEEDED)


def write_encoders(model: FusionModel, folder: Path) -> tuple[Path, Path]:
    """Write both encoders, in single precision.

    Args:
        model: in evaluation mode.
        folder: must exist.

    Returns:
        ``image_encoder.onnx`` and ``text_encoder.onnx``.

    Raises:
        InputError: a package is missing.
    """
    check_installed()
    # Sizes of 1 would be taken for constants, so the examples have two of everything.
    images = torch.zeros(2, 3, model.settings.side, model.settings.side)
    text = spell([[("A1", 1.0), ("B2", 0.5)], [("C", 1.0)]])
    image_path, text_path = folder / "image_encoder.onnx", folder / "text_encoder.onnx"
    _write(
        _Image(model.image),
        (images,),
        image_path,
        input_names=["images"],
        output_names=list(FaceFeatures._fields),
        dynamic_shapes=({0: Dim("batch")},),
    )
    batch, length = Dim("batch"), Dim("length")
    _write(
        _Text(model.text),
        tuple(text),
        text_path,
        input_names=list(TextBatch._fields),
        # "embedding" is the name of a step inside.
        output_names=["text_embedding"],
        dynamic_shapes=(tuple({0: batch, 1: length} for _ in text),),
    )
    return image_path, text_path


class _Image(nn.Module):
    """An image encoder with a plain tuple of tensors for its answer."""

    def __init__(self, encoder: ImageEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.encoder(images))


class _Text(nn.Module):
    """A text encoder that takes the fields of a `TextBatch` one by one."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, *fields: Tensor) -> Tensor:
        embedding: Tensor = self.encoder(TextBatch(*fields))
        return embedding


def _write(network: nn.Module, example: tuple[Tensor, ...], path: Path, **names: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's about itself; a failure is an exception
        torch.onnx.export(
            network.eval(), example, path, dynamo=True, external_data=False, verbose=False, **names
        )
