"""Where on a face to read, and in which directions.

Two sources of regions stand behind one seam: our own line finder here, and CRAFT, EasyOCR's
detector, in `rxmm.imprint.craft`.
All ribbons (see `rxmm.imprint.geometry`) are in pixels of the face picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.face import extent, gray
from rxmm.imprint.face_parts import face_parts, middle_of_round, text_angle
from rxmm.imprint.geometry import (
    CROSS_SECTIONS,
    angle_of,
    grow_ribbon,
    quad_ribbon,
    resample_ribbon,
    ribbon_aspect,
    ribbon_height,
    upside_down,
)
from rxmm.imprint.lines import ribbons_from_maps
from rxmm.imprint.network import FACE_SIGMA, LineFinder
from rxmm.models.weights import load_into
from rxmm.shading import flatten_shading

FINDER_MARGINS = ((0.2, 0.1), (0.45, 0.25), (0.05, -0.03))
"""Margins along and across, in line heights, with which each of the finder's lines is read: its
edges are never exact, and of several readings the best counts."""

NARROW = 1.7
"""Length over width of a face from which on it is also looked at `CLOSE_UP` times as large."""
CLOSE_UP = 1.5

SQUARISH = 1.6
"""Aspect ratio below which a line is a character or two, whose direction cannot be told from where
it lies."""
TURNS = (30, 60, 90, 120, 150)
"""Degrees by which such a line of the finder is turned for further readings; upside down they go
all around.  Narrower steps read no better on the tuning part."""


class Regions(Protocol):
    """Finds the lines to read on faces.

    Attributes:
        side: of the face pictures it wants, in pixels, see `FacePicture.of`.
    """

    side: int

    def __call__(
        self, faces: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
    ) -> list[Tensor]:
        """The lines of each face, each in every direction in which it may run.

        Args:
            faces: (B, H, W, 3) RGB, each at the top left, filled up to the batch's size.
            masks: B of (h, w), True on the pill.

        Returns:
            B of (M, CROSS_SECTIONS, 2, 2) ribbons.
        """
        ...


FINDER_SIDE = 192
"""`Regions.side` of our line finder."""
FINDER_WEIGHTS: tuple[str, dict[str, Any]] = ("imprint_finder", {"side": FINDER_SIDE})
"""Its name in the registry, and what it asks of its input."""


class FinderRegions:
    """Our line finder: straight and bent lines, single characters; and the parts of the face.

    The parts (see `face_parts`) make up for lines that the finder misses or cuts short.
    """

    side = FINDER_SIDE

    def __init__(self, network: LineFinder, version: str) -> None:
        self.version = version
        self._network = network.eval()

    @classmethod
    def released(cls) -> Self:
        """The finder that travels with rxmm.

        Raises:
            WeightsError: its weights are missing or changed.
        """
        network = LineFinder()
        name, preprocessing = FINDER_WEIGHTS
        entry = load_into(network, name, **preprocessing)
        return cls(network, entry.version)

    def __call__(
        self, faces: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
    ) -> list[Tensor]:
        found = []
        for (close, several), mask in zip(self.lines(faces, masks), masks, strict=True):
            lines = torch.cat(
                [resample_ribbon(grow_ribbon(close, *margins)) for margins in FINDER_MARGINS]
            )
            others = torch.cat([turned_squares(close), several])
            others = resample_ribbon(grow_ribbon(others, *FINDER_MARGINS[0]))
            parts = resample_ribbon(quad_ribbon(face_parts(mask, text_angle(lines))))
            upright = torch.cat([lines, others, parts])
            found.append(torch.cat([upright, upside_down(upright)]))
        return found

    def lines(
        self, faces: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
    ) -> list[tuple[Tensor, Tensor]]:
        """Of each face the lines found, close around their texts, and what else they may be: rows
        or words of them, and what is seen from nearer.

        Args:
            faces, masks: as for a call.

        Returns:
            B pairs of (M, CROSS_SECTIONS, 2, 2) and (K, ...) ribbons.
        """
        found = []
        close_ups = self._close_ups(faces, masks)
        for maps, nearer, mask in zip(self.maps(faces), close_ups, masks, strict=True):
            middle = middle_of_round(mask)
            close, several = ribbons_from_maps(maps, LineFinder.STRIDE, self.side, middle)
            found.append((close, torch.cat([several, unlike(nearer, close)])))
        return found

    def _close_ups(
        self, faces: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
    ) -> list[Tensor]:
        """The lines of each long and narrow face seen larger: of a capsule's small print two lines
        run into one otherwise."""
        found = [torch.zeros(0, CROSS_SECTIONS, 2, 2)] * len(masks)
        extents = [extent(mask) for mask in masks]
        narrow = [n for n, (length, breadth) in enumerate(extents) if length > NARROW * breadth]
        if narrow:
            size = [round(pixels * CLOSE_UP / 32) * 32 for pixels in faces.shape[2:0:-1]]
            larger = [
                cv2.resize(faces[number], size, interpolation=cv2.INTER_CUBIC) for number in narrow
            ]
            scale = torch.tensor([faces.shape[2] / size[0], faces.shape[1] / size[1]])
            maps = self.maps(np.stack(larger).astype(np.uint8))
            for number, face in zip(narrow, maps, strict=True):
                lines = ribbons_from_maps(face, LineFinder.STRIDE, self.side)
                found[number] = torch.cat(lines) * scale
        return found

    @torch.inference_mode()
    def maps(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Core probability, cosine, sine and log height on each face, (B, 4, h, w)."""
        pixels = torch.from_numpy(gray(faces))[:, None].float()
        maps = self._network(flatten_shading(pixels, FACE_SIGMA))
        maps[:, 0] = maps[:, 0].sigmoid()
        return np.asarray(maps.numpy(), dtype=np.float32)


def turned_squares(lines: Tensor) -> Tensor:
    """Squares around the squarish among the finder's lines, at each of `TURNS`.

    Returns:
        (N, CROSS_SECTIONS, 2, 2), empty where no line is squarish.
    """
    squarish = lines[ribbon_aspect(lines) < SQUARISH]
    half = ribbon_height(squarish) * ribbon_aspect(squarish).clamp_min(1) / 2
    middle, angle = squarish.mean(dim=(1, 2)), angle_of(squarish)
    quads = []
    for degrees in TURNS:
        radians = -torch.deg2rad(angle + degrees)  # clockwise on the screen
        along = torch.stack([radians.cos(), radians.sin()], dim=1) * half[:, None]
        down = torch.stack([-along[:, 1], along[:, 0]], dim=1)
        corners = (-along - down, along - down, along + down, down - along)
        quads.append(torch.stack([middle + corner for corner in corners], dim=1))
    return resample_ribbon(quad_ribbon(torch.cat(quads)))


def unlike(lines: Tensor, others: Tensor) -> Tensor:
    """Those of the lines (N, C, 2, 2) that are not nearly one of the others, either way up."""
    height = ribbon_height(lines)[:, None]
    middle = lines.mean(dim=(1, 2))
    apart = torch.cdist(middle, others.mean(dim=(1, 2))) / height
    turned = (angle_of(lines)[:, None] - angle_of(others) + 90) % 180 - 90
    taller = (height / ribbon_height(others)).log()
    longer = (ribbon_aspect(lines)[:, None] / ribbon_aspect(others)).log()
    alike = (apart < 0.3) & (turned.abs() < 12) & (taller.abs() < 0.25) & (longer.abs() < 0.25)
    return lines[~alike.any(dim=1)]
