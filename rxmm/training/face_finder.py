"""Trains the network that finds pill faces, on drawn scenes of real cut-outs.

RXMM_REAL_DATA=… rxmm-train faces fit --config configs/face_finder.yaml
RXMM_REAL_DATA=… python -m rxmm.training.face_finder runs/faces/last.ckpt    releases its weights
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import cv2
import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from rxmm.face_finder import EDGE, STRIDE, FaceNetwork, scale_to_edge
from rxmm.models.weights import release
from rxmm.photo import read_photo
from rxmm.training import photos
from rxmm.training.scenes import CutOut, cut_out, draw_scene

CORE_DEPTH = 0.3
"""The core of a face is deeper inside than so much of its greatest depth."""


class SceneBatch(NamedTuple):
    """Pictures (N, 3, EDGE, EDGE) uint8, and core and face maps (N, 2, EDGE / 2, EDGE / 2)."""

    pictures: Tensor
    maps: Tensor


class Scenes(IterableDataset[SceneBatch]):
    """Scenes without end, other ones in every worker and epoch.

    Args:
        pills: cut-outs of both faces of each pill.
    """

    def __init__(self, pills: list[list[CutOut]]) -> None:
        self.pills = pills

    def __iter__(self) -> Iterator[SceneBatch]:
        rng = np.random.default_rng(torch.initial_seed() % 2**32)
        while True:
            photo, masks = draw_scene(self.pills, rng)
            picture = _square(scale_to_edge(photo))
            maps = _maps(masks)
            turns = int(rng.choice([0, 0, 0, 1, 2, 3]))
            picture, maps = np.rot90(picture, turns), np.rot90(maps, turns)
            if rng.random() < 0.5:
                picture, maps = picture[:, ::-1], maps[:, ::-1]
            yield SceneBatch(
                *(torch.from_numpy(x.copy()).permute(2, 0, 1) for x in (picture, maps))
            )


def _square(picture: NDArray[Any]) -> NDArray[Any]:
    """The picture in the top left of a square, its rim repeated over the rest."""
    down, right = EDGE - picture.shape[0], EDGE - picture.shape[1]
    return np.asarray(cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE))


def _maps(masks: list[NDArray[np.bool_]]) -> NDArray[np.float32]:
    """(EDGE / 2, EDGE / 2, 2) share of each point that is core, and that is face."""
    maps = np.zeros((EDGE, EDGE, 2), np.float32)
    for mask in masks:
        depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        if not depth.max():
            continue
        core = depth > CORE_DEPTH * depth.max()
        both = scale_to_edge(np.dstack([core, mask]).astype(np.uint8) * 255)
        height, width = both.shape[:2]
        np.maximum(maps[:height, :width], both / 255, out=maps[:height, :width])
    half = (EDGE // STRIDE, EDGE // STRIDE)
    return np.asarray(cv2.resize(maps, half, interpolation=cv2.INTER_AREA), np.float32)


class SceneDataModule(lightning.LightningDataModule):
    """Scenes from the training part of the reference photographs."""

    def __init__(self, batch_size: int = 16, workers: int = 1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.batch_size, self.workers = batch_size, workers
        self.pills: list[list[CutOut]] = []

    def setup(self, stage: str) -> None:
        """Cut out all faces."""
        listed = sorted(photos.us_reference(), key=lambda photo: (photo.group, str(photo.path)))
        for _, group in groupby(listed, key=lambda photo: photo.group):
            faces = [cut_out(read_photo(photo.path)) for photo in list(group)[:2]]
            self.pills.append([faces[0], faces[-1]])

    def train_dataloader(self) -> DataLoader[SceneBatch]:
        """Batches without end."""
        return DataLoader(Scenes(self.pills), self.batch_size, num_workers=self.workers)


class FaceFinderModule(lightning.LightningModule):
    """Learns the maps by cross entropy and overlap (Dice)."""

    def __init__(self, learning_rate: float = 3e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.learning_rate = learning_rate
        self.network = FaceNetwork()

    def training_step(self, batch: SceneBatch) -> Tensor:
        """Loss of a batch."""
        pictures, maps = batch
        logits = self.network(pictures.float() / 255).float()
        found = logits.sigmoid()
        both, either = (found * maps).sum(dim=(2, 3)), (found + maps).sum(dim=(2, 3))
        dice = 1 - (2 * both + 20) / (either + 20)
        loss: Tensor = 4 * functional.binary_cross_entropy_with_logits(logits, maps) + dice.mean()
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW whose rate rises over a twentieth of the run and falls to zero."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.learning_rate, weight_decay=0.001)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            self.learning_rate,
            total_steps=int(self.trainer.estimated_stepping_batches),
            pct_start=0.05,
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def main() -> None:
    """Release the weights of a checkpoint."""
    trained = FaceFinderModule.load_from_checkpoint(sys.argv[1], map_location="cpu")
    print(release(trained.network, "face_finder", "Apache-2.0", edge=EDGE))


if __name__ == "__main__":
    main()
