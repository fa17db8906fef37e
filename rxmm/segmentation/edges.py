"""Measures the edge under an outline, and pulls an outline onto the strongest edge near it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Contour = NDArray[np.int32]

POINTS = 64
"""Points at which an outline is looked at."""

STRETCH = 5
"""An outline is as closed as its weakest stretch of so many points."""

REACH = 2.0
"""Distance from the outline, in pixels, at which inside and outside are compared."""

RATIOS = np.geomspace(0.5, 2.2, 44).astype(np.float32)
"""Where snapping looks for the edge, as a factor on the distance from the centre."""


class EdgeMap:
    """The edges of one photo, on the scale of its own noise.

    Args:
        lab: (h, w, 3) float32, the photo in CIE Lab.
        rim: width in pixels of the photo's rim, where no edge is believed.
    """

    def __init__(self, lab: Floats, rim: int) -> None:
        self._lab = lab
        self._rim = rim
        across = np.linalg.norm(lab[:, 4::4] - lab[:, :-4:4], axis=2)
        self._faint = float(np.clip(2.0 * np.median(across), 2.5, 6.0))

    def support(self, contours: list[Contour]) -> Floats:
        """(n,) how sharp and how closed the step across each outline is, [0, 1]."""
        at = np.stack([_resample(contour) for contour in contours])  # (n, POINTS, 2)
        tangent = np.roll(at, -1, axis=1) - np.roll(at, 1, axis=1)
        normal = np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
        step = self._step(at, normal)
        total = np.cumsum(np.concatenate([step, step[:, :STRETCH]], axis=1), axis=1)
        weakest = (total[:, STRETCH:] - total[:, :-STRETCH]).min(axis=1) / STRETCH
        return np.asarray((step.mean(axis=1) + weakest) / 2, dtype=np.float32)

    def snap(self, contours: list[Contour]) -> list[Contour]:
        """Each outline moved onto the strongest closed edge around its centre.

        The distance of the edge from the centre, as a factor on the outline's own, may change by
        one of `RATIOS` from each point to the next: dynamic programming finds the best such path.
        """
        base = np.stack([_resample(contour) for contour in contours])  # (n, POINTS, 2)
        center = base.mean(axis=1, keepdims=True)
        ray = base - center
        at = center[:, :, None] + ray[:, :, None] * RATIOS[:, None]  # (n, POINTS, ratios, 2)
        directions = np.broadcast_to(ray[:, :, None], at.shape)
        gain = self._step(
            at.reshape(len(base), -1, 2), directions.reshape(len(base), -1, 2)
        ).reshape(at.shape[:3])
        path = _best_paths(gain)  # (n, POINTS)
        edge = np.take_along_axis(at, path[:, :, None, None], axis=2)[:, :, 0]
        height, width = self._lab.shape[:2]
        edge = np.round(edge.clip(0, (width - 1, height - 1))).astype(np.int32)
        return [points[:, None] for points in edge]

    def _step(self, at: Floats, direction: Floats) -> Floats:
        """(n, points) Lab step across ``at`` along ``direction``, [0, 1]; 0 at the photo's rim."""
        unit = direction / (np.linalg.norm(direction, axis=-1, keepdims=True) + 1e-6)
        one, other = (
            cv2.remap(
                self._lab,
                (at + shift * unit).astype(np.float32),
                None,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for shift in (-REACH, REACH)
        )
        step = np.linalg.norm(one - other, axis=-1)
        height, width = self._lab.shape[:2]
        last = (width - 1 - self._rim, height - 1 - self._rim)
        rim = ((at < self._rim) | (at > last)).any(axis=-1)
        return np.where(rim, 0.0, step / (step + self._faint)).astype(np.float32)


def _resample(contour: Contour) -> Floats:
    """(POINTS, 2) the outline at even distances."""
    path = contour[:, 0].astype(np.float32)
    closed = np.concatenate([path, path[:1]])
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    wanted = np.linspace(0, along[-1], POINTS, endpoint=False)
    return np.stack([np.interp(wanted, along, closed[:, k]) for k in (0, 1)], axis=1).astype(
        np.float32
    )


def _best_paths(gain: Floats) -> NDArray[np.intp]:
    """(n, points) the closed path of greatest gain through (n, points, ratios), steps of ±1."""
    n, points, ratios = gain.shape
    total = gain[:, 0]
    came_from = np.zeros((2 * points, n, ratios), np.intp)
    padded = np.full((n, ratios + 2), -np.inf, gain.dtype)
    below, same, above = padded[:, :-2], padded[:, 1:-1], padded[:, 2:]
    for turn in range(1, 2 * points):  # two rounds: the first one settles where the path closes
        same[:] = total
        rising = np.maximum(same, above)
        step = np.where(below >= rising, -1, above > same)
        came_from[turn] = np.arange(ratios) + step
        total = np.maximum(below, rising) + gain[:, turn % points]
    path = np.zeros((n, points), np.intp)
    here = total.argmax(axis=1)
    for turn in range(2 * points - 1, points // 2 - 1, -1):
        if turn < points + points // 2:  # the middle round, away from both loose ends
            path[:, turn % points] = here
        here = came_from[turn][np.arange(n), here]
    return path
