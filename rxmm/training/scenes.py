"""Photos with known faces for the face finder: real cut-outs laid on drawn grounds.

A reference photograph shows one face on black, so its mask is known exactly.  Here such faces are
laid, one, two of a pill, or several, on grounds like and unlike them, in shade, beside rulers,
digits, captions, grids and frames; an eighth of the photos with a ruler shows no pill at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.training import scenery
from rxmm.training.scenery import Floats, Rng

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """One face, cut out along its edge: (h, w, 3) uint8 RGB and (h, w) uint8 0 or 1."""

    pixels: Pixels
    mask: Pixels


@dataclass(frozen=True, slots=True)
class _Shadow:
    """Offsets and blur over the face's size; darkness of the cast and of the contact shadow."""

    x: float
    y: float
    blur: float
    cast: float
    contact: float


def cut_out(photo: Pixels) -> CutOut:
    """The face of a reference photograph, which lies on black."""
    lit = (photo.max(axis=2) > 18).astype(np.uint8)
    lit = np.asarray(cv2.morphologyEx(lit, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    contours, _ = cv2.findContours(lit, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea)
    mask = np.zeros(lit.shape, np.uint8)
    cv2.fillPoly(mask, [contour], 1)
    x, y, w, h = cv2.boundingRect(contour)
    return CutOut(photo[y : y + h, x : x + w].copy(), mask[y : y + h, x : x + w].copy())


def draw_scene(pills: Sequence[Sequence[CutOut]], rng: Rng) -> tuple[Pixels, list[Mask]]:
    """A random photo and the visible part of each face in it.

    Args:
        pills: two faces of each.
    """
    tone = rng.uniform(0.75, 1.15) * (1 + rng.normal(0, 0.05, 3))
    shadow = _Shadow(
        x=rng.uniform(-0.12, 0.12),
        y=rng.uniform(-0.12, 0.12),
        blur=rng.uniform(0.01, 0.08),
        cast=rng.uniform(0, 0.6) if rng.random() < 0.8 else 0.0,
        contact=rng.uniform(0, 0.5),
    )
    draw = _small if rng.random() < 0.62 else _close
    picture, covers = draw(pills, tone, shadow, rng)
    photo = scenery.photograph(picture, rng)
    masks = [cover > 0.5 for cover in covers]
    return scenery.framed(photo, masks, rng) if rng.random() < 0.2 else (photo, masks)


def _close(
    pills: Sequence[Sequence[CutOut]], tone: Floats, shadow: _Shadow, rng: Rng
) -> tuple[Floats, list[Floats]]:
    """One face that fills a third of the frame or all of it."""
    face = _any(_any(pills, rng), rng)
    width, height = rng.integers(160, 330, 2).tolist()
    angle = 90.0 * rng.integers(4) + rng.normal(0, 6)
    long, short = face.mask.shape[::-1] if round(angle / 90) % 2 == 0 else face.mask.shape
    zoom = min(width / long, height / short) * rng.uniform(0.3, 0.99)
    if rng.random() < 0.4:  # cropped to a strip around the pill
        height = max(40, int(min(height, short * zoom * rng.uniform(1.02, 1.5))))
    picture = scenery.ground(height, width, _color(face, tone), rng)
    place = width * (0.5 + rng.normal(0, 0.02)), height * (0.5 + rng.normal(0, 0.02))
    size = zoom * max(face.mask.shape)
    picture, cover = _lay(picture, face, tone, shadow, place, size, angle, [])
    return picture, [cover]


def _small(
    pills: Sequence[Sequence[CutOut]], tone: Floats, shadow: _Shadow, rng: Rng
) -> tuple[Floats, list[Floats]]:
    """Both faces of a pill beside each other, or several pills, or none, mostly with a ruler."""
    faces = list(_any(pills, rng))
    if rng.random() < 0.5:
        faces.reverse()
    width, height = 352, int(rng.uniform(230, 352))
    if rng.random() < 0.4:
        width, height = height, width
    size = float(np.exp(rng.uniform(np.log(22), np.log(150))))
    places, corner = _places(faces, size, width, height, rng)
    picture = scenery.ground(height, width, _color(faces[0], tone), rng)
    if rng.random() < 0.85:
        millimetre = size / rng.uniform(6, 20)
        picture = scenery.corner_ruler(picture, corner, millimetre, rng)
    picture = scenery.clutter(picture, rng)
    turned = rng.random() < 0.3
    kind = rng.random()
    if kind < 0.12:
        faces = []
    elif kind < 0.22:
        cells = rng.permutation(6)[: rng.integers(2, 7)]
        places = [((i % 3 + 0.5) * width / 3, (i // 3 + 0.5) * height / 2) for i in cells]
        size, turned = min(size, 0.3 * width, 0.45 * height), True
        faces = [_any(_any(pills, rng), rng) for _ in places]
    covers: list[Floats] = []
    for face, place in zip(faces, places, strict=False):
        angle = rng.uniform(0, 360) if turned else rng.normal(0, 2)
        picture, cover = _lay(picture, face, tone, shadow, place, size, angle, covers)
        covers = [earlier * (1 - cover) for earlier in covers] + [cover]
    return picture, covers


def _places(
    faces: Sequence[CutOut], size: float, width: int, height: int, rng: Rng
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Centres of two faces that touch or nearly do, and a corner for the ruler near them."""
    aspect = faces[0].mask.shape[1] / faces[0].mask.shape[0]
    stacked = rng.random() < (0.75 if aspect > 1.5 else 0.15)
    extent = size / aspect if stacked else size
    apart = extent * (
        1 + (rng.uniform(-0.02, 0.04) if rng.random() < 0.5 else rng.uniform(0.02, 0.6))
    )
    step = np.array([0.0, apart] if stacked else [apart, 0.0])
    half = np.add(step, (size, size / aspect)) / 2
    low, high = np.add(half, (15, 10)), np.subtract((width - 10, height - 15), half)
    center = rng.uniform(low, np.maximum(high, low + 1))
    if rng.random() < 0.5:
        corner = center + half * (-1, 1) + rng.uniform(0, 3, 2) * (-1, 1)
    else:
        corner = rng.uniform((20, 0.5 * height), (0.45 * width, height - 15))
    return [tuple(center - step / 2), tuple(center + step / 2)], (corner[0], corner[1])


def _lay(
    picture: Floats,
    face: CutOut,
    tone: Floats,
    shadow: _Shadow,
    place: tuple[float, float],
    size: float,
    angle: float,
    covers: Sequence[Floats],
) -> tuple[Floats, Floats]:
    """The picture with a face and its shadow, and the (H, W) share of each pixel it covers."""
    height, width = picture.shape[:2]
    h, w = face.mask.shape
    turn = cv2.getRotationMatrix2D((w / 2 - 0.5, h / 2 - 0.5), angle, size / max(h, w))
    turn[:, 2] += (place[0] - w / 2, place[1] - h / 2)
    lit = np.clip(face.pixels / 255.0 * tone, 0, 1).astype(np.float32)
    pixels = cv2.warpAffine(lit, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpAffine(face.mask.astype(np.float32), turn, (width, height))
    # The cut-out's last pixels are mixed with black: the mask is drawn in a little.
    cover = np.clip((cv2.GaussianBlur(mask, (0, 0), 0.7) - 0.35) / 0.5, 0, 1)
    shift = np.array([[1, 0, shadow.x * size], [0, 1, shadow.y * size]], np.float32)
    cast = cv2.warpAffine(cover, shift, (width, height))
    cast = cv2.GaussianBlur(cast, (0, 0), max(0.6, shadow.blur * size))
    contact = cv2.GaussianBlur(cover, (0, 0), max(0.6, 0.02 * size))
    dark = (1 - shadow.cast * cast) * (1 - shadow.contact * contact)
    for other in covers:
        dark = np.where(other > 0.5, 1.0, dark)  # faces lie side by side and do not shade
    ground = picture * dark[..., None].astype(np.float32)
    return ground + cover[..., None] * (pixels - ground), cover


def _any(choices: Sequence[_T], rng: Rng) -> _T:
    return choices[int(rng.integers(len(choices)))]


def _color(face: CutOut, tone: Floats) -> Floats:
    """Mean colour of the face in the photo's light, [0, 1]."""
    mean: Floats = face.pixels[face.mask > 0].mean(axis=0)
    return np.clip(mean / 255 * tone, 0, 1)
