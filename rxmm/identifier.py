"""The whole story: photos in, an identification out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import torch
from numpy.typing import NDArray

import rxmm
from rxmm.answer import Answerer
from rxmm.branches import DEFAULT_RANKING, RANKINGS, Ranking
from rxmm.calibration import Calibrations
from rxmm.catalog.matching import Matcher, Matches
from rxmm.catalog.table import Catalog
from rxmm.decision import answer_of, decide
from rxmm.errors import InputError, NoPillFoundError
from rxmm.formulary import Formulary
from rxmm.imprint import DEFAULT_READER
from rxmm.imprint.reader import ImprintReader, open_reader
from rxmm.looks import describe
from rxmm.models.deferred import DeferredFusion, open_ranking
from rxmm.overrule import Overrule
from rxmm.photo import PhotoSource, name_of, read_photo
from rxmm.results import Identification, PillFace, Seen
from rxmm.segmentation import PillSegmenter, Segmenter
from rxmm.stopwatch import Stopwatch

if TYPE_CHECKING:
    from rxmm.models.ranker import FusionRanker


if hasattr(os, "register_at_fork"):
    # OpenMP's threads are gone in a forked process, which would wait for them for ever.
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


class Identifier:
    """Identifies pills from photos against one catalogue.

    >>> Identifier.load().identify("front.jpg", "back.jpg").candidates[0]  # doctest: +SKIP

    Attributes:
        matches: how the catalogue agrees with one pill's readings and looks, as the ranking takes
            it.

    Args:
        catalog: whose appearances are ranked.
        segmenter: finds the faces.
        imprint_reader: reads them.
        fusion: weighs images, text, looks and both matches; without it the matches and looks alone
            decide.
        screen: whether the matches are asked first, and the fusion only where they name no pill.
        calibrations: of the scores; without them they count as they are, and nothing is called
            identified but what is all but certain.
    """

    def __init__(
        self,
        catalog: Catalog,
        segmenter: Segmenter,
        imprint_reader: ImprintReader,
        fusion: FusionRanker | DeferredFusion | None = None,
        calibrations: Calibrations | None = None,
        *,
        screen: bool = False,
    ) -> None:
        self.catalog = catalog
        self._segmenter = segmenter
        self._read_imprint = imprint_reader
        self._fuse, self._screen = fusion, screen
        self.calibrations = calibrations or Calibrations()
        self.matches = Matcher(catalog)
        self._answer = Answerer(catalog)

    @classmethod
    def load(
        cls,
        catalog: str | Path = "us",
        *,
        reader: str = DEFAULT_READER,
        ranking: Ranking = DEFAULT_RANKING,
        formulary: str | Path | None = None,
        weights: str | Path | None = None,
        allow_download: bool = False,
    ) -> Self:
        """An identifier with the default stages.

        Args:
            catalog: ``"us"``, ``"tw"`` or the path of a built catalogue.
            reader: one of `READERS`.
            ranking: see `Ranking`; ``"imprint_match"`` leaves the networks of the fusion out.
            formulary: folder of a user's own pills, see `rxmm.formulary`, which are ranked among
                those of the catalogue. Their photographs count with ``"fusion"`` alone, their facts
                always.
            weights: folder that `rxmm export` wrote, of a fusion of your own instead of the
                released one. Nothing is calibrated for it: only what is all but certain is called
                identified.
            allow_download: whether EasyOCR may fetch weights that are not on this machine.

        Raises:
            CatalogError: the catalogue cannot be used.
            WeightsError: weights are missing or changed.
            InputError: no such reader, or no such ranking.
        """
        if ranking not in RANKINGS:
            raise InputError(f"There is no ranking {ranking!r}. Use one of: {', '.join(RANKINGS)}.")
        rows = Catalog.load(catalog)
        own = None if formulary is None else Formulary.open(Path(formulary))
        name = rows.name
        if own is not None:
            rows = own.catalog(rows)
        fusion = open_ranking(ranking, rows, own, None if weights is None else Path(weights))
        imprint_reader = open_reader(reader, allow_download=allow_download)
        versions = (imprint_reader.version, *([fusion.version] if fusion else []))
        calibrations = Calibrations.released(name, *versions)
        screen = ranking == "cascade"
        return cls(rows, PillSegmenter(), imprint_reader, fusion, calibrations, screen=screen)

    @property
    def fusion(self) -> FusionRanker | None:
        """What weighs images, text, looks and both matches, where it was given."""
        return self._fuse.ranker if isinstance(self._fuse, DeferredFusion) else self._fuse

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
            InputError: no candidate is asked for, or both photos are the same picture.
            PhotoError: a photo cannot be read.
            NoPillFoundError: a photo shows no pill.
        """
        if top < 1:
            raise InputError(f"top={top}: ask for at least one candidate.")
        watch = Stopwatch()
        overrule = (overrule or Overrule()).parted(self.catalog.imprint_tokens)
        with watch("read_photo"):
            photos = [read_photo(front)] + ([] if back is None else [read_photo(back)])
            if len(photos) > 1 and np.array_equal(photos[0], photos[1]):
                raise InputError(
                    "Both photos are the same picture: give it once, or photograph the other face."
                )
        with watch("segment"):
            names = name_of(front) or "The front photo", name_of(back) or "The back photo"
            found = [
                (number, face)
                for number, (photo, name) in enumerate(zip(photos, names, strict=False))
                for face in self._faces_of(photo, name)
            ]
        faces = [face for _, face in found]
        with watch("describe"):
            looks = [overrule.looks(describe(face)) for face in faces]
        with watch("read_imprint"):
            read = self._read_imprint(faces)
            readings = [overrule.reading(one) for one in read]
        with watch("match"):
            seen = Seen(faces, readings, looks)
            matches = self.matches(readings, looks)
        with watch("fuse"):
            # What a person typed is certain; the fusion learned from what the reader reads.
            fuse = self._fuse if overrule.imprint is None else None
            if self._screen and self._names_a_pill(seen, matches, overrule):
                fuse = None
            fused = fuse(seen, matches) if fuse is not None else None
            decision = decide(fused, matches, faces, self.calibrations)
        with watch("decide"):
            on_photos = [number for number, _ in found]
            answer = self._answer(decision, seen, on_photos, overrule, top, read=read)
        return replace(answer, timings_ms=watch.timings_ms(), versions=self._versions())

    def _versions(self) -> dict[str, str]:
        versions = {
            "rxmm": rxmm.__version__,
            "catalog": f"{self.catalog.name} {self.catalog.version}",
            "imprint_reader": self._read_imprint.version,
        }
        return versions | ({"fusion": self._fuse.version} if self._fuse else {})

    def _faces_of(self, photo: NDArray[np.uint8], name: str) -> tuple[PillFace, ...]:
        try:
            return self._segmenter(photo)
        except NoPillFoundError as error:
            raise NoPillFoundError(f"{name}: {error}") from error

    def _names_a_pill(self, seen: Seen, matches: Matches, overrule: Overrule) -> bool:
        """Whether the matches alone name a pill that can be shown, and looks as was typed."""
        decision = decide(None, matches, seen.faces, self.calibrations)
        first = self.catalog.appearance(int(decision.probability.argmax()))
        named = answer_of(decision, seen, self.catalog) == "identified"
        return named and not overrule.lacking(first)
