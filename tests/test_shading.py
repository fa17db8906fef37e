"""Shading is what a wide blur leaves; what is left without it is the print."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import correlate1d

from rxmm.shading import flatten_shading


def test_what_a_blur_leaves_is_taken_off() -> None:
    sigma, reach = 5.0, 11
    pictures = torch.rand(2, 1, 30, 47, generator=torch.Generator().manual_seed(1)) * 255
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    blurred = correlate1d(pictures.numpy(), kernel / kernel.sum(), axis=2, mode="nearest")
    blurred = correlate1d(blurred, kernel / kernel.sum(), axis=3, mode="nearest")
    detail = pictures.numpy() - blurred
    found = flatten_shading(pictures, sigma).numpy()
    for one, expected in zip(found, detail, strict=True):
        inside = np.abs(one) < 1
        ratio = one[inside] / expected[inside]
        np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-3)


def test_a_lamp_at_the_side_and_a_dim_one_change_little() -> None:
    picture = torch.full((1, 1, 96, 96), 120.0)
    picture[..., 40:56, 20:76:8] += 30  # strokes
    lit = picture + torch.linspace(-40, 40, 96)
    plain, other, dim = (flatten_shading(p, 16.0) for p in (picture, lit, picture * 0.5))
    torch.testing.assert_close(other[..., 32:64, 32:64], plain[..., 32:64, 32:64], atol=0.1, rtol=0)
    torch.testing.assert_close(dim, plain, atol=0.25, rtol=0.2)


def test_noise_on_a_blank_face_is_not_raised_to_full_contrast() -> None:
    noise = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(1)) * 0.2
    assert flatten_shading(120 + noise, 16.0).abs().max() < 0.2
