"""Attention rollout, of backbones of several kinds."""

import numpy as np
import pytest
import torch

from rxmm.models.attribution import attention_rollout
from rxmm.models.image_encoder import ImageEncoder
from tests.models.test_image_encoder import BACKBONES


def encoder_of(kind: str) -> ImageEncoder:
    backbone, options = BACKBONES[kind]
    torch.manual_seed(0)
    return ImageEncoder(backbone, options, dim=16).eval()


def test_all_that_leaves_a_vision_transformer_came_in_by_a_patch() -> None:
    maps = attention_rollout(encoder_of("vit"), torch.randn(2, 3, 64, 64))
    assert maps is not None and maps.shape == (2, 4, 4) and (maps >= 0).all()
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), 1, rtol=1e-5)


@pytest.mark.parametrize("kind", ["swin", "coatnet", "convnext"])
def test_what_is_no_vision_transformer_has_no_rollout(kind: str) -> None:
    assert attention_rollout(encoder_of(kind), torch.randn(1, 3, 64, 64)) is None
