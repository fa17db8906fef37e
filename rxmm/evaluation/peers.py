"""Straightforward combinations of what is there, to compare with: EasyOCR, then rapidfuzz.

A peer gets the face pictures that rxmm's own reader gets, in four rotations, and the same
catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from rxmm._extras import need
from rxmm.catalog.imprint_text import AppearanceKey, tokens
from rxmm.catalog.table import Catalog
from rxmm.evaluation.run import CANDIDATES
from rxmm.imprint.face import FacePicture
from rxmm.results import PillFace

Line = tuple[str, float]
"""Text and the reader's confidence in it, 0 to 1."""
Turns = list[list[Line]]
"""What was read on one face in each of four directions."""
Reader = Callable[[NDArray[np.uint8]], list[Line]]
Ranker = Callable[[Sequence[Turns]], list[AppearanceKey]]

FACE_SIDE = 320
"""Pixels of the longer side of a face as the peers get it."""


def easyocr_reader() -> Reader:
    """EasyOCR as it comes, with its English weights.

    Raises:
        InputError: the weights are not installed.
    """
    need("The comparison with EasyOCR, unless it is left out,", "offline", "easyocr_en_models")
    import easyocr

    reader = easyocr.Reader(
        ["en"],
        gpu=False,
        verbose=False,
        download_enabled=False,
        model_storage_directory=str(files("easyocr_en_models") / "models"),
    )
    return lambda face: [(text, float(sure)) for _, text, sure in reader.readtext(face)]


def read_turned(reader: Reader, face: PillFace) -> Turns:
    """Read a face upright and turned by 90, 180 and 270 degrees."""
    picture = FacePicture.of(face, FACE_SIDE).rgb
    return [reader(np.ascontiguousarray(np.rot90(picture, turn))) for turn in range(4)]


def whole_ratio(catalog: Catalog) -> Ranker:
    """rapidfuzz's WRatio between all that was read, in the best direction, and the imprint."""
    keys, imprints = distinct(catalog)

    def rank(faces: Sequence[Turns]) -> list[AppearanceKey]:
        best = [
            max(turns, key=lambda lines: sum(sure * len(t) for t, sure in lines)) for turns in faces
        ]
        text = " ".join(word for lines in best for t, _ in lines for word in tokens(t))
        if not text:
            return []
        score = process.cdist([text], [" ".join(i) for i in imprints], scorer=fuzz.WRatio)[0]
        return [keys[row] for row in np.argsort(-score, kind="stable")[:CANDIDATES]]

    return rank


def distinct(catalog: Catalog) -> tuple[list[AppearanceKey], list[AppearanceKey]]:
    """The distinct appearances that have an imprint: key, and tokens in source order."""
    both = zip(catalog.imprint_keys, catalog.imprint_tokens, strict=True)
    imprints = {key: imprint for key, imprint in both if imprint}
    return list(imprints), list(imprints.values())
