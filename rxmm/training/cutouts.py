"""Cut-out faces in colour with the facts of their pills: kept on disk, drawn or cut only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch.utils.data import DataLoader, Dataset

from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.models.facts import Pill, PillFacts, facts_of, imprints_of
from rxmm.models.image_encoder import cut_out
from rxmm.render import LAB, PHONE, Picture, Scene, random_pill, render, sample_scene
from rxmm.results import Appearance, PillFace

HELD_BACK = 16
"""One group of faces in this many is for validation while training."""
_DRAWN = 160
"""Pixels of the square picture that a face is drawn in: it fills most of it."""


@dataclass(frozen=True, slots=True, eq=False)
class CutoutBank:
    """Faces and what the tables say of their pills.

    Attributes:
        faces: (M, side, side, 4) uint8 RGBA, see `rxmm.models.image_encoder.cut_out`.
        imprints: tokens of each pill, both faces.
        facts: of each face's pill.
        groups: (M,) names; faces of one group may be of the same pill or photograph.
    """

    faces: NDArray[np.uint8]
    imprints: list[tuple[str, ...]]
    facts: PillFacts
    groups: NDArray[np.str_]

    @classmethod
    def load(cls, folder: Path) -> CutoutBank:
        """Open a bank; the faces stay on disk until they are used.

        Raises:
            InputError: there is none.
        """
        if not (folder / "facts.npz").is_file():
            raise InputError(
                f"{folder} holds no bank of cut-outs: make one with "
                "`python -m rxmm.training.query_bank`."
            )
        facts = np.load(folder / "facts.npz")
        return cls(
            np.load(folder / "faces.npy", mmap_mode="r"),
            [tuple(imprint.split()) for imprint in facts["imprint"].tolist()],
            PillFacts(*(torch.from_numpy(facts[name]) for name in PillFacts._fields)),
            facts["group"],
        )

    def held_back(self) -> NDArray[np.bool_]:
        """(M,) the faces for validation."""
        return held_back(self.groups)


def held_back(groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which of these groups are for validation while training, by a hash of their names."""
    numbers = {g: sha256(f"fit {g}".encode()).digest()[0] for g in np.unique(groups).tolist()}
    return np.array([numbers[group] % HELD_BACK == 0 for group in groups.tolist()], dtype=bool)


def write_facts(folder: Path, pills: Sequence[Pill], groups: Sequence[str]) -> None:
    """Write what is known of each face, beside ``faces.npy``."""
    colors, shape, score, size = (fact.numpy() for fact in facts_of(pills))
    np.savez(
        folder / "facts.npz",
        imprint=np.array([" ".join(imprint) for imprint in imprints_of(pills)]),
        group=np.array(groups),
        colors=colors,
        shape=shape,
        score=score,
        size=size,
    )


def draw_cutouts(
    folder: Path, pills: int, *, side: int, seed: int, workers: int, made_up: float = 0.1
) -> None:
    """Draw both faces of pills of the catalogues that travel with rxmm; an existing bank is kept.

    Args:
        pills: how many; each row comes once before any comes twice.
        side: pixels of a face.
        made_up: share of pills that no catalogue has.
        workers: processes that draw.
    """
    if (folder / "facts.npz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    chosen = _choose(pills, made_up, np.random.default_rng(seed))
    store = np.lib.format.open_memmap(
        folder / "faces.npy", mode="w+", dtype=np.uint8, shape=(2 * pills, side, side, 4)
    )
    loader = DataLoader(
        _BothFaces(chosen, side, seed), batch_size=16, num_workers=workers, collate_fn=np.stack
    )
    first = 0
    for batch in track(loader, description="Drawing faces"):
        store[first : first + len(batch)] = batch
        first += len(batch)
    store.flush()
    twice = [pill for pill in chosen for _ in range(2)]
    write_facts(folder, twice, [f"drawn:{' '.join(sorted(pill.imprint))}" for pill in twice])


def _choose(pills: int, made_up: float, rng: np.random.Generator) -> list[Appearance]:
    catalogs = [Catalog.load(name) for name in ("us", "tw")]
    known = [(catalog, row) for catalog in catalogs for row in range(len(catalog))]
    invented = round(pills * made_up)
    order = np.concatenate(
        [rng.permutation(len(known)) for _ in range(-(-(pills - invented) // len(known)))]
    )[: pills - invented]
    listed = [known[index][0].appearance(known[index][1]) for index in order.tolist()]
    return listed + [random_pill(rng) for _ in range(invented)]


class _BothFaces(Dataset[NDArray[np.uint8]]):
    """Face ``i`` is side ``i % 2`` of pill ``i // 2``, (side, side, 4)."""

    def __init__(self, pills: Sequence[Appearance], side: int, seed: int) -> None:
        self._pills, self._side, self._seed = pills, side, seed

    def __len__(self) -> int:
        return 2 * len(self._pills)

    def __getitems__(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        pictures = render([self._scene(index) for index in indices], _DRAWN, _DRAWN)
        return [cut_out(_face(picture), self._side) for picture in pictures]

    def _scene(self, index: int) -> Scene:
        pill, side = divmod(index, 2)
        look = (LAB, PHONE)[pill % 2]
        return sample_scene(self._pills[pill], side, self._seed + pill, look, ())


def _face(picture: Picture) -> PillFace:
    """The pill as a perfect segmenter would find it."""
    image, mask = picture.image.permute(1, 2, 0).numpy(), picture.mask.numpy()
    height, width = mask.shape
    return PillFace(image, mask, (0, 0, width, height))
