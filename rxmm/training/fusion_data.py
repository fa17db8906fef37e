"""Queries from banks as batches for the fusion."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rxmm.catalog.table import Catalog
from rxmm.models.facts import PillFacts, facts_of_catalog
from rxmm.models.image_encoder import ImageEncoder
from rxmm.models.text_encoder import spell
from rxmm.training.batches import batches_of
from rxmm.training.color_augment import Augmentation
from rxmm.training.cutouts import held_back
from rxmm.training.fusion_batch import FusionBatch
from rxmm.training.fusion_faces import QueryFaces, see_faces
from rxmm.training.queries import QueryBank


@dataclass(frozen=True, slots=True)
class QuerySource:
    """A query bank and how it is used.

    Attributes:
        repeats: how often it is gone through in an epoch.
        faces: ``together`` for pills with all their faces, ``single`` for one face at a time.
        gallery: whether its faces are reference photographs of their rows, and its queries look at
            such photographs.
    """

    folder: Path
    repeats: int = 1
    faces: Literal["all", "together", "single"] = "all"
    gallery: bool = False


class FusionDataModule(lightning.LightningDataModule):
    """Batches of queries from banks that `rxmm.training.query_bank` made.

    Args:
        banks: the banks.
        augmentation: of training faces.
        views: how many augmented forms of each face are remembered, see `remember`.
        workers: processes that prepare batches.
    """

    def __init__(
        self,
        banks: Sequence[QuerySource],
        batch_size: int = 64,
        augmentation: Augmentation | None = None,
        views: int = 4,
        workers: int = 1,
    ) -> None:
        super().__init__()
        self.banks, self.batch_size, self.workers = tuple(banks), batch_size, workers
        self.views = views
        self.augmentation = augmentation or Augmentation()

    @functools.cached_property
    def _loaded(self) -> list[QueryBank]:
        return [QueryBank.load(Path(source.folder)) for source in self.banks]

    @functools.cached_property
    def _faces(self) -> dict[bool, QueryFaces]:
        """Faces for training and for validation, by whether they are for the latter."""
        banks = [bank.cutouts for bank in self._loaded]
        return {False: QueryFaces(banks, self.augmentation), True: QueryFaces(banks, None)}

    @functools.cached_property
    def _catalogs(self) -> dict[str, Catalog]:
        return {name: Catalog.load(name) for name in sorted({b.catalog for b in self._loaded})}

    def first_row(self, catalog: str) -> int:
        """Where a catalogue's rows begin among those of all."""
        before = [len(rows) for name, rows in self._catalogs.items() if name < catalog]
        return sum(before)

    @functools.cached_property
    def _shots(self) -> dict[str, int]:
        """Number of each shot, see `TrainingPill`."""
        names = {name for bank in self._loaded for name in bank.shots.tolist()}
        return {name: number for number, name in enumerate(sorted(names))}

    def imprints(self) -> list[tuple[str, ...]]:
        """Imprint of each row of all catalogues."""
        return [imprint for c in self._catalogs.values() for imprint in c.imprint_tokens]

    def facts(self) -> PillFacts:
        """Facts of each row of all catalogues."""
        parts = [facts_of_catalog(catalog) for catalog in self._catalogs.values()]
        return PillFacts(*(torch.cat(fact) for fact in zip(*parts, strict=True)))

    @functools.cached_property
    def _photographs(self) -> list[NDArray[np.int64]]:
        """Of each bank, faces that are references, rows that they show, and shots: (K, 3)."""
        listed = []
        for source, bank in zip(self.banks, self._loaded, strict=True):
            shown = np.flatnonzero(~held_back(bank.groups) & source.gallery)
            shot_of_face = {
                face: self._shots[bank.shots[query]]
                for query in shown.tolist()
                for face in bank.faces[query].tolist()
            }
            face, row = bank.faces_of_rows(shown.tolist()).T
            shots = np.array([shot_of_face[number] for number in face.tolist()], dtype=np.int64)
            listed.append(np.column_stack([face, row + self.first_row(bank.catalog), shots]))
        return listed

    def references(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Reference photographs for training, some at a time: cut-outs, rows, shots.

        A face of a pill that several rows may be comes once for each of them.
        """
        for bank, listed in zip(self._loaded, self._photographs, strict=True):
            for start in range(0, len(listed), 256):
                face, row, shot = listed[start : start + 256].T
                cutouts = torch.from_numpy(np.asarray(bank.cutouts.faces[face]))
                yield cutouts, torch.from_numpy(row), torch.from_numpy(shot)

    @functools.cached_property
    def _referred(self) -> list[NDArray[np.float64]]:
        """How often each bank's queries may look at references, (Q,) each, 0 to 1.

        Never those of banks that give none, such as drawings, which resemble no photograph; always
        where another shot shows the pill.  Few pills were photographed twice: saw all the
        others references too, it would be learned that whatever was photographed is another pill.
        They see them as often as it takes for pills that references show to be as frequent among
        queries as among the rows of the catalogue.
        """
        shots: dict[int, set[int]] = defaultdict(set)
        for row, shot in np.concatenate(self._photographs)[:, 1:].tolist():
            shots[row].add(shot)
        chances = []
        for source, bank in zip(self.banks, self._loaded, strict=True):
            first = self.first_row(bank.catalog)
            own = [self._shots[shot] for shot in bank.shots.tolist()]
            listed = zip(bank.candidates, bank.relation, strict=True)
            true = [candidates[relation == 2] for candidates, relation in listed]
            again = np.array(
                [
                    any(shots[row] - {shot} for row in (rows + first).tolist())
                    for rows, shot in zip(true, own, strict=True)
                ]
            )
            rows = range(first, first + len(self._catalogs[bank.catalog]))
            shown = np.mean([bool(shots[row]) for row in rows])
            share = again.mean() * (1 - shown) / max(shown * (1 - again.mean()), 1e-9)
            chances.append(np.where(again, 1.0, min(share, 1.0)) * source.gallery)
        return chances

    def remember(self, encoder: ImageEncoder, device: torch.device) -> None:
        """From here on give what this encoder sees instead of pictures: minutes once instead of
        minutes in every epoch."""
        seen = [
            see_faces(bank.cutouts, encoder, device, self.augmentation, self.views)
            for bank in self._loaded
        ]
        for faces in self._faces.values():
            faces.seen = seen

    def train_dataloader(self) -> DataLoader[FusionBatch]:
        """Every bank as often as its source says."""
        return self._loader(validation=False)

    def val_dataloader(self) -> DataLoader[FusionBatch]:
        """The groups that are held back, as they are."""
        return self._loader(validation=True)

    test_dataloader = predict_dataloader = val_dataloader

    def _loader(self, *, validation: bool) -> DataLoader[FusionBatch]:
        chosen = [
            np.tile(_chosen(bank, source.faces, validation), 1 if validation else source.repeats)
            for bank, source in zip(self._loaded, self.banks, strict=True)
        ]
        firsts = [self.first_row(bank.catalog) for bank in self._loaded]
        queries = Queries(
            self._loaded, firsts, chosen, self._shots, self._faces[validation], self._referred
        )
        return batches_of(queries, self.batch_size, workers=self.workers, shuffle=not validation)


_AS_STORED = ("looks", "relation", "log_weight", "table", "unread")


class Queries(Dataset[FusionBatch]):
    """Chosen queries of several banks, a batch at a time."""

    def __init__(
        self,
        banks: Sequence[QueryBank],
        firsts: Sequence[int],
        chosen: Sequence[NDArray[np.int64]],
        shots: dict[str, int],
        faces: QueryFaces,
        referred: Sequence[NDArray[np.float64]],
    ) -> None:
        self._banks, self._firsts, self._shots = banks, firsts, shots
        self._referred = referred
        self._faces = faces
        self._places = [(bank, query) for bank, own in enumerate(chosen) for query in own.tolist()]

    def __len__(self) -> int:
        return len(self._places)

    def __getitems__(self, indices: Sequence[int]) -> FusionBatch:
        """A whole batch; what a DataLoader calls."""
        places = [self._places[index] for index in indices]
        numbers = [number for number, _ in places]
        queries = [(self._banks[number], query) for number, query in places]
        stacked = {
            name: torch.from_numpy(np.stack([getattr(bank, name)[q] for bank, q in queries]))
            for name in (*_AS_STORED, "candidates", "faces")
        }
        faces = stacked.pop("faces")
        seen = self._faces(list(zip(numbers, faces.tolist(), strict=True)))
        rows = stacked.pop("candidates")
        first = torch.tensor([self._firsts[number] for number in numbers])[:, None]
        words = [bank.words[query] for bank, query in queries]
        sure = [[confidence for _, confidence in text] for text in words]
        chance = torch.tensor([self._referred[number][query] for number, query in places])
        return FusionBatch(
            faces=seen,
            present=faces >= 0,
            text=spell(words),
            confidence=torch.tensor([sum(own) / len(own) if own else 0.0 for own in sure]),
            candidates=torch.where(rows < 0, rows, rows + first),
            shot=torch.tensor([self._shots[str(bank.shots[query])] for bank, query in queries]),
            referred=torch.rand(len(queries)) < chance,
            **stacked,
        )


def _chosen(bank: QueryBank, faces: str, validation: bool) -> NDArray[np.int64]:
    """Queries on one side of the split, with the faces asked for."""
    single = (bank.faces >= 0).sum(axis=1) == 1
    wanted = {"all": single | True, "single": single, "together": ~single}[faces]
    return np.flatnonzero(wanted & (held_back(bank.groups) == validation))
