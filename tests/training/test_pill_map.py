"""The recipe of the pill map on a few drawn photographs: data, learning, release."""

from pathlib import Path

import cv2
import lightning
import numpy as np
import pytest
import torch
from torch.utils.data import Subset

from rxmm.errors import InputError
from rxmm.segmentation.pill_map import SIDE, WEIGHTS, View, to_input, to_planes
from rxmm.training.batches import batches_of
from rxmm.training.pill_map import (
    MarkedPhotos,
    PillMapDataModule,
    PillMapModule,
    map_loss,
    windows,
)
from rxmm.training.pill_photos import PillPhotos, marked
from rxmm.training.release import release_checkpoint
from tests.training.tiny import trainer, val_loss

PHOTOS = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(PHOTOS):
        photo = rng.integers(150, 170, (200, 300, 3)).astype(np.uint8)
        mark = np.zeros((200, 300), np.uint8)
        for x in (90, 190):
            cv2.circle(mark, (x, int(rng.integers(60, 140))), 30, 1, -1)
        photo[mark > 0] = (210, 90, 80)
        drawn.append(marked(photo, mark > 0))
    PillPhotos(*(np.stack(parts) for parts in zip(*drawn, strict=True))).save(folder)
    return folder


def test_marks_lie_on_their_pills_and_nothing_is_marked_beyond_the_photo(folder: Path) -> None:
    kept = PillPhotos.load(folder)
    assert kept.photos.shape == (PHOTOS, SIDE, SIDE, 3)
    red = kept.photos[..., 0].astype(int) - kept.photos[..., 1] > 60
    assert ((kept.marks > 127) == red).mean() > 0.99
    assert (kept.marks[:, SIDE * 2 // 3 + 1 :] == 0).all()


def test_without_photographs_it_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rxmm\.training\.pill_photos"):
        PillPhotos.load(tmp_path)


def test_windows_move_photos_and_marks_together(folder: Path) -> None:
    kept = PillPhotos.load(folder)
    planes = to_input(to_planes(torch.from_numpy(np.array(kept.photos))))
    marks = torch.from_numpy(np.array(kept.marks))[:, None].float() / 255
    seen, places = windows(planes, marks, 0.5, torch.Generator().manual_seed(3))
    assert seen.shape == (PHOTOS, 4, SIDE // 2, SIDE // 2)
    red = seen[:, 0] - seen[:, 1] > 0.5
    assert ((places[:, 0] > 0.5) == red).float().mean() > 0.97
    assert places.flatten(1).amax(dim=1).gt(0.9).float().mean() > 0.6


def test_windows_on_photographs_without_a_pill_lie_anywhere() -> None:
    """Each place is known by its grey; some windows show places beyond the photo, which are 0."""
    place = torch.linspace(0.1, 1, 32 * 32).reshape(1, 1, 32, 32).expand(200, 4, 32, 32)
    random = torch.Generator().manual_seed(0)
    seen, _ = windows(place, torch.zeros(200, 1, 32, 32), 0.5, random)
    middle = seen[:, 0, 8, 8]
    assert ((middle > 0) & (middle < 0.4)).float().mean() < 0.5
    assert (middle > 0.7).float().mean() > 0.2


def test_the_split_holds_no_photograph_twice() -> None:
    """Each is known by what its mark is filled with; two views of it are on the same side."""
    numbers = np.arange(200, 200 + PHOTOS, dtype=np.uint8)
    marks = np.tile(numbers[:, None, None], (1, SIDE, SIDE))
    kept = PillPhotos(np.zeros((PHOTOS, SIDE, SIDE, 3), np.uint8), marks)
    sides = []
    for validation in (False, True):
        photos = MarkedPhotos([kept, kept], window=0.5, validation=validation)
        shown = photos.__getitems__(list(range(len(photos)))).marks.amax(dim=(1, 2, 3))
        sides.append((shown * 255).round().int().tolist())
    trained, held_back = sides
    assert held_back and set(trained).isdisjoint(held_back)
    assert sorted(trained + held_back) == sorted(2 * numbers.tolist())


def test_no_two_processes_vary_photographs_in_the_same_way(folder: Path) -> None:
    marked = MarkedPhotos([PillPhotos.load(folder)], window=0.5, validation=False)
    one, other = batches_of(Subset(marked, [0, 0]), 1, workers=2)  # a batch from each process
    assert not torch.equal(one.photos, other.photos)


def test_loss_is_lowest_for_the_marks_themselves() -> None:
    marks = torch.zeros(1, 1, 8, 8)
    marks[..., 2:5, 2:5] = 1
    right, overlap = map_loss((marks - 0.5) * 20, marks)
    wrong, _ = map_loss((0.5 - marks) * 20, marks)
    assert right < 0.01 < wrong and overlap > 0.99


@pytest.mark.parametrize("view", WEIGHTS)
def test_an_epoch_runs_the_loss_falls_and_it_is_released(
    folder: Path, tmp_path: Path, view: View
) -> None:
    lightning.seed_everything(0, verbose=False)
    module = PillMapModule(view)
    data = PillMapDataModule([folder], batch_size=8, workers=0)
    before = val_loss(tmp_path, module, data)
    run = trainer(tmp_path, 8)
    run.fit(module, data)
    assert val_loss(tmp_path, module, data) < before
    run.save_checkpoint(tmp_path / "epoch.ckpt")
    (path,) = release_checkpoint(tmp_path / "epoch.ckpt", tmp_path)
    assert path.name == f"{WEIGHTS[view]}.safetensors" and path.stat().st_size < 1_000_000
