"""Finds the pill faces in a photo.

The background is modelled as a smooth surface; outlines are proposed wherever something differs
from it or is enclosed by an edge, and judged by how much they look like the edge of a pill; the
best ones that do not overlap and are of similar size are the faces.  Where what was found is not
what a network takes for pills, the network's are taken.

Beside an upright ruler, as regulators photograph, lie two: when fewer were found, a second look is
taken for a fainter pair, or for one that touches; and what was found is looked at closely, by a
network too, for a second pill, for shadows, and for the white half of a capsule on white paper.
Beside somebody's own ruler lies one: parts of the ruler may look like more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.errors import NoPillFoundError, RxmmError
from rxmm.photo import PhotoSource, read_photo
from rxmm.results import MAX_FACES, Box, PillFace
from rxmm.segmentation.cutting import cut, cut_out_on_black, ground_color, lights_of
from rxmm.segmentation.edges import Contour, EdgeMap, Floats
from rxmm.segmentation.likely_outlines import (
    NEARER,
    completed,
    mended,
    nearer,
    overlap,
    recognized,
)
from rxmm.segmentation.outline_choice import choose
from rxmm.segmentation.outline_shape import sides
from rxmm.segmentation.outlines import Outline, propose
from rxmm.segmentation.pill_map import PillMap
from rxmm.segmentation.ruler import find_ruler
from rxmm.segmentation.second_look import is_pill_sized, pair_beside_ruler

WORKING_EDGE = 512
MARGIN = 6
AROUND = 1.3
"""Room around outlines that are looked at closely, in lengths of the longest."""
ALONE = 0.65
"""Least overlap with the map by hand of a pill that lies alone beside a ruler: of 1,000 photographs
by regulators none with two faces has it and is nearer to that map than to those of their own."""


class Segmenter(Protocol):
    """Finds every pill face in a photo (H, W, 3) uint8 RGB; without one, NoPillFoundError."""

    def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]: ...


@cache
def shared_segmenter() -> PillSegmenter:
    """The released segmenter, one for all that ask in a process."""
    return PillSegmenter()


def faces_of(photos: Iterable[PhotoSource], segmenter: Segmenter) -> list[PillFace]:
    """All faces on the photos of a pill; none where one of them cannot be used."""
    try:
        return [face for photo in photos for face in segmenter(read_photo(photo))]
    except RxmmError:
        return []


class PillSegmenter:
    """Finds every pill face in a photo.

    Args:
        whole: tells where pills are on a photo beside a ruler; by default, as all of these, that
            which travels with rxmm.
        near: the same on what lies around the pills.
        hand: tells where pills are on any other photo.

    Raises:
        WeightsError: their weights are missing or changed.
    """

    def __init__(
        self,
        whole: PillMap | None = None,
        near: PillMap | None = None,
        hand: PillMap | None = None,
    ) -> None:
        self._whole = whole or PillMap.released("whole")
        self._near = near or PillMap.released("near")
        self._hand = hand or PillMap.released("hand")

    def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]:
        """Find the faces, from left to right or from top to bottom.

        Args:
            photo: (H, W, 3) uint8 RGB.

        Raises:
            NoPillFoundError: the photo shows no pill.
        """
        left, top, right, bottom = _photograph(photo)
        framed = (right - left, bottom - top) != photo.shape[1::-1]
        blob = None if framed else cut_out_on_black(photo)
        if blob is not None:
            return (replace(cut(photo, blob, ((1.0, 1.0, 1.0),), None), cut_out=True),)
        view = _View.of(photo[top:bottom, left:right])
        ruler = find_ruler(photo)
        outlines = choose(propose(view.lab, view.ground, view.edges))
        if ruler is None:
            found, _ = self._by_hand(view, outlines)
        elif ruler.leaning:
            found = self._beside_own_ruler(view, outlines)
        else:
            found = self._beside_ruler(view, outlines, ruler.mm_per_pixel)
        if not found:
            raise NoPillFoundError(
                "No pill was found in the photo. Lay the pill on a plain background of another "
                "colour, in even light, and let it fill more of the photo."
            )
        contours = [_in_photo(contour, view.scale, (left, top), photo.shape) for contour in found]
        lights = lights_of(ground_color(photo, (left, top, right, bottom), contours), view.small)
        mm_per_pixel = ruler.mm_per_pixel if ruler else None
        return tuple(cut(photo, contour, lights, mm_per_pixel) for contour in contours)

    def _by_hand(self, view: _View, outlines: Sequence[Outline]) -> tuple[list[Contour], float]:
        """The faces on a photograph by hand, and how well they fit the map."""
        likely = view.map_by(self._hand)
        found = recognized([outline.contour for outline in outlines], likely, view.edges)
        return found, overlap(found, likely)

    def _beside_own_ruler(self, view: _View, outlines: Sequence[Outline]) -> list[Contour]:
        """The faces on a photograph by hand; ends of the ruler may look like more to the map."""
        found, _ = self._by_hand(view, outlines)
        return [outlines[0].contour] if len(outlines) == 1 < len(found) else found

    def _beside_ruler(
        self, view: _View, outlines: list[Outline], mm_per_pixel: float
    ) -> list[Contour]:
        """Both faces of a pill, as regulators lay them beside an upright ruler; or one pill, where
        somebody's own ruler happens to stand upright."""
        by_hand: list[Contour] = []
        fit, scale = 0.0, mm_per_pixel / view.scale
        if len(outlines) < MAX_FACES:
            by_hand, fit = self._by_hand(view, outlines)
            pair = pair_beside_ruler(view.lab, view.ground, view.rim, outlines, scale)
            outlines = pair or outlines
        whole = view.map_by(self._whole)
        found = mended([outline.contour for outline in outlines], whole)
        near = self._near_map(view, found)
        found = completed(nearer(found, near), near)
        alone = len(by_hand) == 1 and fit > ALONE and is_pill_sized(by_hand[0], scale)
        clearer = fit > max(overlap(found, likely) for likely in (whole, near)) + NEARER
        return by_hand if alone and clearer else found

    def _near_map(self, view: _View, found: Sequence[Contour]) -> Floats:
        """(h, w) probability of a pill around outlines, from a picture of them alone: 0 elsewhere.

        Args:
            found: outlines, in pixels of the map.
        """
        likely = np.zeros(view.lab.shape[:2], np.float32)
        if not found:
            return likely
        inner = likely[MARGIN:-MARGIN, MARGIN:-MARGIN]
        left, top, right, bottom = surroundings([each - MARGIN for each in found], inner.shape)
        rows, columns = (
            slice(round(first / view.scale), round(last / view.scale))
            for first, last in ((top, bottom), (left, right))
        )
        seen = self._near(np.ascontiguousarray(view.content[rows, columns]))
        inner[top:bottom, left:right] = cv2.resize(seen, (right - left, bottom - top))
        return likely


class _View(NamedTuple):
    """A photograph as outlines are looked for in it, reduced and with a margin.

    Attributes:
        content: (H, W, 3) uint8, the photograph.
        scale: pixels of the others per pixel of it.
        small: reduced, without the margin.
        lab: (h, w, 3) float32 CIE Lab, with the margin.
        ground: what it would look like without pills.
        rim: width in pixels in which no edge is believed.
        edges: of it.
    """

    content: NDArray[np.uint8]
    scale: float
    small: NDArray[np.uint8]
    lab: Floats
    ground: Floats
    rim: int
    edges: EdgeMap

    @classmethod
    def of(cls, content: NDArray[np.uint8]) -> Self:
        scale = min(1.0, WORKING_EDGE / max(content.shape[:2]))
        small = cv2.resize(content, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        lab, rim = _with_margin(cv2.GaussianBlur(lab, (0, 0), 0.8))
        edges = EdgeMap(lab, rim)
        return cls(content, scale, np.asarray(small), lab, _smooth_surface(lab), rim, edges)

    def map_by(self, pill_map: PillMap) -> Floats:
        """(h, w) probability of a pill."""
        return np.pad(cv2.resize(pill_map(self.content), self.small.shape[1::-1]), MARGIN)


def surroundings(contours: Sequence[Contour], shape: tuple[int, ...]) -> Box:
    """The part of a picture (height, width, …) that is looked at closely for these outlines.

    Args:
        contours: at least one, in pixels of the picture.
    """
    x, y, width, height = cv2.boundingRect(np.concatenate(contours))
    room = round(AROUND * max(sides(contour)[1] for contour in contours))
    right, bottom = min(x + width + room, shape[1]), min(y + height + room, shape[0])
    return max(x - room, 0), max(y - room, 0), right, bottom


def _photograph(picture: NDArray[np.uint8]) -> Box:
    """The box of the photograph itself, when it lies on a white page or in a black frame.

    The photograph is a rectangle with sharp corners, upright, that is neither white nor black; on a
    plain page or ground without such a rectangle, the box is the whole picture.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, 256 / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    disc = np.ones((5, 5), np.uint8)
    for is_page in (small.min(axis=2) > 247, small.max(axis=2) < 10):
        content = cv2.morphologyEx((~is_page).astype(np.uint8), cv2.MORPH_CLOSE, disc)
        content = cv2.morphologyEx(content, cv2.MORPH_OPEN, disc)  # captions go
        count, _, stats, _ = cv2.connectedComponentsWithStats(content)
        if count < 2:
            continue
        x, y, w, h, _ = stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()]
        inside = content[y : y + h, x : x + w]
        if 0.05 < w * h / content.size < 0.98 and inside.mean() > 0.9 and _has_corners(inside):
            box = np.array([x + 2, y + 2, x + w - 2, y + h - 2]) / scale  # off the blurred edge
            left, top, right, bottom = np.round(box).astype(int).tolist()
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
    if flat:
        wide = np.full((lab.shape[0] + 2 * MARGIN, lab.shape[1] + 2 * MARGIN, 3), color, np.float32)
        wide[MARGIN:-MARGIN, MARGIN:-MARGIN] = lab
        return wide, MARGIN // 2
    return np.pad(lab, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge"), MARGIN + 3


def _smooth_surface(lab: Floats) -> Floats:
    """(h, w, 3) the background: a quadratic surface that ignores what stands out from it."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    step = max(1, height * width // 20000)
    border = np.zeros((height, width), bool)
    rim = max(2, min(height, width) // 20)
    border[:rim], border[-rim:], border[:, :rim], border[:, -rim:] = True, True, True, True
    pixels = np.concatenate([np.flatnonzero(border)[:: max(1, step // 4)]])
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


def _in_photo(
    contour: Contour, scale: float, origin: tuple[int, int], shape: tuple[int, ...]
) -> NDArray[np.int32]:
    """An outline found on the scaled photo with its margin, in pixels of the photo."""
    moved = np.round((contour - MARGIN + 0.5) / scale - 0.5) + origin
    return moved.clip(0, (shape[1] - 1, shape[0] - 1)).astype(np.int32)
