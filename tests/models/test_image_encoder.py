"""Faces made comparable, and seen by backbones of several kinds."""

import numpy as np
import pytest
import torch

from rxmm.models.image_encoder import ImageEncoder, cut_out, prepare, to_images
from rxmm.results import PillFace
from tests.drawn import BLUE, PINK, WHITE, Rgb, lay, table

BACKBONES = {
    "vit": ("vit_tiny_patch16_224", {"img_size": 64, "depth": 2}),
    "deit": ("deit_tiny_patch16_224", {"img_size": 64, "depth": 2}),
    "swin": (
        "swin_tiny_patch4_window7_224",
        {"img_size": 64, "window_size": 4, "embed_dim": 24, "depths": (1, 1), "num_heads": (1, 2)},
    ),
    "bit": ("resnetv2_50x1_bit", {}),
    "efficientnetv2": ("tf_efficientnetv2_b0", {}),
    "convnext": ("convnext_atto", {}),
    "coatnet": ("coatnet_pico_rw_224", {"img_size": 64}),
}


def face(angle: float, size: tuple[int, int] = (120, 60), second: Rgb | None = None) -> PillFace:
    photo = table(200, 200, (250, 250, 250))
    mask = lay(photo, (100, 100), size, PINK, angle, second)
    return PillFace(photo, mask, (0, 0, 200, 200))


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
def test_an_elongated_face_lies_level_and_fills_its_picture(angle: float) -> None:
    cutout = cut_out(face(angle), 64)
    assert cutout.shape == (64, 64, 4)
    inside = cutout[:, :, 3] > 127
    width, height = inside.any(axis=0).sum(), inside.any(axis=1).sum()
    assert 54 <= width <= 62 and 0.42 < height / width < 0.62
    assert abs(np.nonzero(inside)[1].mean() - 31.5) < 1.5


def test_turning_a_photo_changes_the_cut_out_by_half_a_turn_at_most() -> None:
    level = to_images(torch.from_numpy(cut_out(face(0, second=BLUE), 64))[None])[0]
    turned = to_images(torch.from_numpy(cut_out(face(70, second=BLUE), 64))[None])[0]
    off = min(float((turned - other).abs().mean()) for other in (level, level.flip(1, 2)))
    assert off < 0.05


def test_the_ground_is_grey_and_the_light_divided_out() -> None:
    warm = face(0, (90, 90))
    lit = np.clip(warm.crop * np.array([1.0, 0.9, 0.6]), 0, 255).astype(np.uint8)
    seen = PillFace(lit, warm.mask, warm.box, lights=((1.0, 0.9, 0.6),))
    image = prepare([seen, warm], 48)
    assert image.shape == (2, 3, 48, 48)
    assert (image[:, :, 0, 0] == 0).all()
    torch.testing.assert_close(image[0, :, 24, 24], image[1, :, 24, 24], atol=0.04, rtol=0)


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_trains_a_step(name: str) -> None:
    backbone, options = BACKBONES[name]
    torch.manual_seed(0)
    encoder = ImageEncoder(backbone, options, dim=16)
    seen = encoder(torch.randn(2, 3, 64, 64))
    assert seen.embedding.shape == (2, 16)
    assert (seen.colors.shape, seen.shape.shape, seen.score.shape) == ((2, 12), (2, 19), (2, 4))
    torch.testing.assert_close(seen.embedding.norm(dim=1), torch.ones(2))
    seen.embedding[0].sum().backward()
    first = next(encoder.backbone.parameters())
    assert first.grad is not None and first.grad.isfinite().all()


def test_white_is_not_the_ground() -> None:
    photo = table(80, 80, (10, 10, 10))
    mask = lay(photo, (40, 40), (60, 60), WHITE)
    image = prepare([PillFace(photo, mask, (0, 0, 80, 80))], 32)
    assert float(image[0, :, 16, 16].min()) > 0.5
