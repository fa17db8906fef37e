"""A user's own pills: facts and reference photographs in a folder, used beside a catalogue.

    pills.csv                imprint,color,shape,name and, where known, score,size_mm
    references.safetensors   photographed faces, see `rxmm.models.references`

Nothing is trained.  The table may be edited by hand: rows that are removed, or whose imprint,
colours or shape are changed, leave their photographs behind, which then no longer count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

import torch

from rxmm._files import replacing
from rxmm.catalog.build import rows_of
from rxmm.catalog.group import group
from rxmm.catalog.sources import Report, Row
from rxmm.catalog.sources.formulary import COLUMNS, OPTIONAL, SOURCE, parse, read, source_of
from rxmm.catalog.sources.tables import with_row
from rxmm.catalog.table import Catalog, appearance_id, look_key, look_of
from rxmm.errors import CatalogError, InputError, NoPillFoundError
from rxmm.models.references import References
from rxmm.photo import read_photo
from rxmm.results import MAX_FACES, PillFace
from rxmm.segmentation import PillSegmenter, Segmenter

SAME = 2e-4
"""Most by which two embeddings of one photograph differ in any of their numbers."""
TABLE, PHOTOGRAPHS = "pills.csv", "references.safetensors"
_OWN = f"{SOURCE.country.lower()}-"


class Enrolled(NamedTuple):
    """What an enrolment added.

    Attributes:
        new: whether the pill was not there before.
        faces: photographed faces that were added.
        faces_in_all: of the pill, these included.
        faces_known: that were given, but not added, since the very photograph was there before.
    """

    new: bool
    faces: int
    faces_in_all: int
    faces_known: int = 0


@dataclass(frozen=True, slots=True)
class Formulary:
    """The pills of one folder, which need not exist before the first is enrolled."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Self:
        """A formulary that was begun.

        Raises:
            CatalogError: there is none in this folder.
        """
        if not any((folder / name).is_file() for name in (TABLE, PHOTOGRAPHS)):
            raise CatalogError(
                f"There is no formulary in {folder}: it has neither {TABLE} nor {PHOTOGRAPHS}. "
                "Begin one with `rxmm enroll`."
            )
        return cls(folder)

    def catalog(self, base: Catalog) -> Catalog:
        """``base`` and the pills of this folder, as products of its country.

        Raises:
            CatalogError: the table cannot be used.
        """
        table = self.folder / TABLE
        if not table.is_file():
            return base
        # The pills of a folder belong to the market of the catalogue that they are shown beside.
        source = source_of(table)
        rows = rows_of(source, table, Report(), country=base.countries[0])
        return base.joined(group(rows)) if rows else base

    def references(self, base: Catalog, dim: int, weights: str) -> References:
        """The photographs, of pills as `catalog` numbers them.

        Args:
            dim: of embeddings.
            weights: version of the model in use.

        Raises:
            WeightsError: the file is damaged, or was made by other weights.
        """
        seen = self._photographs(dim, weights)
        return replace(seen, appearance_ids=tuple(map(base.own_id, seen.appearance_ids)))

    def enrol(
        self,
        pill: Mapping[str, str] | str,
        photos: Sequence[Path] = (),
        *,
        weights: Path | None = None,
    ) -> Enrolled:
        """Add a pill, or photographs of one that is there already; an error changes nothing.

        Args:
            pill: its facts as a row of the table, or the id of an appearance of a catalogue.
            photos: of one face or both each.
            weights: folder of the model that embeds them; by default the released one.

        Raises:
            InputError: facts or photographs that cannot be used, or a folder that is none.
            NoPillFoundError: a photograph without a pill.
            CatalogError: the table that is there already cannot be used.
            WeightsError: there are photographs but no model for them, or they need another one.
        """
        facts = None if isinstance(pill, str) else parse(pill)
        rows = _rows(self.folder / TABLE)
        known = {appearance_id(SOURCE.country, look_key(row)) for row in rows}
        if facts:
            key = appearance_id(SOURCE.country, look_key(facts))
        else:
            # A pill of this folder has the country of the catalogue that it is shown beside.
            own = _OWN + look_of(str(pill))
            key = own if own in known else str(pill)
        faces = find_faces(photos, PillSegmenter()) if photos else []
        photographed, added = self._with_faces(key, faces, weights) if faces else (None, 0)
        try:
            with ExitStack() as written:
                if facts and facts not in rows:
                    table = written.enter_context(replacing(self.folder / TABLE))
                    self._write_table(table, facts)
                # Before the table takes its place, which cannot fail any more.
                if photographed is not None:
                    photographed.save(self.folder / PHOTOGRAPHS)
        except OSError as error:
            raise InputError(f"The formulary {self.folder} cannot be written: {error}") from error
        new = facts is not None and key not in known
        if photographed is None:
            return Enrolled(new, 0, 0)
        in_all = photographed.appearance_ids.count(key)
        return Enrolled(new, added, in_all, len(faces) - added)

    def _photographs(self, dim: int, weights: str) -> References:
        path = self.folder / PHOTOGRAPHS
        return References.load(path, weights) if path.is_file() else References.none(dim, weights)

    def _with_faces(
        self, key: str, faces: Sequence[PillFace], weights: Path | None
    ) -> tuple[References, int]:
        """The photographs and those of these faces that are new, and how many these are."""
        # timm and transformers take seconds to import; facts alone need neither.
        from rxmm.models.fusion import open_fusion

        model, entry = open_fusion(weights)
        seen = self._photographs(model.settings.dim, entry.version)
        own = seen.embedding[torch.tensor([name == key for name in seen.appearance_ids]).bool()]
        before = len(own)
        for face in model.embed_faces(faces).half():  # as they are stored
            if not torch.isclose(own.half(), face, rtol=0, atol=SAME).all(dim=1).any():
                own = torch.cat([own, face[None]])
        return seen.with_faces(own[before:], key), len(own) - before

    def _write_table(self, path: Path, facts: Row) -> None:
        """Write the table with a further row; what a user wrote stays as it is."""
        row = {name: _text(facts[name]) for name in (*COLUMNS, *OPTIONAL)}
        table = self.folder / TABLE
        before = table.read_bytes().decode() if table.is_file() else ",".join(row) + "\n"
        path.write_bytes(with_row(before, row).encode())
        if facts not in _rows(path):
            raise CatalogError(
                f"{table} opens a quotation mark that nothing closes, and would swallow the new "
                "row. Close it."
            )


def _rows(table: Path) -> list[Row]:
    return list(read(table, Report())) if table.is_file() else []


def find_faces(photos: Sequence[Path], segmenter: Segmenter) -> list[PillFace]:
    """The faces of one pill on all of its photographs.

    Raises:
        PhotoError: a photograph cannot be read.
        NoPillFoundError: one shows no pill.
        InputError: one shows more faces than a pill has.
    """
    faces: list[PillFace] = []
    for photo in photos:
        try:
            found = segmenter(read_photo(photo))
        except NoPillFoundError as error:
            raise NoPillFoundError(f"{photo}: {error}") from error
        if len(found) > MAX_FACES:
            raise InputError(
                f"{photo} shows {len(found)} faces. Give photos of one pill: one face, or both."
            )
        faces += found
    return faces


def _text(value: str | float | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value).removesuffix(".0")
