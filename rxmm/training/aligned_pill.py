"""A pill's faces with the lines on them, as photographed and as by phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rxmm.imprint.face import FacePicture
from rxmm.render.laid import laid_face, seed_of
from rxmm.results import PillFace
from rxmm.segmentation import faces_of, shared_segmenter
from rxmm.training.face_bank import SIDE, Line

Ribbon = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class AlignedPill:
    """Faces of a pill with the lines on them.

    Attributes:
        name: of its first photograph.
        faces, pictures: of all its faces.
        lines: with the number of the face, and ribbons in pixels of its picture.
        whole: whether those are all lines, and close, see `rxmm.training.align.Aligner`.
    """

    name: str
    faces: list[PillFace]
    pictures: list[FacePicture]
    lines: list[Line]
    whole: bool

    def laid(self, times: int) -> Iterator[AlignedPill]:
        """The pill by phone, in so many lights and on so many grounds, see `rxmm.render.laid`.

        Nothing has to be looked for again: it is known where each face was laid.  Photographs on
        which not exactly one pill is found are left out.
        """
        for time in range(times):
            seed = seed_of(f"{self.name} {time}")
            seen = [self._laid_face(number, seed) for number in range(len(self.faces))]
            found = [one for one in seen if one is not None]
            lines = [
                (number, ribbon, text)
                for number, (*_, of_face) in enumerate(found)
                for ribbon, text in of_face
            ]
            faces, pictures = [face for face, *_ in found], [picture for _, picture, _ in found]
            yield AlignedPill(self.name, faces, pictures, lines, self.whole)

    def _laid_face(
        self, number: int, seed: int
    ) -> tuple[PillFace, FacePicture, list[tuple[Ribbon, str]]] | None:
        photo, placing = laid_face(self.faces[number], number, seed)
        found = faces_of((photo,), shared_segmenter())
        if len(found) != 1:
            return None
        (face,) = found
        before, picture = self.pictures[number].scale, FacePicture.of(face, SIDE)

        def moved(ribbon: Ribbon) -> Ribbon:
            on_photo = ribbon / before @ placing[:, :2].T + placing[:, 2]
            return ((on_photo - face.box[:2]) * picture.scale).astype(np.float32)

        lines = [(moved(ribbon), text) for owner, ribbon, text in self.lines if owner == number]
        return face, picture, lines
