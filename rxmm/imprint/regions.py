"""Where on a face to read, and in which directions.

Two sources of regions stand behind one seam: our own line finder, and CRAFT, EasyOCR's detector.
All ribbons (see `rxmm.imprint.geometry`) are in pixels of the face picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rxmm.imprint.face import extent, gray
from rxmm.imprint.geometry import (
    CROSS_SECTIONS,
    angle_of,
    grow_ribbon,
    quad_ribbon,
    resample_ribbon,
    ribbon_aspect,
    ribbon_height,
)
from rxmm.imprint.lines import ribbons_from_maps
from rxmm.imprint.network import FACE_SIGMA, LineFinder
from rxmm.models.weights import load_into
from rxmm.shading import flatten_shading

DETECTION_MARGIN = 0.08
"""A detector's box hugs the strokes; the recogniser wants a little room, in box heights."""

ELONGATED = 1.15
"""Aspect ratio from which the long axis of a face says how the text may run."""

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

_WHOLE_OBLONG, _WHOLE_ROUND = (0.06, 0.15, 0.94, 0.85), (0.06, 0.25, 0.94, 0.75)
"""(left, top, right, bottom) of a whole face as it is read, as fractions of its own rectangle."""
_HALVES = [
    (0.06, 0.15, 0.50, 0.85),
    (0.50, 0.15, 0.94, 0.85),
    (0.12, 0.08, 0.88, 0.50),
    (0.12, 0.50, 0.88, 0.92),
]
"""The same of its halves."""


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


def text_angle(found: Tensor) -> float | None:
    """Direction of the longest of the found lines, degrees in [-90, 90), None without lines."""
    if not len(found):
        return None
    quads = _corners(found)
    across, down = (quads[:, 1] - quads[:, 0]).norm(dim=1), (quads[:, 3] - quads[:, 0]).norm(dim=1)
    longest = int(torch.maximum(across, down).argmax())
    line = found[longest] if across[longest] >= down[longest] else turn(found, 1)[longest]
    return (float(angle_of(line[None])) + 90) % 180 - 90


def face_parts(mask: NDArray[np.bool_], angle: float | None) -> Tensor:
    """The face as a whole and its halves, (5, 4, 2) corners.

    An elongated face is read along its long axis; a round one at ``angle``, upright when None.
    """
    center, sides, degrees = _rectangle(mask)
    width, height = sides
    whole = _WHOLE_OBLONG
    if max(sides) < ELONGATED * min(sides):
        whole = _WHOLE_ROUND
        degrees = -angle if angle is not None else 0.0
        width = height = min(sides)
    elif width < height:
        width, height, degrees = height, width, degrees + 90
    degrees = (degrees + 90) % 180 - 90
    turn_x, turn_y = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    axes = np.array([[turn_x * width, turn_y * width], [-turn_y * height, turn_x * height]])
    corners = [
        [(left, top), (right, top), (right, bottom), (left, bottom)]
        for left, top, right, bottom in (whole, *_HALVES)
    ]
    quads = np.asarray(center) + (np.array(corners) - 0.5) @ axes
    return torch.from_numpy(quads).float()


def middle_of_round(mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """(x, y) of the middle of a face, None where it is longer than broad."""
    center, sides, _ = _rectangle(mask)
    return np.array(center) if max(sides) < ELONGATED * min(sides) else None


def _rectangle(mask: NDArray[np.bool_]) -> Any:
    """Middle, sides and degrees of the smallest rectangle around a face, see `cv2.minAreaRect`."""
    return cv2.minAreaRect(np.argwhere(mask)[:, ::-1].astype(np.float32) + 0.5)


def turn(ribbon: Tensor, quarters: int) -> Tensor:
    """Straight ribbons read from another side: ``quarters`` of a turn, clockwise."""
    return quad_ribbon(_corners(ribbon).roll(-quarters, dims=1))


def upside_down(ribbon: Tensor) -> Tensor:
    """Ribbons read from their end to their start, standing on their heads."""
    return ribbon.flip(1, 2)


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


def _turned_as_needed(ribbon: Tensor) -> Tensor:
    """Long lines in both directions along their length, squarish ones in all four."""
    quads = _corners(ribbon)
    across, down = (quads[:, 1] - quads[:, 0]).norm(dim=1), (quads[:, 3] - quads[:, 0]).norm(dim=1)
    lying, standing = across < SQUARISH * down, down < SQUARISH * across
    flat, tall = ribbon[standing], ribbon[lying]
    return torch.cat([turn(flat, 0), turn(flat, 2), turn(tall, 1), turn(tall, 3)])


def _corners(ribbon: Tensor) -> Tensor:
    """(N, 4, 2) corners of straight ribbons, clockwise from the text's own top left."""
    start, end = ribbon[:, 0], ribbon[:, -1]
    return torch.stack([start[:, 0], end[:, 0], end[:, 1], start[:, 1]], dim=1)
