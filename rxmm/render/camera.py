"""From linear light to the 8-bit picture a camera would have written."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rxmm.render import noise
from rxmm.render.scene import Camera, Scene
from rxmm.render.surface import column

_STREAM = 80


def expose(scenes: Sequence[Scene], light: Tensor, seeds: Tensor) -> Tensor:
    """Blur, exposure, white balance, vignette, tone curve, noise and JPEG.

    Args:
        light: (B, 3, H, W) linear RGB.

    Returns:
        (B, 3, H, W) uint8 sRGB.
    """
    cameras = [scene.camera for scene in scenes]
    height, width = light.shape[2:]
    light = _blurred(cameras, light.clamp_min(0))
    gains = light.new_tensor([[c.exposure * white for white in c.white] for c in cameras])
    light = light * gains[:, :, None, None] * _vignette(cameras, height, width, light)[:, None]
    picture = light.clamp(1e-6, 1) ** (1 / 2.2)
    contrast = column([c.contrast for c in cameras], light)[:, None]
    picture = 0.5 * (2 * picture) ** contrast
    grain = noise.normal(seeds, 3, height, width, _STREAM)
    strength = column([c.noise for c in cameras], light)[:, None]
    picture = picture + strength * grain * (1.2 - picture)  # darker areas are noisier
    pixels = (picture.clamp(0, 1) * 255).round().to(torch.uint8)
    return _stored(cameras, pixels)


def _vignette(cameras: Sequence[Camera], height: int, width: int, like: Tensor) -> Tensor:
    rows = torch.linspace(-1, 1, height, device=like.device)
    columns = torch.linspace(-1, 1, width, device=like.device)
    radius = (rows[:, None] ** 2 + columns**2) / 2
    return 1 - column([camera.vignette for camera in cameras], like) * radius


def _blurred(cameras: Sequence[Camera], light: Tensor) -> Tensor:
    """Defocus and motion blur together: one small kernel per picture, where it matters."""
    side = min(light.shape[2:])
    sigmas = [camera.blur * side / 1000 for camera in cameras]
    lengths = [camera.motion * side / 1000 for camera in cameras]
    moved = [i for i in range(len(cameras)) if sigmas[i] > 0.25 or lengths[i] > 0.7]
    if not moved:
        return light
    reach = math.ceil(max(2.2 * sigmas[i] + lengths[i] / 2 for i in moved))
    offsets = torch.arange(-reach, reach + 1, device=light.device, dtype=torch.float32)
    kernels = []
    for i in moved:
        angle = cameras[i].motion_angle
        along = offsets * math.cos(angle) + offsets[:, None] * math.sin(angle)
        across = offsets[:, None] * math.cos(angle) - offsets * math.sin(angle)
        spread = max(sigmas[i], 0.35)
        stretched = along.abs().sub(lengths[i] / 2).clamp_min(0)
        square = (stretched**2 + across**2) / spread**2
        kernel = torch.exp(-square / 2) * (square <= 2.2**2)
        kernels.append(kernel / kernel.sum())
    weight = torch.stack(kernels).repeat_interleave(3, dim=0)[:, None]
    padded = functional.pad(light[moved], (reach,) * 4, mode="replicate")
    blurred = functional.conv2d(padded.flatten(0, 1)[None], weight, groups=3 * len(moved))
    light = light.clone()
    light[moved] = blurred.view_as(light[moved])
    return light


def _stored(cameras: Sequence[Camera], pixels: Tensor) -> Tensor:
    """Lost resolution and JPEG; both happen on the CPU, picture by picture."""
    height, width = pixels.shape[2:]
    pictures = pixels.permute(0, 2, 3, 1).cpu().numpy()
    results = []
    for camera, picture in zip(cameras, pictures, strict=True):
        if camera.detail < 1:
            small = (max(8, round(width * camera.detail)), max(8, round(height * camera.detail)))
            picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
        if camera.quality < 100:
            bgr = np.ascontiguousarray(picture[..., ::-1])
            _, code = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])
            picture = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))[..., ::-1]
        results.append(np.ascontiguousarray(picture))
    stacked = torch.from_numpy(np.stack(results)).permute(0, 3, 1, 2)
    return stacked.contiguous().to(pixels.device)
