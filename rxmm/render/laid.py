"""Real pills as by phone: faces of photographs laid on drawn grounds.

Real photographs by phone are few.  Here relief, print and wear are real; ground, light and camera
are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from rxmm.photo import PhotoSource
from rxmm.render.dataset import random_pill
from rxmm.render.looks import PHONE
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
SIDE = 448
"""Pixels of the square pictures: the faces keep about the size of the laboratory's."""

Photos = Callable[[], Sequence[PhotoSource]]


def laid_photos(photos: Photos, name: str) -> Callable[[], tuple[NDArray[np.uint8], ...]]:
    """Photographs by phone of all faces on these, one each, in one light and on one ground.

    Args:
        photos: of one pill.
        name: of the pill, which decides on light and ground; the same ones whenever it is called.
    """
    return partial(_lay_all, photos, seed_of(name))


def seed_of(name: str) -> int:
    """Always the same for the same name."""
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big") >> 1


def laid_face(
    face: PillFace, number: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A photograph by phone of one face of a pill.

    Args:
        number: of the face among all of the pill.
        seed: of the pill, decides on light and ground.

    Returns:
        (SIDE, SIDE, 3) uint8 sRGB; and (2, 3) from pixels of the face's crop to pixels of it.
    """
    again, side = divmod(number, MAX_FACES)  # some faces were photographed twice
    pill = random_pill(np.random.default_rng(seed))
    scene = sample_scene(pill, side, seed + again, LOOK)
    cut_out = CutOut.of(face)
    picture, _ = lay([cut_out], [scene.pose], scene, SIDE)
    from_crop = np.array([[1, 0, ROOM], [0, 1, ROOM], [0, 0, 1]], np.float32)
    return picture, placing(cut_out, scene.pose, SIDE) @ from_crop


def _lay_all(photos: Photos, seed: int) -> tuple[NDArray[np.uint8], ...]:
    faces = faces_of(photos(), shared_segmenter())
    return tuple(laid_face(face, number, seed)[0] for number, face in enumerate(faces))
