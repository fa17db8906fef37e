"""Colour, shape, score line and size of a pill face (first version: nearest colour, outline)."""

from __future__ import annotations

import cv2
import numpy as np

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import Looks, PillFace

_PROTOTYPES = {
    Color.BLACK: (20, 0, 0),
    Color.GRAY: (55, 0, 0),
    Color.WHITE: (85, 0, 3),
    Color.RED: (42, 45, 28),
    Color.PURPLE: (45, 22, -16),
    Color.PINK: (68, 22, 8),
    Color.GREEN: (62, -22, 22),
    Color.YELLOW: (78, 4, 40),
    Color.ORANGE: (62, 28, 38),
    Color.BROWN: (45, 16, 20),
    Color.BLUE: (50, -5, -28),
    Color.TURQUOISE: (65, -22, -10),
}


def describe(face: PillFace) -> Looks:
    """Estimate what the face looks like, imprint aside."""
    contours, _ = cv2.findContours(
        face.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    outline = max(contours, key=cv2.contourArea)
    _, sides, _ = cv2.minAreaRect(outline)
    longest, shortest = max(sides), max(min(sides), 1.0)
    aspect = longest / shortest
    balanced = (face.crop / 255.0 / np.asarray(face.light)).clip(0, 1).astype(np.float32)
    lab = np.median(cv2.cvtColor(balanced, cv2.COLOR_RGB2LAB)[face.mask], axis=0)
    logits = {c: -float(np.linalg.norm(lab - np.array(p))) / 10 for c, p in _PROTOTYPES.items()}
    total = sum(np.exp(v) for v in logits.values())
    colors = {c: float(np.exp(v) / total) for c, v in logits.items()}
    likely = Shape.ROUND if aspect < 1.15 else Shape.CAPSULE if aspect > 2.1 else Shape.OVAL
    shape = {s: 0.7 if s == likely else 0.3 / (len(Shape) - 1) for s in Shape}
    return Looks(
        colors=(colors,),
        shape=shape,
        score={1: 0.6, 2: 0.36, 3: 0.02, 4: 0.02},
        aspect_ratio=aspect,
        size_mm=None if face.mm_per_pixel is None else longest * face.mm_per_pixel,
    )
