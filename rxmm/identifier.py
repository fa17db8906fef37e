"""The whole story: photos in, an identification out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

import rxmm
from rxmm.branches import DEFAULT_RANKING, Source
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.matching import Matcher, Matches
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.comparison import compare
from rxmm.decision import answering_branch, match_logits, probabilities, status
from rxmm.formulary import Formulary
from rxmm.imprint import DEFAULT_READER
from rxmm.imprint.decoding import Decoder
from rxmm.imprint.reader import ImprintReader, open_reader
from rxmm.looks import describe
from rxmm.photo import PhotoSource, read_photo
from rxmm.results import (
    Candidate,
    FaceEvidence,
    Identification,
    ImprintReading,
    ImprintToken,
    Looks,
    PillFace,
)
from rxmm.segmentation import PillSegmenter, Segmenter
from rxmm.stopwatch import Stopwatch

if TYPE_CHECKING:
    from rxmm.models.ranker import FusionRanker


@dataclass(frozen=True, slots=True)
class Overrule:
    """What a person saw and knows better; it replaces what the photos seemed to show.

    Attributes:
        imprint: text of one or both faces, tokens separated by spaces or ``;``.
        colors: of the pill, predominant first.
        shape: of the pill.
    """

    imprint: str | None = None
    colors: tuple[Color, ...] = ()
    shape: Shape | None = None

    def reading(self, seen: ImprintReading) -> ImprintReading:
        """``seen``, or the person's text with full confidence."""
        if self.imprint is None:
            return seen
        quad = ((0.0, 0.0),) * 4
        typed = tuple(ImprintToken(text, 1.0, quad, 0.0) for text in tokens(self.imprint))
        return ImprintReading(tokens=typed, hypotheses=typed)

    def looks(self, seen: Looks) -> Looks:
        """``seen`` with the person's colours and shape put in."""
        if self.colors:
            seen = replace(seen, colors=tuple({color: 1.0} for color in self.colors))
        if self.shape:
            seen = replace(seen, shape={self.shape: 1.0})
        return seen


class Identifier:
    """Identifies pills from photos against one catalogue.

    >>> Identifier.load().identify("front.jpg", "back.jpg").candidates[0]  # doctest: +SKIP

    Args:
        catalog: whose appearances are ranked.
        segmenter: finds the faces.
        imprint_reader: reads them.
        fusion: weighs images, text, looks and both matches; without it the matches and looks alone
            decide.
    """

    def __init__(
        self,
        catalog: Catalog,
        segmenter: Segmenter,
        imprint_reader: ImprintReader,
        fusion: FusionRanker | None = None,
    ) -> None:
        self.catalog = catalog
        self._segmenter = segmenter
        self._read_imprint = imprint_reader
        self._fuse = fusion
        self._match = Matcher(catalog)

    @classmethod
    def load(
        cls,
        catalog: str | Path = "us",
        *,
        reader: str = DEFAULT_READER,
        ranking: Source = DEFAULT_RANKING,
        formulary: Path | None = None,
        allow_download: bool = False,
    ) -> Self:
        """An identifier with the default stages.

        Args:
            catalog: ``"us"``, ``"tw"`` or the path of a built catalogue.
            reader: one of `READERS`.
            ranking: ``"imprint_match"`` leaves the networks of the fusion out.
            formulary: folder of a user's own pills, see `rxmm.formulary`, which are ranked among
                those of the catalogue. Their photographs count with ``"fusion"`` alone, their facts
                always.
            allow_download: whether EasyOCR may fetch weights that are not on this machine.

        Raises:
            CatalogError: the catalogue cannot be used.
            WeightsError: weights are missing or changed.
            InputError: no such reader.
        """
        rows, own = Catalog.load(catalog), Formulary.open(formulary) if formulary else None
        if own is not None:
            rows = own.catalog(rows)
        fusion = _open_fusion(rows, own) if ranking == "fusion" else None
        imprint_reader = open_reader(reader, allow_download=allow_download)
        return cls(rows, PillSegmenter(), imprint_reader, fusion)

    def identify(
        self,
        front: PhotoSource,
        back: PhotoSource | None = None,
        *,
        overrule: Overrule | None = None,
        top: int = 5,
    ) -> Identification:
        """Say which pill the photos show.

        Args:
            front: a photo of one face, or of both faces of one pill side by side.
            back: a photo of the other face.
            overrule: what a person saw and knows better.
            top: how many candidates to give at most.

        Raises:
            PhotoError: a photo cannot be read.
            NoPillFoundError: a photo shows no pill.
        """
        watch = Stopwatch()
        overrule = overrule or Overrule()
        with watch("read_photo"):
            photos = [read_photo(source) for source in (front, back) if source is not None]
        with watch("segment"):
            found = [
                (number, face)
                for number, photo in enumerate(photos)
                for face in self._segmenter(photo)
            ]
        faces = [face for _, face in found]
        with watch("describe"):
            looks = [overrule.looks(describe(face)) for face in faces]
        with watch("read_imprint"):
            readings = [overrule.reading(seen) for seen in self._read_imprint(faces)]
        with watch("match"):
            matches = self._match(readings, looks)
        with watch("fuse"):
            # What a person typed is certain; the fusion learned from what the reader reads.
            fuse = self._fuse if overrule.imprint is None else None
            source, probability = _rank(fuse, faces, readings, looks, matches)
        with watch("decide"):
            order = np.argsort(-probability, kind="stable")[:top]
            answer = status(float(probability[order[0]]))
            imprints = [self.catalog.imprint_tokens[row] for row in order]
            decode = Decoder(readings, imprints)
            candidates = [
                self._candidate(rank, row, float(probability[row]), decode(imprint), looks)
                for rank, (row, imprint) in enumerate(zip(order, imprints, strict=True), start=1)
            ]
            # What is read with the help of a guess may only be shown where the guess is a good one.
            shown = readings if answer == "unidentified" else decode(imprints[0])
        return Identification(
            status=answer,
            source=source,
            candidates=tuple(candidates),
            evidence=tuple(
                FaceEvidence(number, face, seen, spelt, read)
                for (number, face), seen, spelt, read in zip(
                    found, looks, shown, readings, strict=True
                )
            ),
            timings_ms=watch.timings_ms(),
            versions={
                "rxmm": rxmm.__version__,
                "catalog": f"{self.catalog.name} {self.catalog.version}",
                "imprint_reader": self._read_imprint.version,
            }
            | ({"fusion": self._fuse.version} if self._fuse else {}),
        )

    def _candidate(
        self,
        rank: int,
        row: int,
        probability: float,
        spelt: Sequence[ImprintReading],
        looks: Sequence[Looks],
    ) -> Candidate:
        appearance = self.catalog.appearance(row)
        agrees, differs = compare(appearance, spelt, looks)
        return Candidate(rank, appearance, probability, agrees, differs)


def _open_fusion(rows: Catalog, own: Formulary | None) -> FusionRanker:
    # timm and transformers take seconds to import; the matches alone need neither.
    from rxmm.models.ranker import FusionRanker

    ranker = FusionRanker.released(rows)
    if own is None:
        return ranker
    return ranker.with_references(own.references(rows, ranker.dim, ranker.version))


def _rank(
    fuse: FusionRanker | None,
    faces: Sequence[PillFace],
    readings: Sequence[ImprintReading],
    looks: Sequence[Looks],
    matches: Matches,
) -> tuple[Source, NDArray[np.float64]]:
    """Which branch answers, and the probability of every appearance, (N,)."""
    if fuse is None:
        return "imprint_match", probabilities(match_logits(matches.score))
    return answering_branch(fuse(faces, readings, looks, matches), matches)
