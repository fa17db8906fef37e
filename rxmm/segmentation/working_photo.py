"""A photograph as outlines are looked for in it, and where on a picture it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.photo import MIN_EDGE
from rxmm.results import Box
from rxmm.segmentation.edges import Contour, EdgeMap, Floats
from rxmm.segmentation.outline_choice import choose
from rxmm.segmentation.outlines import Outline, propose
from rxmm.segmentation.pill_map import PillMap

WORKING_EDGE = 512
MARGIN = 6


@dataclass(frozen=True, eq=False)
class WorkingPhoto:
    """A photograph as outlines are looked for in it, reduced and with a margin.

    Attributes:
        content: (H, W, 3) uint8, the photograph.
        scale: pixels of the others per pixel of it.
        small: reduced, without the margin.
        lab: (h, w, 3) float32 CIE Lab, with the margin.
        rim: width in pixels in which no edge is believed.
        edges: of it.
    """

    content: NDArray[np.uint8]
    scale: float
    small: NDArray[np.uint8]
    lab: Floats
    rim: int
    edges: EdgeMap

    @classmethod
    def of(cls, content: NDArray[np.uint8]) -> Self:
        """Of a photo (H, W, 3) uint8 RGB."""
        scale = min(1.0, WORKING_EDGE / max(content.shape[:2]))
        small = cv2.resize(content, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        lab, rim = _with_margin(cv2.GaussianBlur(lab, (0, 0), 0.8))
        edges = EdgeMap(lab, rim)
        return cls(content, scale, np.asarray(small), lab, rim, edges)

    @cached_property
    def ground(self) -> Floats:
        """(h, w, 3) float32 CIE Lab, what it would look like without pills."""
        return _smooth_surface(self.lab)

    @cached_property
    def outlines(self) -> list[Outline]:
        """Those that look like one pill or several alike, by their edges."""
        return choose(propose(self.lab, self.ground, self.edges))

    def map_by(self, pill_map: PillMap) -> Floats:
        """(h, w) probability of a pill."""
        return np.pad(cv2.resize(pill_map(self.content), self.small.shape[1::-1]), MARGIN)

    def from_photograph(self, contour: Contour) -> Contour:
        """The reverse of `on_photograph`, to within a pixel."""
        return np.round((contour + 0.5) * self.scale - 0.5 + MARGIN).astype(np.int32)

    def on_photograph(self, contour: Contour) -> Contour:
        """An outline in pixels of `lab` as one in pixels of `content`, (n, 1, 2)."""
        height, width = self.content.shape[:2]
        moved = np.round((contour - MARGIN + 0.5) / self.scale - 0.5)
        return moved.clip(0, (width - 1, height - 1)).astype(np.int32)


def photograph_on(picture: NDArray[np.uint8]) -> Box:
    """The box of the photograph itself, when it lies on a white page or in a black frame.

    The photograph is a rectangle with sharp corners, upright, that is neither white nor black; on a
    plain page or ground without such a rectangle, the box is the whole picture.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, 256 / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    square = np.ones((5, 5), np.uint8)
    for is_page in (small.min(axis=2) > 247, small.max(axis=2) < 10):
        content = cv2.morphologyEx((~is_page).astype(np.uint8), cv2.MORPH_CLOSE, square)
        content = cv2.morphologyEx(content, cv2.MORPH_OPEN, square)  # captions go
        count, _, stats, _ = cv2.connectedComponentsWithStats(content)
        if count < 2:
            continue
        x, y, w, h, _ = stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()]
        inside = content[y : y + h, x : x + w]
        if 0.05 < w * h / content.size < 0.98 and inside.mean() > 0.9 and _has_corners(inside):
            box = np.array([x + 2, y + 2, x + w - 2, y + h - 2]) / scale  # off the blurred edge
            left, top, right, bottom = np.round(box).astype(int).tolist()
            if min(right - left, bottom - top) >= MIN_EDGE:  # a coloured edge is none
                return left, top, right, bottom
    return 0, 0, width, height


def _has_corners(content: NDArray[np.uint8]) -> bool:
    """Whether all four corners of the box are filled: a photograph's are, a pill's are not."""
    cut = max(1, min(content.shape) // 40)
    inner = content[cut:-cut, cut:-cut]
    return inner.size > 0 and bool(inner[0, 0] & inner[0, -1] & inner[-1, 0] & inner[-1, -1])


def _with_margin(lab: Floats) -> tuple[Floats, int]:
    """The photo with a margin, and the width of the rim in which edges are not to be believed.

    Around a flat ground the margin has its colour, so that a cut-out up to the rim has an edge
    there.  The rim of a photograph is repeated, and may hold the blurred edge of a frame.
    """
    rim = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    color = np.median(rim, axis=0)
    flat = (np.linalg.norm(rim - color, axis=1) < 3).mean() > 0.6
    kind = cv2.BORDER_CONSTANT if flat else cv2.BORDER_REPLICATE
    wide = cv2.copyMakeBorder(lab, MARGIN, MARGIN, MARGIN, MARGIN, kind, value=color.tolist())
    return wide, MARGIN // 2 if flat else MARGIN + 3


def _smooth_surface(lab: Floats) -> Floats:
    """(h, w, 3) the background: a quadratic surface that ignores what stands out from it."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    step = max(1, height * width // 20000)
    border = np.zeros((height, width), bool)
    rim = max(2, min(height, width) // 20)
    border[:rim], border[-rim:], border[:, :rim], border[:, -rim:] = True, True, True, True
    pixels = np.flatnonzero(border)[:: max(1, step // 4)]
    known, values = terms.reshape(-1, 6)[pixels], lab.reshape(-1, 3)[pixels]
    center = np.median(values, axis=0)
    inlier = np.linalg.norm(values - center, axis=1) < 25
    coefficients = np.zeros((6, 3), np.float32)
    coefficients[0] = center
    for _ in range(4):
        if inlier.sum() < 50:
            break
        coefficients = np.linalg.lstsq(known[inlier], values[inlier], rcond=None)[0]
        error = np.linalg.norm(values - known @ coefficients, axis=1)
        inlier = error < max(2.0, 2.5 * float(np.median(error)))
    return (terms @ coefficients).astype(np.float32)
