"""Embeddings of the imprints of a catalogue that travels with rxmm, so that none waits for them.

Safetensors: ``text`` (N, dim) in half precision, one per row; the metadata name the catalogue's
version and the weights.  Where either is another one, the imprints are embedded anew.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from rxmm._resources import data_dir
from rxmm.catalog.table import Catalog
from rxmm.models.text_encoder import TextEncoder, embed_imprints


def row_texts(encoder: TextEncoder, catalog: Catalog, weights: str) -> Tensor:
    """Embedding of each row's imprint, (N, dim): as stored if that fits, otherwise computed.

    Args:
        weights: version of the encoder.
    """
    path = _path(catalog)
    if path.is_file():
        with safe_open(path, "pt") as file:
            if (file.metadata() or {}).get("rxmm") == _made_from(catalog, weights):
                stored: Tensor = file.get_tensor("text").float()
                return stored
    return embed_imprints(encoder, catalog.imprint_tokens)


def store_row_texts(encoder: TextEncoder, catalog: Catalog, weights: str) -> Path:
    """Write the file for a catalogue that travels with rxmm."""
    path = _path(catalog)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = embed_imprints(encoder, catalog.imprint_tokens)
    save_file({"text": text.half()}, path, {"rxmm": _made_from(catalog, weights)})
    return path


def _path(catalog: Catalog) -> Path:
    return data_dir() / "gallery" / f"{catalog.name}-rows.safetensors"


def _made_from(catalog: Catalog, weights: str) -> str:
    return json.dumps({"catalog": catalog.version, "weights": weights}, sort_keys=True)
