"""A pill face to a vector: a small vision transformer, or any other backbone of timm.

A face is first made comparable: cut out along its mask, elongated ones turned so that the long axis
lies level, the colour of the light divided out, scaled to a fixed size.  Round pills have no
upright: the network learns them at every angle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rxmm.models.facts import COLORS, MAX_SCORE, SHAPES
from rxmm.results import PillFace

ELONGATED = 1.15
"""Longest over shortest extent from which a pill has a long axis."""
MARGIN = 0.04
"""Of the side, left free around the pill."""


class FaceFeatures(NamedTuple):
    """What the encoder sees on B faces.

    Attributes:
        embedding: (B, dim), length 1.
        colors: (B, 12) logits, each colour on its own: a pill may have several.
        shape: (B, 19) logits.
        score: (B, 4) logits of 1 to 4 pieces.
    """

    embedding: Tensor
    colors: Tensor
    shape: Tensor
    score: Tensor


class ImageEncoder(nn.Module):
    """A timm backbone with a projection and heads for colour, shape and score lines.

    Args:
        backbone: name of a timm model.
        options: its own arguments, e.g. ``img_size`` or ``depth``.
        dim: of the embedding.
    """

    def __init__(
        self,
        backbone: str = "vit_tiny_patch16_224",
        options: Mapping[str, Any] | None = None,
        dim: int = 128,
    ) -> None:
        super().__init__()
        self.backbone = timm.create_model(backbone, num_classes=0, **(options or {}))
        # Some backbones end in a layer wider than their features.
        width = cast(int, self.backbone.head_hidden_size)
        self.projection = nn.Linear(width, dim)
        self.colors = nn.Linear(width, len(COLORS))
        self.shape = nn.Linear(width, len(SHAPES))
        self.score = nn.Linear(width, MAX_SCORE)

    def forward(self, images: Tensor) -> FaceFeatures:
        """See faces (B, 3, side, side) as `to_images` makes them."""
        seen = self.backbone(images)
        return FaceFeatures(
            functional.normalize(self.projection(seen).float(), dim=1),
            self.colors(seen),
            self.shape(seen),
            self.score(seen),
        )


def cut_out(face: PillFace, side: int) -> NDArray[np.uint8]:
    """The face upright on a transparent ground.

    Returns:
        (side, side, 4) uint8 RGBA; alpha is 255 on the pill and 0 around it.
    """
    light = np.asarray(face.light, dtype=np.float32)
    neutral = np.clip(face.crop / light, 0, 255).astype(np.uint8)
    alpha = face.mask.astype(np.uint8) * 255
    rows, columns = np.nonzero(face.mask)
    box = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
    (width, height), angle = box[1], box[2]
    long, short = max(width, height) + 1, min(width, height) + 1
    if long / short > ELONGATED:
        center, turn = box[0], angle if width >= height else angle + 90
        extent = long
    else:
        center = ((columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2)
        turn, extent = 0.0, max(np.ptp(columns), np.ptp(rows)) + 1.0
    scale = side * (1 - 2 * MARGIN) / extent
    matrix = cv2.getRotationMatrix2D(center, turn, scale)
    matrix[:, 2] += (side - 1) / 2 - np.asarray(center)
    if scale < 1:  # warping does not average
        sigma = 0.4 * (1 / scale - 1)
        neutral = cv2.GaussianBlur(neutral, (0, 0), sigma) if sigma > 0.2 else neutral
    size = (side, side)
    edge = cv2.BORDER_REPLICATE
    rgb = cv2.warpAffine(neutral, matrix, size, flags=cv2.INTER_LINEAR, borderMode=edge)
    inside = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
    return np.asarray(np.dstack([rgb, inside]), dtype=np.uint8)


def to_images(cutouts: Tensor) -> Tensor:
    """Cut-outs (B, side, side, 4) uint8 as the network's input, (B, 3, side, side) in [-1, 1].

    The ground is 0, a middle grey.
    """
    planes = cutouts.movedim(-1, 1).float()
    return (planes[:, :3] / 127.5 - 1) * (planes[:, 3:] / 255)


def prepare(faces: Sequence[PillFace], side: int) -> Tensor:
    """Faces as the network's input, (B, 3, side, side): the same in training and in use."""
    stacked = np.stack([cut_out(face, side) for face in faces])
    return to_images(torch.from_numpy(stacked))
