"""PP-OCR's recogniser as the starting point of ours.

    pip install --no-deps rapidocr==3.10.0 && pip install onnx

The package carries PP-OCRv6's small recogniser (Apache-2.0) inside an ONNX file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rxmm.errors import InputError
from rxmm.imprint.network import CHARACTERS, LOGO, Recognizer

FILE = "models/PP-OCRv6_rec_small.onnx"
INSTALL = "pip install --no-deps rapidocr==3.10.0 && pip install onnx"


def start_from_ppocr(network: Recognizer) -> None:
    """Load PP-OCR's weights into ours.

    Each of our characters starts from its class of that character; the sign for a company's logo,
    which it does not know, keeps its random start.

    Raises:
        InputError: the package is not installed, or holds another network.
    """
    model = _packaged_model()
    (listed,) = (entry.value for entry in model.metadata_props if entry.key == "character")
    classes = [0] + [listed.split("\n").index(c) + 1 for c in CHARACTERS if c != LOGO]
    ours = {
        name: value
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    theirs = list(_in_order_of_use(model))
    if len(theirs) != len(ours):
        raise InputError(f"{FILE} of this version of rapidocr holds another network.")
    for (name, own), their in zip(ours.items(), theirs, strict=True):
        if name.startswith("prediction."):
            own[: len(classes)] = their[classes]
        else:
            own.copy_(their.reshape(own.shape))


def _in_order_of_use(model: Any) -> Iterator[Tensor]:
    """The weights of a network, layer by layer; those of matrix products as PyTorch has them."""
    from onnx import numpy_helper

    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Identity" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
            continue
        for name in node.input:
            value = constants.get(name)
            if value is not None and value.size > 1 and value.dtype.kind == "f":
                tensor = torch.from_numpy(value.copy())
                yield tensor.T if node.op_type == "MatMul" else tensor


def _packaged_model() -> Any:
    package = importlib.util.find_spec("rapidocr")
    if package is None or package.origin is None or importlib.util.find_spec("onnx") is None:
        raise InputError(f"PP-OCR's weights and onnx are needed to read them: {INSTALL}")
    import onnx

    file = Path(package.origin).parent / FILE
    if not file.is_file():
        raise InputError(f"This version of rapidocr has no {FILE}: {INSTALL}")
    return onnx.load(file)
