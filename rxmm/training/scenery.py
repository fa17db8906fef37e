"""What surrounds the pills in drawn photos: grounds, rulers, captions, frames and the camera.

Pictures are (H, W, 3) float32 RGB around [0, 1].
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Rng = np.random.Generator

_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_DUPLEX)
_LETTERS = tuple("ABCDEOPQRSU abcdegopqsu 0123456890")


def ground(height: int, width: int, pill: Floats, rng: Rng) -> Floats:
    """A smooth or slightly rough surface, one time in five of the colour of the pill."""
    kind = rng.random()
    if kind < 0.06:
        return np.full((height, width, 3), rng.choice([0.0, 0.0, 0.02]), np.float32)
    if kind < 0.16:
        return np.ones((height, width, 3), np.float32)
    if kind < 0.4:  # paper
        base = rng.uniform(0.55, 1.0) + rng.normal(0, 0.02, 3)
    elif kind < 0.6:  # hardly another colour than the pill
        base = pill + rng.normal(0, 0.06) + rng.normal(0, 0.02, 3)
    elif kind < 0.8:
        base = rng.uniform(0.35, 0.8) + rng.normal(0, 0.06, 3)
    else:
        base = rng.uniform(0.05, 0.95, 3)
    picture = np.ones((height, width, 3), np.float32) * np.clip(base, 0.03, 1).astype(np.float32)
    picture *= 1 + rng.uniform(0, 0.12) * _noise(height, width, 3, rng)
    if rng.random() < 0.5:
        picture *= 1 + rng.uniform(0, 0.04) * _noise(height, width, 60, rng)
    if rng.random() < 0.15:  # cloth
        y, x = np.mgrid[:height, :width] * (2 * np.pi / rng.uniform(4, 12))
        picture *= 1 + rng.uniform(0.03, 0.15) * (np.sin(x) * np.sin(y))[..., None]
    return picture.astype(np.float32)


def corner_ruler(
    picture: Floats, corner: tuple[float, float], millimetre: float, rng: Rng
) -> Floats:
    """Two scales at a right angle, or only the lying one, with marks outwards and digits."""
    ink = np.zeros(picture.shape[:2], np.uint8)
    marks = int(rng.choice([30, 50, 50, 50, 80]))
    reach, line = rng.uniform(2, 5), int(rng.integers(1, 3))
    font, in_cm = _FONTS[rng.integers(2)], rng.random() < 0.3
    height = rng.uniform(0.2, 0.45) * float(np.clip(millimetre / 6, 0.7, 1.6))
    down = 1 if rng.random() < 0.9 else -1
    scales = [(np.array([1, 0]), np.array([0, down])), (np.array([0, -1]), np.array([-down, 0]))]
    for along, outwards in scales[: 2 if rng.random() < 0.85 else 1]:
        for mark in range(marks + 1):
            start = corner + along * mark * millimetre
            length = reach * (2 if mark % 10 == 0 else 1.5 if mark % 5 == 0 else 1)
            cv2.line(ink, _at(start), _at(start + outwards * length), 255, 1, cv2.LINE_AA)
            if mark % 10 == 0:
                text = str(mark // 10 if in_cm else mark)
                _write(ink, text, start + outwards * 4 * reach, font, height, rng)
        cv2.line(ink, _at(np.array(corner)), _at(corner + along * marks * millimetre), 255, line)
    if rng.random() < 0.4:
        _write(ink, "mm", np.add(corner, (-5 * reach, 5 * reach)), font, height, rng)
    return _inked(picture, ink, 0.0, rng.uniform(0.5, 0.97))


def clutter(picture: Floats, rng: Rng) -> Floats:
    """Sometimes a grid, a ruler as an object, a caption, a plate: none of them a pill."""
    height, width = picture.shape[:2]
    if rng.random() < 0.2:
        ink, step = np.zeros((height, width), np.uint8), int(rng.uniform(20, 80))
        thick = int(rng.integers(1, 4))
        for at in range(int(rng.uniform(0, step)), max(height, width), step):
            cv2.line(ink, (at, 0), (at, height), 255, thick)
            cv2.line(ink, (0, at), (width, at), 255, thick)
        picture = _inked(picture, ink, 0.0, rng.uniform(0.3, 1))
    if rng.random() < 0.25:
        picture = _bar_ruler(picture, rng)
    if rng.random() < 0.25:
        ink, top = np.zeros((height, width), np.uint8), rng.choice([20, height - 50])
        for line in range(rng.integers(1, 4)):
            text = "".join(rng.choice(_LETTERS, rng.integers(3, 28)))
            place = np.array([rng.uniform(0.2, 0.7) * width, top + 20 * line])
            _write(ink, text, place, _FONTS[rng.integers(3)], rng.uniform(0.3, 1), rng)
        picture = _inked(picture, ink, 0.0, rng.uniform(0.6, 1))
    if rng.random() < 0.06:
        ink = np.zeros((height, width), np.uint8)
        corners = rng.uniform(0, (width, height), (2, 2))
        cv2.rectangle(ink, _at(corners[0]), _at(corners[1]), 255, -1 if rng.random() < 0.5 else 2)
        picture = _inked(picture, ink, rng.random(3), 1.0)
    return picture


def _bar_ruler(picture: Floats, rng: Rng) -> Floats:
    """A ruler of plastic or metal across the lower part, light or dark, clear or not."""
    height, width = picture.shape[:2]
    tall = int(rng.uniform(0.12, 0.35) * height)
    top = int(height - tall - rng.uniform(0, 0.15) * height)
    color, cover = (
        rng.uniform(0.05, 0.95, 3) * 0.3 + rng.uniform(0, 0.7),
        rng.choice([1, 0.5, 0.25]),
    )
    picture = picture.copy()
    picture[top : top + tall] += cover * (color - picture[top : top + tall])
    ink, millimetre = np.zeros((height, width), np.uint8), rng.uniform(2, 9)
    digits = rng.uniform(0.25, 0.8)
    for mark in range(int(width / millimetre) + 1):
        length = tall * (0.35 if mark % 10 == 0 else 0.28 if mark % 5 == 0 else 0.2)
        start = np.array([mark * millimetre, top])
        cv2.line(ink, _at(start), _at(np.add(start, (0, length))), 255, 1, cv2.LINE_AA)
        if mark % 10 == 0:
            _write(ink, str(mark // 10), np.add(start, (0, 0.7 * tall)), _FONTS[0], digits, rng)
    picture = _inked(picture, ink, 0.0 if color.mean() > 0.35 else 1.0, 1.0)
    return picture[::-1, ::-1] if rng.random() < 0.3 else picture


def photograph(picture: Floats, rng: Rng) -> Pixels:
    """What a camera makes of the picture: uneven light, tint, blur, noise, JPEG."""
    height, width = picture.shape[:2]
    picture = picture * (1 + rng.uniform(0, 0.12) * _noise(height, width, 2, rng))
    picture = picture * (rng.uniform(0.75, 1.05) * (1 + rng.normal(0, 0.04, 3)))
    picture = picture.astype(np.float32)
    if rng.random() < 0.5:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.3)))
    picture = picture + rng.uniform(0, 0.02) * rng.standard_normal(picture.shape, np.float32)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(50, 97))]
    _, coded = cv2.imencode(".jpg", np.clip(picture * 255, 0, 255).astype(np.uint8), quality)
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED), np.uint8)


def framed(photo: Pixels, masks: list[Mask], rng: Rng) -> tuple[Pixels, list[Mask]]:
    """The photo on a white page, perhaps with a caption, or between black bars."""
    height, width = photo.shape[:2]
    color = int(rng.choice([255, 255, 0]))
    sides = [
        int(rng.uniform(0, 0.5) * side) if rng.random() < 0.6 else 0
        for side in (height, height, width, width)
    ]
    top, bottom, left, right = sides
    page = np.full((height + top + bottom, width + left + right, 3), color, np.uint8)
    page[top : top + height, left : left + width] = photo
    if color and top > 40 and rng.random() < 0.5:
        text = "".join(rng.choice(_LETTERS, 18))
        cv2.putText(page, text, (20, top - 15), _FONTS[0], 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return page, [np.pad(mask, ((top, bottom), (left, right))) for mask in masks]


def _noise(height: int, width: int, cells: int, rng: Rng) -> Floats:
    """(H, W, 1) smooth noise of about unit strength, ``cells`` waves across."""
    coarse = rng.standard_normal((cells, cells), np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine, np.float32)[..., None]


def _inked(picture: Floats, ink: Pixels, color: Floats | float, strength: float) -> Floats:
    cover = ink[..., None].astype(np.float32) * np.float32(strength / 255)
    return (picture + cover * (color - picture)).astype(np.float32)


def _write(ink: Pixels, text: str, center: Floats, font: int, height: float, rng: Rng) -> None:
    thick = 1 if rng.random() < 0.7 else 2
    (w, h), _ = cv2.getTextSize(text, font, height, thick)
    cv2.putText(
        ink, text, _at(np.add(center, (-w / 2, h / 2))), font, height, 255, thick, cv2.LINE_AA
    )


def _at(point: Floats) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
