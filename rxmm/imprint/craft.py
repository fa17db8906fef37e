"""CRAFT, EasyOCR's detector, as a source of regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.face_parts import face_parts, text_angle
from rxmm.imprint.geometry import (
    grow_ribbon,
    quad_ribbon,
    resample_ribbon,
    straight_corners,
    turn,
)
from rxmm.imprint.regions import SQUARISH

DETECTION_MARGIN = 0.08
"""A detector's box hugs the strokes; the recogniser wants a little room, in box heights."""


class CraftRegions:
    """CRAFT, and the parts of a face in which imprints lie.

    A detector made for print misses much of what is pressed into tablets, above all single
    characters, so the whole face and its halves are always read too.

    Args:
        get_textbox, detector, device: those of an ``easyocr.Reader``.
    """

    side = 320  # larger is slower and, pill lettering being large on its face, finds less of it

    def __init__(self, get_textbox: Callable[..., Any], detector: Any, device: str) -> None:
        self._get_textbox, self._detector, self._device = get_textbox, detector, device

    def __call__(
        self, faces: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
    ) -> list[Tensor]:
        detected = self._get_textbox(
            self._detector,
            faces,
            canvas_size=max(faces.shape[1:3]),
            mag_ratio=1.0,
            text_threshold=0.4,
            link_threshold=0.3,
            low_text=0.3,
            poly=False,
            device=self._device,
        )
        return [
            _directed(torch.from_numpy(np.array(boxes, dtype=np.float32).reshape(-1, 4, 2)), mask)
            for boxes, mask in zip(detected, masks, strict=True)
        ]


def _directed(boxes: Tensor, mask: NDArray[np.bool_]) -> Tensor:
    """CRAFT's boxes (N, 4, 2) and the parts of the face, in every direction they may run."""
    found = grow_ribbon(quad_ribbon(boxes), along=DETECTION_MARGIN, across=DETECTION_MARGIN)
    parts = quad_ribbon(face_parts(mask, text_angle(found)))
    return resample_ribbon(torch.cat([_turned_as_needed(found), parts, turn(parts, 2)]))


def _turned_as_needed(ribbon: Tensor) -> Tensor:
    """Long lines in both directions along their length, squarish ones in all four."""
    quads = straight_corners(ribbon)
    across, down = (quads[:, 1] - quads[:, 0]).norm(dim=1), (quads[:, 3] - quads[:, 0]).norm(dim=1)
    lying, standing = across < SQUARISH * down, down < SQUARISH * across
    flat, tall = ribbon[standing], ribbon[lying]
    return torch.cat([turn(flat, 0), turn(flat, 2), turn(tall, 1), turn(tall, 3)])
