"""How well pills are told that were enrolled with a few photographs, or with table facts alone.

    python -m rxmm.evaluation.enrolment --set tw-photos --limit 50 --output runs/enrolment.md

Pills of the validation part whose look the catalogue has.  Their reference photographs are taken
out; k photographs of every pill are enrolled, and others of the same pills are asked for.  One
photograph stands for both faces: one file in Taiwan, front and back in the US.  Hardly any pill
was photographed twice, so that drawings by phone, in typefaces that nothing trains on, stand in:
the tables say for what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
import typer
from torch import Tensor

from rxmm._command import told_in_one_line
from rxmm.catalog.matching import Matcher
from rxmm.catalog.rows import Floats
from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.evaluation.photos import real_data_folder, tw_photos, us_reference
from rxmm.evaluation.ranks import Ranks, rank_of, table
from rxmm.evaluation.script import LimitOption, OutputOption, progress, publish
from rxmm.evaluation.shots import Kind, Pill, Shot, validation_pills
from rxmm.imprint.reader import EasyOCRReader, ImprintReader
from rxmm.looks import describe
from rxmm.models.fusion import FusionModel, open_fusion
from rxmm.models.ranker import FusionRanker
from rxmm.models.references import References
from rxmm.models.rows import Gallery
from rxmm.results import MAX_FACES, PillFace, Seen
from rxmm.segmentation import PillSegmenter, Segmenter, faces_of

COUNTS = (0, 1, 2, 5)
"""Photographs to enrol; 0: the pill's row of the catalogue alone."""
WAYS: tuple[tuple[Kind, Kind], ...] = (
    ("photograph", "photograph"),
    ("photograph", "drawing"),
    ("drawing", "drawing"),
)
"""What is asked for, what is enrolled."""

SetName = Literal["us-reference", "tw-photos"]


class Line(NamedTuple):
    """One line of the result: what is asked for, what is enrolled, and how many of it."""

    asked: Kind
    enrolled: Kind
    number: int


class Enrolment:
    """Enrols pills, all of them at once, among the references of others, and asks for them.

    Args:
        references: photographs of other pills; those of the measured ones are left out.

    Attributes:
        alone, fused: by line, rank of each pill's row by likeness to photographs alone and by all
            evidence.  A query in which no pill is found is a miss.
        photographed: by line, how many rows of the catalogue have photographs.
    """

    def __init__(
        self,
        catalog: Catalog,
        model: FusionModel,
        references: References,
        segmenter: Segmenter,
        reader: ImprintReader,
    ) -> None:
        self._catalog, self._model, self._references = catalog, model, references
        self._segmenter, self._reader, self._match = segmenter, reader, Matcher(catalog)
        self._keys = [(name,) for name in catalog.appearances["appearance_id"]]
        self.alone: dict[Line, list[int | None]] = {}
        self.fused: dict[Line, list[int | None]] = {}
        self.photographed: dict[Line, int] = {}

    def measure(self, pills: Sequence[Pill]) -> None:
        """Enrol and ask for these pills in all ways."""
        embedded = {
            (pill.appearance_id, kind): [self._embed(shot) for shot in shots]
            for pill in progress(pills, "Enrolling")
            for kind, shots in pill.shots.items()
        }
        others = self._references.without({pill.appearance_id for pill in pills})
        seen = {
            (pill.appearance_id, asked): self._see(pill.shots[asked][0])
            for pill in progress(pills, "Reading")
            for asked in sorted({asked for asked, _ in WAYS})
            if pill.shots[asked]
        }
        lines = [Line(*way, number) for way in WAYS for number in COUNTS]
        for line in progress(lines, "Ranking"):
            self._rank(line, pills, embedded, seen, others)

    def _rank(
        self,
        line: Line,
        pills: Sequence[Pill],
        embedded: Mapping[tuple[str, Kind], Sequence[Tensor | None]],
        seen: Mapping[tuple[str, Kind], Seen],
        references: References,
    ) -> None:
        """Note the ranks of one line: of the pills that were seen often enough."""
        asked = []
        for name, _ in pills:
            shots = embedded[name, line.enrolled][line.asked == line.enrolled :]
            usable = [faces for faces in shots if faces is not None]
            # Without photographs, ask for those pills that might have had one.
            if len(usable) >= max(line.number, 1) and (name, line.asked) in seen:
                asked.append(name)
                for faces in usable[: line.number]:
                    references = references.with_faces(faces, name)
        if not asked:
            return
        gallery = references.gallery(self._catalog)
        self.photographed[line] = len(np.unique(gallery.row.numpy()))
        fuse = FusionRanker(self._model, self._catalog, references, references.weights)
        for name in asked:
            query = seen[name, line.asked]
            alone = self._likeness(gallery, query) if line.number else None
            matches = self._match(query.readings, query.looks)
            fused = fuse(query, matches)[:-1]
            for scores, ranks in ((alone, self.alone), (fused, self.fused)):
                if scores is not None:
                    found = rank_of((name,), scores, self._keys) if query.faces else None
                    ranks.setdefault(line, []).append(found)

    def _faces(self, shot: Shot) -> list[PillFace]:
        """The faces of one pill; none where there is no pill, or more than one."""
        faces = faces_of(shot(), self._segmenter)
        return faces if len(faces) <= MAX_FACES else []

    def _embed(self, shot: Shot) -> Tensor | None:
        """What `rxmm enroll` would keep of a shot; None where it asks for a better one."""
        faces = self._faces(shot)
        return self._model.embed_faces(faces) if faces else None

    def _see(self, shot: Shot) -> Seen:
        faces = self._faces(shot)
        return Seen(faces, self._reader(faces), [describe(face) for face in faces])

    def _likeness(self, gallery: Gallery, query: Seen) -> Floats:
        """Likeness to the photographs of each row, (N,); of rows without any, less than all."""
        every = torch.arange(len(self._catalog))[None]
        scores = np.full(len(self._catalog), -np.inf)
        if query.faces:
            faces = self._model.embed_faces(query.faces)[None]
            present = torch.ones(faces.shape[:2], dtype=torch.bool)
            typical = self._model.head.typical_likeness
            rows = np.unique(gallery.row.numpy())
            scores[rows] = gallery.similarity(faces, present, every, typical)[0].numpy()[rows]
        return scores

    def to_markdown(self) -> str:
        """Both tables."""
        parts = {
            "By likeness to the photographs alone, among the rows that have some": self.alone,
            "By all evidence (fusion), among all rows of the catalogue": self.fused,
        }
        return "\n\n".join(f"### {title}\n\n{self._table(r)}" for title, r in parts.items())

    def _table(self, ranks: Mapping[Line, Ranks]) -> str:
        lines: list[str] = []
        for line, found in ranks.items():
            cells = (line.asked, line.enrolled, str(line.number), str(self.photographed[line]))
            one = table(_CELLS, {cells: found}, [str(n) for n in range(len(found))]).splitlines()
            lines += one[2:] if lines else one  # n differs from line to line
        return "\n".join(lines)


_CELLS = ("asked for", "enrolled", "k", "rows with photographs")


def _place(pill: Pill) -> tuple[bool, bytes]:
    """Where a pill stands in the sample: photographed more than once first, then as by chance."""
    name = pill.appearance_id
    return len(pill.shots["photograph"]) < 2, sha256(name.encode()).digest()


def main(
    set_name: Annotated[SetName, typer.Option("--set", help="Whose pills.")] = "us-reference",
    limit: LimitOption = None,
    weights: Annotated[Path | None, typer.Option(help="Folder of other weights.")] = None,
    output: OutputOption = None,
) -> None:
    """Print the tables of one set."""
    country, read = {"us-reference": ("us", us_reference), "tw-photos": ("tw", tw_photos)}[set_name]
    catalog, (model, entry) = Catalog.load(country), open_fusion(weights)
    known = (model.settings.dim, entry.version)
    references = References.none(*known) if weights else References.released(catalog, *known)
    pills = validation_pills(read(real_data_folder()), catalog)
    pills = sorted(pills, key=_place)[:limit]
    if not pills:
        raise InputError(f"No validation pill of {set_name} is in the catalogue {country!r}.")
    enrolment = Enrolment(catalog, model, references, PillSegmenter(), EasyOCRReader.released())
    enrolment.measure(pills)
    several = sum(len(pill.shots["photograph"]) > 1 for pill in pills)
    text = (
        f"{set_name} (validation), {len(pills)} pills, {date.today().isoformat()}, "
        f"{entry.version}\n\n"
        f"k photographs of both faces are enrolled. {several} of the pills were photographed more "
        "than once: only those stand in the lines where photographs are both asked for and "
        "enrolled, and they come first in a sample. Drawings are renders as by phone, no "
        "photographs.\n\n"
        f"{enrolment.to_markdown()}\n"
    )
    publish(text, output)


if __name__ == "__main__":
    with told_in_one_line("enrolment"):
        typer.run(main)
