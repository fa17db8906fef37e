"""Finds the pill faces in a photo.

The background is modelled as a smooth surface; outlines are proposed wherever something differs
from it or is enclosed by an edge, and judged by how much they look like the edge of a pill; the
best ones that do not overlap and are of similar size are the faces.  Where what was found is not
what a network takes for pills, the network's are taken.

Beside an upright ruler, as regulators photograph, lie two: when fewer were found, a second look is
taken for a fainter pair, or for one that touches; and what was found is looked at closely, by a
network too, for a second pill, for shadows, and for the white half of a capsule on white paper.
Beside somebody's own ruler lies one: parts of the ruler may look like more.

On a photograph by hand what a network takes for a pill, drawn onto the edges around it, needs no
other proposals where it fits well, and those take most of the time.  A face may be small there: a
network of its own tells where, and its outline is that which is seen from near.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.errors import NoPillFoundError, RxmmError
from rxmm.face_features import length_and_breadth
from rxmm.photo import PhotoSource, read_photo
from rxmm.results import MAX_FACES, Box, PillFace
from rxmm.segmentation.capsule_halves import completed
from rxmm.segmentation.cutting import cut, cut_outs_on_black, ground_color, lights_of
from rxmm.segmentation.edges import Contour, Floats
from rxmm.segmentation.likely_outlines import (
    NEARER,
    by_map,
    closer,
    is_sure,
    mean_inside,
    mended,
    nearer,
    overlap,
    recognized,
)
from rxmm.segmentation.pill_map import PillMap
from rxmm.segmentation.ruler import find_ruler
from rxmm.segmentation.second_look import is_pill_sized, pair_beside_ruler
from rxmm.segmentation.working_photo import MARGIN, WorkingPhoto, photograph_on

AROUND, CLOSE = 1.3, 0.8
"""Room around outlines that are looked at closely, in lengths of the longest: beside a ruler, where
there may be another pill, and around one face."""
SMALL = 0.35
"""Length of a face, over the longer side of its photo, up to which it is looked at closely."""
BELIEVED = 0.7
"""Mean probability within outlines, on the map from far, from which on they stay as they are."""
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

    Attributes:
        near: tells where pills are on what lies around them.

    Raises:
        WeightsError: the weights of its networks are missing or changed.
    """

    def __init__(self) -> None:
        self.near = PillMap.released("near")
        self._whole, self._hand = PillMap.released("whole"), PillMap.released("hand")
        self._far = PillMap.released("far")

    def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]:
        """Find the faces, from left to right or from top to bottom.

        Args:
            photo: (H, W, 3) uint8 RGB.

        Raises:
            NoPillFoundError: the photo shows no pill.
        """
        left, top, right, bottom = box = photograph_on(photo)
        framed = (right - left, bottom - top) != photo.shape[1::-1]
        if not framed and (cut_outs := cut_outs_on_black(photo)):
            faces = (cut(photo, contour, ((1.0, 1.0, 1.0),), None) for contour in cut_outs)
            return tuple(replace(face, cut_out=True) for face in faces)
        view = WorkingPhoto.of(photo[top:bottom, left:right])
        ruler = find_ruler(photo)
        if ruler is None:
            found = self._of_any_size(view)
        elif ruler.leaning:
            found = self._beside_own_ruler(view)
        else:
            found = self._beside_ruler(view, ruler.mm_per_pixel)
        if not found:
            raise NoPillFoundError(
                "No pill was found in the photo. Lay the pill on a plain background of another "
                "colour, in even light, and let it fill more of the photo."
            )
        placed = [view.on_photograph(contour) for contour in found]
        if ruler is None:
            placed = [self._from_near(view.content, contour) for contour in placed]
        contours = [contour + np.array(box[:2], np.int32) for contour in placed]
        lights = lights_of(ground_color(photo, box, contours), view.small)
        mm_per_pixel = ruler.mm_per_pixel if ruler else None
        return tuple(cut(photo, contour, lights, mm_per_pixel) for contour in contours)

    def _by_hand(self, view: WorkingPhoto) -> tuple[list[Contour], float]:
        """The faces on a photograph by hand, and how well they fit the map."""
        likely = view.map_by(self._hand)
        found = by_map(likely, view.edges)
        if not is_sure(found, likely, view.edges):
            by_edges = [outline.contour for outline in view.outlines]
            found = recognized(found, by_edges, likely, view.edges)
        return found, overlap(found, likely)

    def _of_any_size(self, view: WorkingPhoto) -> list[Contour]:
        """The faces on a photograph by hand, also where they are small on it."""
        found, _ = self._by_hand(view)
        likely = view.map_by(self._far)
        if found and all(mean_inside(each, likely) > BELIEVED for each in found):
            return found
        far = recognized(by_map(likely, view.edges), found, likely, view.edges)
        small = SMALL * max(view.small.shape[:2])
        return far if all(length_and_breadth(each)[0] < small for each in far) else found

    def _from_near(self, photograph: NDArray[np.uint8], contour: Contour) -> Contour:
        """The outline as it is seen from near, if the face is small on the photograph.

        Args:
            photograph: (H, W, 3) uint8 RGB.
            contour: of the face, in pixels of it.
        """
        if length_and_breadth(contour)[0] > SMALL * max(photograph.shape[:2]):
            return contour
        left, top, right, bottom = surroundings([contour], photograph.shape, CLOSE)
        corner = np.array((left, top), np.int32)
        view = WorkingPhoto.of(np.ascontiguousarray(photograph[top:bottom, left:right]))
        before = view.from_photograph(contour - corner)
        found, _ = self._by_hand(view)
        nearest = closer(before, found, view.lab.shape[:2])
        return contour if nearest is before else view.on_photograph(nearest) + corner

    def _beside_own_ruler(self, view: WorkingPhoto) -> list[Contour]:
        """The faces on a photograph by hand; ends of the ruler may look like more to the map."""
        found, _ = self._by_hand(view)
        alone = len(found) > 1 and len(view.outlines) == 1
        return [view.outlines[0].contour] if alone else found

    def _beside_ruler(self, view: WorkingPhoto, mm_per_pixel: float) -> list[Contour]:
        """Both faces of a pill, as regulators lay them beside an upright ruler; or one pill, where
        somebody's own ruler happens to stand upright."""
        by_hand: list[Contour] = []
        shared, scale = 0.0, mm_per_pixel / view.scale
        outlines = view.outlines
        if len(outlines) < MAX_FACES:
            by_hand, shared = self._by_hand(view)
            pair = pair_beside_ruler(view.lab, view.ground, view.rim, outlines, scale)
            outlines = pair or outlines
        whole = view.map_by(self._whole)
        found = mended([outline.contour for outline in outlines], whole)
        near = self._near_map(view, found)
        found = completed(nearer(found, near), near)
        alone = len(by_hand) == 1 and shared > ALONE and is_pill_sized(by_hand[0], scale)
        clearer = shared > max(overlap(found, likely) for likely in (whole, near)) + NEARER
        return by_hand if alone and clearer else found

    def _near_map(self, view: WorkingPhoto, found: Sequence[Contour]) -> Floats:
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
        seen = self.near(np.ascontiguousarray(view.content[rows, columns]))
        inner[top:bottom, left:right] = cv2.resize(seen, (right - left, bottom - top))
        return likely


def surroundings(
    contours: Sequence[Contour], shape: tuple[int, ...], around: float = AROUND
) -> Box:
    """The part of a picture (height, width, …) that is looked at closely for these outlines.

    Args:
        contours: at least one, in pixels of the picture.
        around: room around them, in lengths of the longest.
    """
    x, y, width, height = cv2.boundingRect(np.concatenate(contours))
    room = round(around * max(length_and_breadth(contour)[0] for contour in contours))
    right, bottom = min(x + width + room, shape[1]), min(y + height + room, shape[0])
    return max(x - room, 0), max(y - room, 0), right, bottom
