"""Which patches of a face the image encoder looks at, and which raise a score.

Two maps that answer different questions.  Attention rollout (Abnar & Zuidema 2020, "Quantifying
Attention Flow in Transformers") says where the answer of a vision transformer comes from, whatever
is asked.  Integrated gradients (Sundararajan et al. 2017, "Axiomatic Attribution for Deep
Networks") share one score out among the pixels, and add up to it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer
from timm.utils.attention_extract import AttentionExtract
from torch import Tensor
from torch.nn import functional

from rxmm._extras import need
from rxmm.models.image_encoder import ImageEncoder

STEPS = 16
"""Of the integral: the shares of the example pill add up within 0.02 to the 1.16 that its images
add to the score; four times the steps give the same map (r = 0.999)."""
CELLS = 8
"""Cells along each side of the map of a backbone that has no patches of its own."""
_AT_ONCE = 8


def check_installed() -> None:
    """See that gradients can be attributed here.

    Raises:
        InputError: a package is missing.
    """
    need("An explanation of the image", "explain", "captum")


def patches(encoder: ImageEncoder) -> int:
    """How many patches the encoder cuts each side of a face into, g."""
    embed: Any = getattr(encoder.backbone, "patch_embed", None)
    return int(embed.grid_size[0]) if hasattr(embed, "grid_size") else CELLS


@torch.no_grad()
def attention_rollout(encoder: ImageEncoder, images: Tensor) -> NDArray[np.float32] | None:
    """How much of what leaves the transformer came in by each patch.

    Per layer the heads' mean attention and, for the residual connection, as much identity; their
    product over the layers, from what the backbone pools (its class token, or all patches) to the
    patches.

    Args:
        images: (F, 3, side, side), see `prepare`.

    Returns:
        (F, g, g) ≥ 0, each face summing to 1; None for a backbone that is no vision transformer.
    """
    if not isinstance(encoder.backbone, VisionTransformer):
        return None  # others have attention too, but among windows or between convolutions
    backbone: Any = copy.deepcopy(encoder.backbone)
    for module in backbone.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False  # the fused kernel never forms the matrix
    layers = AttentionExtract(backbone, method="hook")(images)
    first, side = backbone.num_prefix_tokens, patches(encoder)
    flow = torch.eye(first + side**2)
    for attention in layers.values():  # (F, heads, tokens, tokens)
        mixed = attention.mean(dim=1) + torch.eye(len(flow[-1]))
        flow = mixed / mixed.sum(dim=2, keepdim=True) @ flow
    pooled = flow[:, 0] if backbone.global_pool == "token" else flow[:, first:].mean(dim=1)
    arrived = pooled[:, first:] / pooled[:, first:].sum(dim=1, keepdim=True)
    maps = arrived.reshape(-1, side, side)
    return np.asarray(maps.numpy(), dtype=np.float32)


def integrated_gradients(
    score: Callable[[Tensor], Tensor], images: Tensor, side: int
) -> NDArray[np.float32]:
    """What each patch adds to a score, against a face of the ground's grey.

    Args:
        score: of B versions of the faces, (B, F, 3, side, side) to (B,).
        images: (1, F, 3, side, side), see `prepare`.
        side: g, cells along each side of the maps.

    Returns:
        (F, g, g) in units of the score, below 0 where a patch speaks against it; all together are
        ``score(images) - score(0)``, as far as `STEPS` steps tell.
    """
    from captum.attr import IntegratedGradients

    shares = (
        IntegratedGradients(score)
        .attribute(images, torch.zeros_like(images), n_steps=STEPS, internal_batch_size=_AT_ONCE)[0]
        .sum(dim=1, keepdim=True)
    )
    cells = functional.adaptive_avg_pool2d(shares, side) * (shares.shape[-1] / side) ** 2
    return np.asarray(cells[:, 0].detach().numpy(), dtype=np.float32)
