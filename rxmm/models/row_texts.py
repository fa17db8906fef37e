"""Embeddings of the imprints of a catalogue that travels with rxmm, so that none waits for them.

They are stored by imprint: a catalogue that was changed, or joined with a user's own pills, finds
most of its rows there.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from rxmm._resources import data_dir
from rxmm.catalog.table import Catalog
from rxmm.models import embedding_file
from rxmm.models.text_encoder import TextEncoder, embed_imprints


def row_texts(encoder: TextEncoder, catalog: Catalog, weights: str) -> Tensor:
    """Embedding of each row's imprint, (N, dim): as stored by these weights, otherwise computed.

    Args:
        weights: version of the encoder.

    Raises:
        WeightsError: the stored ones are damaged.
    """
    known: dict[tuple[str, ...], Tensor] = {}
    path = _path(catalog)
    if path.is_file():
        stored = embedding_file.load(path)
        if stored.weights == weights:
            imprints = (tuple(name.split()) for name in stored.names)
            known = dict(zip(imprints, stored.embedding, strict=True))
    others = [imprint for imprint in set(catalog.imprint_tokens) if imprint not in known]
    if others:
        known.update(zip(others, embed_imprints(encoder, others), strict=True))
    return torch.stack([known[imprint] for imprint in catalog.imprint_tokens])


def store_row_texts(encoder: TextEncoder, catalog: Catalog, weights: str) -> Path:
    """Write the file for a catalogue that travels with rxmm."""
    imprints = sorted(set(catalog.imprint_tokens))
    embedding = embed_imprints(encoder, imprints)
    path = _path(catalog)
    embedding_file.save(path, embedding, [" ".join(imprint) for imprint in imprints], weights)
    return path


def _path(catalog: Catalog) -> Path:
    return data_dir() / "gallery" / f"{catalog.name}-rows.safetensors"
