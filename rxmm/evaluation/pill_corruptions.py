"""What spoils photographs of pills beyond ImageNet-C: light, shaking hands, fingers, few pixels.

Lengths are shares of the photo's shorter edge, so that a severity means the same at every size.
Severity 3 is meant as a careless photo, 5 as one that a person can hardly use.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_GAMMA = 2.2
"""Between pixel values and light."""
_SKIN = (224, 172, 138), (141, 85, 58)
"""From light to dark."""


def glare(photo: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
    """The gloss of a lamp: a white oval near the middle, fading outwards."""
    radius = (0.06, 0.10, 0.14, 0.19, 0.25)[severity - 1]
    strength = (0.6, 0.75, 0.9, 1.0, 1.0)[severity - 1]
    along, across = _offsets(photo, rng.uniform(0.35, 0.65, 2), rng.uniform(0, np.pi))
    away = np.hypot(along / (1.6 * radius), across / radius)
    veil = strength * np.exp(-(away**4)).astype(np.float32)[..., None]
    return _to_pixels(photo + (255 - photo.astype(np.float32)) * veil)


def hand_shake(photo: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
    """Blur along the crooked way that a hand goes while the shutter is open."""
    length = (0.01, 0.02, 0.03, 0.045, 0.06)[severity - 1] * min(photo.shape[:2])
    steps = 64
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.12, steps))
    path = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)
    path = (path - path.mean(axis=0)) * (length / steps)
    reach = int(np.ceil(np.abs(path).max())) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    low = np.floor(path).astype(int)
    share = path - low
    for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):  # bilinear
        part = np.abs(1 - x - share[:, 0]) * np.abs(1 - y - share[:, 1])
        np.add.at(kernel, (low[:, 1] + y + reach, low[:, 0] + x + reach), part)
    return _blur(photo, kernel / kernel.sum())


def low_light(photo: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
    """One to five stops too little light, with the noise of few photons and of the sensor."""
    light = (photo.astype(np.float32) / 255) ** _GAMMA / 2**severity
    full, read_noise = 2000.0, 4.0
    electrons = rng.poisson(light * full) + rng.normal(0, read_noise, light.shape)
    return _to_pixels(255 * np.clip(electrons / full, 0, 1) ** (1 / _GAMMA))


def color_cast(photo: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
    """Coloured light of any hue that no white balance took out; the brightest channel is kept."""
    most = (1.2, 1.4, 1.7, 2.1, 2.6)[severity - 1]
    """Of the light, strongest over weakest channel."""
    hue = rng.uniform(0, 2 * np.pi) + np.arange(3) * 2 * np.pi / 3
    wave = np.cos(hue)
    gain = most ** ((wave - wave.max()) / np.ptp(wave))
    return _to_pixels(photo * gain.astype(np.float32) ** (1 / _GAMMA))


def finger(photo: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
    """A finger from any side that points to the middle of the photo, which it reaches at 5."""
    front = (0.40, 0.32, 0.24, 0.12, 0.0)[severity - 1]
    half_width = 0.18
    along, across = _offsets(photo, (0.5, 0.5), rng.uniform(0, 2 * np.pi))
    away = np.hypot(np.minimum(along - front - half_width, 0), across) / half_width
    shade = (1 - 0.45 * np.clip(away, 0, 1) ** 3)[..., None]
    tone = rng.uniform()
    skin = (1 - tone) * np.array(_SKIN[0]) + tone * np.array(_SKIN[1])
    cover = np.clip((1 - away) * half_width * min(photo.shape[:2]) + 0.5, 0, 1)[..., None]
    return _to_pixels(photo * (1 - cover) + skin * shade * cover)


def low_resolution(photo: Pixels, severity: int, rng: np.random.Generator) -> Pixels:
    """The photo from so far away, or so much reduced, that few pixels are left; enlarged again."""
    scale = (0.7, 0.5, 0.36, 0.26, 0.18)[severity - 1]
    height, width = photo.shape[:2]
    small = (max(round(width * scale), 1), max(round(height * scale), 1))
    reduced = cv2.resize(photo, small, interpolation=cv2.INTER_AREA)
    enlarged = cv2.resize(reduced, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(enlarged, dtype=np.uint8)


PILL_KINDS: dict[str, Callable[[Pixels, int, np.random.Generator], Pixels]] = {
    kind.__name__: kind
    for kind in (glare, hand_shake, low_light, color_cast, finger, low_resolution)
}
"""By name: photo (H, W, 3) uint8 RGB, severity 1 to 5 and a generator to such a photo."""


def _offsets(
    photo: Pixels, center: tuple[float, float] | NDArray[np.float64], turn: float
) -> tuple[Floats, Floats]:
    """Of each pixel from ``center`` along ``turn`` and across it, each (H, W).

    Args:
        center: (x, y) as shares of width and height.
        turn: in radians, clockwise from rightwards.
    """
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x, y = x - (width - 1) * center[0], y - (height - 1) * center[1]
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    short = np.float32(min(height, width))
    return (x * cos + y * sin) / short, (y * cos - x * sin) / short


def _blur(photo: Pixels, kernel: Floats) -> Pixels:
    blurred = cv2.filter2D(photo, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, dtype=np.uint8)


def _to_pixels(values: NDArray[np.floating]) -> Pixels:
    pixels: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return pixels
