"""Real pills as by phone: faces of photographs laid on drawn grounds.

Real photographs by phone are few.  Here relief, print and wear are real; ground, light and camera
are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from rxmm.photo import PhotoSource
from rxmm.render.dataset import random_pill
from rxmm.render.looks import PHONE, Look
from rxmm.render.pasted import ROOM, CutOut, lay, placing
from rxmm.render.sampling import sample_scene
from rxmm.render.scene import Background
from rxmm.results import MAX_FACES, PillFace
from rxmm.segmentation import faces_of, shared_segmenter

LOOK = replace(
    PHONE,
    backgrounds={
        ground: weight
        for ground, weight in PHONE.backgrounds.items()
        if ground is not Background.RULER  # it would tell the size of the pill that was drawn
    },
)
"""A photograph by phone, without a ruler."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far away the phone is.

    Attributes:
        look: of the photographs.
        side: pixels of these, which are square; faces keep about the size of the laboratory's.
    """

    look: Look
    side: int


NEAR = Distance(LOOK, 448)
FAR = Distance(replace(LOOK, radius=(0.03, 0.1), wander=0.15, roughness=0.3), 1600)
"""Pills on a table as somebody sees it who stands before it: a sixteenth to a fifth of the side.
Blur goes by the frame, of which a pill is a small part here: `PHONE`'s would leave nothing."""

Photos = Callable[[], Sequence[PhotoSource]]


def laid_photos(
    photos: Photos, name: str, distance: Distance = NEAR
) -> Callable[[], tuple[NDArray[np.uint8], ...]]:
    """Photographs by phone of all faces on these, one each, in one light and on one ground.

    Args:
        photos: of one pill.
        name: of the pill, which decides on light and ground; the same ones whenever it is called.
    """
    return partial(_lay_all, photos, seed_of(name), distance)


def seed_of(name: str) -> int:
    """Always the same for the same name."""
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big") >> 1


def laid_face(
    face: PillFace, number: int, seed: int, distance: Distance = NEAR
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A photograph by phone of one face of a pill.

    Args:
        number: of the face among all of the pill.
        seed: of the pill, decides on light and ground.

    Returns:
        (side, side, 3) uint8 sRGB; and (2, 3) from pixels of the face's crop to pixels of it.
    """
    again, side = divmod(number, MAX_FACES)  # some faces were photographed twice
    pill = random_pill(np.random.default_rng(seed))
    scene = sample_scene(pill, side, seed + again, distance.look)
    cut_out = CutOut.of(face)
    picture, _ = lay([cut_out], [scene.pose], scene, distance.side)
    from_crop = np.array([[1, 0, ROOM], [0, 1, ROOM], [0, 0, 1]], np.float32)
    return picture, placing(cut_out, scene.pose, distance.side) @ from_crop


def _lay_all(photos: Photos, seed: int, distance: Distance) -> tuple[NDArray[np.uint8], ...]:
    faces = faces_of(photos(), shared_segmenter())
    return tuple(laid_face(face, number, seed, distance)[0] for number, face in enumerate(faces))
