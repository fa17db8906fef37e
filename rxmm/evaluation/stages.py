"""The stages of an identifier, one by one: what is seen once may be ranked in several ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from rxmm.calibration import Calibrations
from rxmm.catalog.matching import Matcher, Matches
from rxmm.catalog.rows import Floats
from rxmm.catalog.table import Catalog
from rxmm.evaluation.query import Query
from rxmm.imprint.reader import EasyOCRReader, ImprintReader
from rxmm.looks import describe
from rxmm.models.ranker import FusionRanker
from rxmm.results import Seen
from rxmm.segmentation import PillSegmenter, Segmenter, faces_of


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """All of them."""

    catalog: Catalog
    segmenter: Segmenter
    reader: ImprintReader
    match: Matcher
    fuse: FusionRanker
    calibrations: Calibrations

    @classmethod
    def released(cls, catalog: Catalog) -> Self:
        """Those that travel with rxmm.

        Raises:
            WeightsError: weights are missing or changed.
        """
        reader, fuse = EasyOCRReader.released(), FusionRanker.released(catalog)
        calibrations = Calibrations.released(catalog.name, reader.version, fuse.version)
        return cls(catalog, PillSegmenter(), reader, Matcher(catalog), fuse, calibrations)

    def see(self, query: Query) -> Seen:
        """See, read and describe all faces of a query; none where no pill is found."""
        faces = faces_of(query.photos(), self.segmenter)
        return Seen(faces, self.reader(faces), [describe(face) for face in faces])

    def rank(self, seen: Seen) -> tuple[Floats, Matches]:
        """Logits of the fusion, (N + 1,), last of none of these; and the matches."""
        matches = self.match(seen.readings, seen.looks)
        return self.fuse(seen, matches), matches
