"""The 19 outlines of the FDA vocabulary as textures: distance to the edge, and a dome over it.

Lengths are in *face units*: half the longest dimension of the pill is 1, x points right, y down.
A texture spans ``[-SPAN, SPAN]`` in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import diags
from scipy.sparse.linalg import spsolve

from rxmm.catalog.vocabulary import Shape

TEXTURE = 160
SPAN = 1.6
VARIANTS = 12
"""Outlines drawn of each shape: they differ in aspect ratio and roundness."""

_SCALE = 4  # oversampling of the outline
_POINTS = 512

Points = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One outline of one shape.

    Attributes:
        shape, variant: what was drawn; all that a pickled outline carries.
        field: (2, TEXTURE, TEXTURE) float32. First the signed distance to the edge in face units,
            negative inside; then the dome, 0 at the edge and outside, 1 at its top, the shape of
            a membrane blown up over the outline (an ellipse gets an exact paraboloid).
        half_size: (half width, half height) in face units; the larger one is 1.
        inner_radius: radius of the largest disc inside.
    """

    shape: Shape
    variant: int
    field: torch.Tensor
    half_size: tuple[float, float]
    inner_radius: float

    def __reduce__(self) -> tuple[Callable[[Shape, int], Outline], tuple[Shape, int]]:
        return outline, (self.shape, self.variant)


@cache
def outline(shape: Shape, variant: int) -> Outline:
    """The outline number ``variant`` (0 … VARIANTS - 1) of ``shape``."""
    rng = np.random.default_rng([list(Shape).index(shape), variant])
    points = _OUTLINES[shape](rng, variant / (VARIANTS - 1))
    points = points - (points.max(axis=0) + points.min(axis=0)) / 2
    points = points / np.abs(points).max()
    distance = _signed_distance(points)
    half = np.abs(points).max(axis=0)
    return Outline(
        shape,
        variant,
        torch.from_numpy(np.stack([distance, _membrane(distance)]).astype(np.float32)),
        (float(half[0]), float(half[1])),
        float(-distance.min()),
    )


def _signed_distance(points: Points) -> NDArray[np.float64]:
    side = TEXTURE * _SCALE
    inside = np.zeros((side, side), np.uint8)
    pixels = (points / SPAN + 1) / 2 * side - 0.5
    cv2.fillPoly(inside, [np.round(pixels * 16).astype(np.int32)], 1, shift=4)
    outer = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inner = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    field = cv2.resize(outer - inner, (TEXTURE, TEXTURE), interpolation=cv2.INTER_AREA)
    return np.asarray(field, np.float64) * (2 * SPAN / side)


def _membrane(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solves Poisson's equation with a constant load inside the outline, scaled to maximum 1."""
    inside = distance < 0
    rows, columns = np.nonzero(inside)
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(len(rows))
    matrix = diags([np.full(len(rows), 4.0)], [0], format="lil")
    for step_y, step_x in ((0, 1), (1, 0)):
        neighbour = number[rows + step_y, columns + step_x]
        linked = np.flatnonzero(neighbour >= 0)
        matrix[linked, neighbour[linked]] = -1
        matrix[neighbour[linked], linked] = -1
    height = np.zeros_like(distance)
    height[inside] = spsolve(matrix.tocsc(), np.ones(len(rows)))
    return np.asarray(cv2.GaussianBlur(height / height.max(), (0, 0), 0.7))


def _ring(count: int = _POINTS) -> NDArray[np.float64]:
    return np.linspace(0, 2 * np.pi, count, endpoint=False)


def _polar(radius: NDArray[np.float64]) -> Points:
    angle = _ring(len(radius))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _ellipse(aspect: float, power: float = 2.0) -> Points:
    """A superellipse: ``power`` 2 is an ellipse, larger is boxier."""
    cos, sin = np.cos(_ring()), np.sin(_ring())
    x, y = (np.sign(v) * np.abs(v) ** (2 / power) for v in (cos, sin))
    return np.stack([x, aspect * y], axis=1)


def _rounded(corners: Points, radius: float, bulge: float = 0.0) -> Points:
    """A convex polygon with rounded corners and slightly bulging sides.

    The rounding is a low-pass filter along the outline; ``radius`` is its width in units of the
    outline's length.
    """
    closed = np.vstack([corners, corners[:1]])
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))]
    at = np.linspace(0, length[-1], _POINTS, endpoint=False)
    dense = np.stack([np.interp(at, length, closed[:, k]) for k in (0, 1)], axis=1)
    if bulge:
        center = corners.mean(axis=0)
        reach = np.linalg.norm(dense - center, axis=1, keepdims=True)
        dense = center + (dense - center) * (reach.max() / reach) ** bulge
    frequency = np.fft.fftfreq(_POINTS, 1 / _POINTS)
    damping = np.exp(-2 * (np.pi * radius * frequency / 4) ** 2)[:, None]
    return np.asarray(np.fft.ifft(np.fft.fft(dense, axis=0) * damping, axis=0).real)


def _regular(sides: int, start: float) -> Callable[[Rng, float], Points]:
    """A regular polygon with its first corner at ``start`` (in turns, clockwise from the right)."""

    def draw(rng: Rng, _: float) -> Points:
        angle = 2 * np.pi * (np.arange(sides) / sides + start)
        corners = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return _rounded(corners, rng.uniform(0.02, 0.07), rng.uniform(0, 0.35))

    return draw


def _capsule(rng: Rng, step: float) -> Points:
    aspect = 0.34 + 0.12 * step
    angle = _ring()
    ends = np.stack([aspect * np.cos(angle), aspect * np.sin(angle)], axis=1)
    ends[:, 0] += np.sign(np.cos(angle)) * (1 - aspect)
    return ends


def _oval(rng: Rng, step: float) -> Points:
    return _ellipse(0.42 + 0.34 * step**1.5, power=rng.choice([2.0, 2.0, 2.3, 2.7]))


def _bullet(rng: Rng, step: float) -> Points:
    points = _capsule(rng, step)
    return np.stack([np.minimum(points[:, 0], rng.uniform(0.6, 0.75)), points[:, 1]], axis=1)


def _semicircle(rng: Rng, _: float) -> Points:
    angle = np.linspace(np.pi, 2 * np.pi, 64)
    arc = np.stack([np.cos(angle), rng.uniform(1.0, 1.15) * np.sin(angle)], axis=1)
    return _rounded(arc, rng.uniform(0.01, 0.04))


def _rectangle(rng: Rng, step: float) -> Points:
    aspect = 0.36 + 0.35 * step
    corners = np.array([[-1, -aspect], [1, -aspect], [1, aspect], [-1, aspect]])
    return _rounded(corners, rng.uniform(0.02, 0.07), rng.uniform(0, 0.1))


def _diamond(rng: Rng, step: float) -> Points:
    aspect = 0.6 + 0.3 * step
    corners = np.array([[-1, 0], [0, -aspect], [1, 0], [0, aspect]])
    return _rounded(corners, rng.uniform(0.03, 0.09), rng.uniform(0, 0.3))


def _trapezoid(rng: Rng, step: float) -> Points:
    top = rng.uniform(0.5, 0.75)
    corners = np.array([[-1, 0.45], [-top, -0.45], [top, -0.45], [1, 0.45]])
    return _rounded(corners * [1, 0.8 + 0.5 * step], rng.uniform(0.02, 0.06))


def _tear(rng: Rng, _: float) -> Points:
    angle = _ring()
    taper = rng.uniform(0.35, 0.75)
    width = rng.uniform(0.6, 0.7)
    x = np.cos(angle)
    return np.stack([x, width * np.sin(angle) * (1 - taper * (x + 1) / 2)], axis=1)


def _double_circle(rng: Rng, _: float) -> Points:
    angle = _ring()
    offset = rng.uniform(0.62, 0.8)  # of each disc's radius
    return _polar(
        offset * np.abs(np.cos(angle)) + np.sqrt(np.maximum(1 - (offset * np.sin(angle)) ** 2, 0.0))
    )


def _clover(rng: Rng, _: float) -> Points:
    leaves = int(rng.integers(3, 5))
    return _polar(1 + rng.uniform(0.12, 0.25) * np.cos(leaves * _ring()))


def _gear(rng: Rng, _: float) -> Points:
    teeth = int(rng.integers(8, 15))
    return _polar(1 + rng.uniform(0.04, 0.08) * np.tanh(3 * np.cos(teeth * _ring())))


def _freeform(rng: Rng, step: float) -> Points:
    angle = _ring()
    radius = np.ones(_POINTS)
    for order in range(2, 6):
        radius += rng.normal(0, 0.22 / order) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    return _polar(radius) * [1, 0.65 + 0.35 * step]


_OUTLINES: dict[Shape, Callable[[Rng, float], Points]] = {
    Shape.BULLET: _bullet,
    Shape.CAPSULE: _capsule,
    Shape.CLOVER: _clover,
    Shape.DIAMOND: _diamond,
    Shape.DOUBLE_CIRCLE: _double_circle,
    Shape.FREEFORM: _freeform,
    Shape.GEAR: _gear,
    Shape.HEPTAGON: _regular(7, 0.25),
    Shape.HEXAGON: _regular(6, 0.0),
    Shape.OCTAGON: _regular(8, 1 / 16),
    Shape.OVAL: _oval,
    Shape.PENTAGON: _regular(5, 0.75),
    Shape.RECTANGLE: _rectangle,
    Shape.ROUND: lambda rng, step: _ellipse(1.0),
    Shape.SEMI_CIRCLE: _semicircle,
    Shape.SQUARE: _regular(4, 0.125),
    Shape.TEAR: _tear,
    Shape.TRAPEZOID: _trapezoid,
    Shape.TRIANGLE: _regular(3, 0.75),
}
