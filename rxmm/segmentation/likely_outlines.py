"""Outlines beside a ruler by what a network takes for pills, where edges and network disagree."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from rxmm.segmentation.edges import Contour, Floats
from rxmm.segmentation.outline_shape import plausible
from rxmm.segmentation.outlines import Bytes, parts

LEVELS = (0.5, 0.7, 0.9)
"""Probabilities of a pill at which regions are cut out: shadows join them at the lower ones."""
AGREEING = 0.22
"""Overlap with the map from which outlines are left as they are: right ones reach 0.28 even where
the map is poor, rulers and captions 0.17."""
ALIKE = 0.7
"""Least area of one face over that of the other, on so coarse a map."""


def mended(found: list[Contour], likely: Floats) -> list[Contour]:
    """The outlines that were found, or the map's own two where those are far from the map.

    Args:
        found: outlines in pixels of the map.
        likely: (h, w) probability of a pill, see `rxmm.segmentation.pill_map`.
    """
    if overlap(found, likely) >= AGREEING:
        return found
    pairs = [pair for level in LEVELS if len(pair := _pair((likely > level).astype(np.uint8))) == 2]
    return max([found, *pairs], key=lambda outlines: overlap(outlines, likely))


def overlap(contours: Sequence[Contour], likely: Floats) -> float:
    """Shared over joint extent of what the outlines enclose and what is likely a pill, [0, 1]."""
    enclosed = np.zeros(likely.shape, np.uint8)
    cv2.drawContours(enclosed, contours, -1, 1, -1)
    joint = np.maximum(enclosed, likely).sum()
    return float(np.minimum(enclosed, likely).sum() / max(joint, 1e-6))


def _pair(mask: Bytes) -> list[Contour]:
    """The two largest regions, if they are alike; a region of two that touch counts as two."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    pieces = []
    for contour in contours:
        whole, *split = parts(contour)
        pieces += [piece for piece in split[:2] or [whole] if plausible(piece, mask.size)]
    pieces.sort(key=cv2.contourArea, reverse=True)
    if len(pieces) < 2 or cv2.contourArea(pieces[1]) < ALIKE * cv2.contourArea(pieces[0]):
        return []
    return sorted(pieces[:2], key=lambda piece: cv2.boundingRect(piece)[:2])
