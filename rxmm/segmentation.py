"""Finds the pill faces in a photo (first version: distance from the border's colour)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rxmm.errors import NoPillFoundError
from rxmm.results import PillFace


class PillSegmenter:
    """Finds every pill face in a photo."""

    def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]:
        """Find the faces, from left to right and then from top to bottom.

        Args:
            photo: (H, W, 3) uint8 RGB.

        Raises:
            NoPillFoundError: the photo shows no pill.
        """
        height, width = photo.shape[:2]
        lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
        border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
        distance = np.linalg.norm(lab - np.median(border, axis=0), axis=2)
        mask = (distance > 14).astype(np.uint8)
        radius = max(height, width) // 60
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        faces = []
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
            if cv2.contourArea(contour) < 0.003 * height * width:
                continue
            x, y, w, h = cv2.boundingRect(contour)
            face_mask = np.zeros((h, w), np.uint8)
            cv2.drawContours(face_mask, [contour - (x, y)], -1, 1, -1)
            faces.append(
                PillFace(
                    crop=photo[y : y + h, x : x + w].copy(),
                    mask=face_mask.astype(bool),
                    box=(x, y, x + w, y + h),
                )
            )
        if not faces:
            raise NoPillFoundError("No pill was found. Lay one pill on a plain background.")
        return tuple(faces)
