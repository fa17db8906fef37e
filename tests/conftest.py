"""What several tests share: the real photographs where they are present, and small real stages."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from numpy.typing import NDArray

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process a core; before torch loads

import rxmm._torchvision  # noqa: F401  (before any test imports lightning or torchvision)
from rxmm._resources import data_dir
from rxmm.catalog import file
from rxmm.catalog.table import Catalog
from rxmm.errors import NoPillFoundError
from rxmm.results import ImprintReading, ImprintToken, PillFace

# A shared or slow machine must not turn a slow example into a failure.
settings.register_profile("rxmm", deadline=None)
settings.load_profile("rxmm")

_REAL_DATA = os.environ.get("RXMM_REAL_DATA")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photographs and tables; without it the test is skipped."""
    if not _REAL_DATA or not Path(_REAL_DATA).is_dir():
        pytest.skip("real photographs are not here: set RXMM_REAL_DATA to their folder")
    return Path(_REAL_DATA)


@pytest.fixture(scope="session")
def examples() -> tuple[Path, Path]:
    """Front and back of the example pill that travels with rxmm."""
    return data_dir() / "examples/front.jpg", data_dir() / "examples/back.jpg"


def token(text: str, confidence: float = 1.0) -> ImprintToken:
    """A token lying somewhere on a face."""
    return ImprintToken(text, confidence, ((1.0, 1.0), (9.0, 1.0), (9.0, 5.0), (1.0, 5.0)), 0.0)


def reading(*texts: str, confidence: float = 1.0) -> ImprintReading:
    """A reading of these lines and nothing else."""
    lines = tuple(token(text, confidence) for text in texts)
    return ImprintReading(tokens=lines, hypotheses=lines)


class Blind:
    """A segmenter that finds no pill."""

    def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]:
        raise NoPillFoundError("nothing there")


class WholePhotoSegmenter:
    """Takes the whole photo for one face."""

    def __call__(self, photo: NDArray[np.uint8]) -> tuple[PillFace, ...]:
        height, width = photo.shape[:2]
        mask = np.ones((height, width), dtype=bool)
        return (PillFace(crop=photo, mask=mask, box=(0, 0, width, height)),)


class ScriptedReader:
    """Gives prepared texts, one string per face, in the order of the faces."""

    version = "scripted"

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]:
        return [reading(*text.split()) for text, _ in zip(self.texts, faces, strict=True)]


def products(catalog: Catalog) -> pd.DataFrame:
    """The rows of a catalogue's file: one for each product, with its looks."""
    assert catalog.path is not None
    return file.read(catalog.path)[0]


def first_products(catalog: Catalog, count: int) -> Catalog:
    """The first so many products of a catalogue, as one of their own."""
    return Catalog(products(catalog).head(count), name="small", country="US", source="")
