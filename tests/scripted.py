"""An identifier whose reader says what it was told to, whatever the photo shows."""

import numpy as np

from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog
from rxmm.identifier import Identifier
from rxmm.results import Identification
from tests.conftest import ScriptedReader, WholePhotoSegmenter

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
OFF_WHITE = WHITE - 1


def identifier(*texts: str) -> Identifier:
    return Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader(*texts))


def imprint_of_first(answer: Identification) -> tuple[str, ...]:
    return appearance_key(answer.candidates[0].appearance.imprint)
