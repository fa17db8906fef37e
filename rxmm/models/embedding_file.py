"""Files of named embeddings: photographs by appearance, imprints by their tokens.

Safetensors: ``embedding`` (M, dim) in half precision; the metadata hold the M names, and which
weights made them, since embeddings of other weights mean nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from rxmm._files import replacing
from rxmm.errors import WeightsError


class NamedEmbeddings(NamedTuple):
    """What such a file holds.

    Attributes:
        embedding: (M, dim) in half precision, mapped from the file: what is not looked at takes no
            memory. Not to be written to.
        names: M of them, which may repeat.
        weights: version of the model that made them.
    """

    embedding: Tensor
    names: tuple[str, ...]
    weights: str


def load(path: Path) -> NamedEmbeddings:
    """Read a file.

    Raises:
        WeightsError: not such a file, or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            info = json.loads(file.metadata()["rxmm"])
            embedding = file.get_tensor("embedding")
        names, weights = tuple(map(str, info["names"])), str(info["weights"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path} is no file of embeddings: {error}. Remove it and make it again."
        ) from error
    if embedding.ndim != 2 or len(embedding) != len(names):
        raise WeightsError(
            f"{path} is damaged: its embeddings and its names do not pair up. "
            "Remove it and make it again."
        )
    return NamedEmbeddings(embedding, names, weights)


def save(path: Path, embedding: Tensor, names: Sequence[str], weights: str) -> None:
    """Write a file; a reader sees the old one or the whole new one, nothing between.

    Raises:
        OSError: it cannot be written.
    """
    info = json.dumps({"names": names, "weights": weights})
    content = safetensors.torch.save({"embedding": embedding.half()}, {"rxmm": info})
    with replacing(path) as partial:
        partial.write_bytes(content)  # `save_file` would raise errors of its own
