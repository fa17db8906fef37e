"""Lightning module and data of the network that tells where pills are on a photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from rxmm.models.unet import UNet
from rxmm.segmentation.pill_map import View, new_network, to_input, to_planes
from rxmm.training.batches import batches_of, new_generator
from rxmm.training.pill_photos import PillPhotos
from rxmm.training.schedule import one_cycle

HELD_BACK = 20
"""One photograph in this many is for validation while training."""
AROUND = 0.8
"""Share of windows that lie around a place on a pill."""


class PillMapBatch(NamedTuple):
    """Photographs and where their pills are.

    Attributes:
        photos: (N, 4, H, W), see `to_input`.
        marks: (N, 1, H / 2, W / 2) float in [0, 1].
    """

    photos: Tensor
    marks: Tensor


class PillMapModule(lightning.LightningModule):
    """Trains the network.

    Args:
        view: what it is to be asked about; its release goes by that.
        learning_rate: the highest, reached after a tenth of the run.
    """

    def __init__(self, view: View = "whole", learning_rate: float = 3e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.learning_rate = learning_rate
        self.network = new_network()

    def training_step(self, batch: PillMapBatch) -> Tensor:
        """Loss of a batch."""
        loss, _ = map_loss(self.network(batch.photos), batch.marks)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: PillMapBatch) -> None:
        """Loss and the overlap (Dice) of found and marked pills."""
        loss, dice = map_loss(self.network(batch.photos), batch.marks)
        self.log("val_loss", loss, batch_size=len(batch.photos))
        self.log("val_dice", dice, batch_size=len(batch.photos), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle over the whole run."""
        return one_cycle(self, self.learning_rate)


class PillMapDataModule(lightning.LightningDataModule):
    """Batches of marked photographs.

    Args:
        folders: where `rxmm.training.pill_photos` or `pill_scenes` wrote what to learn from.
        window: side of what is seen of a photo at once over its own; pills should fit in.
        workers: processes that prepare batches.
    """

    def __init__(
        self,
        folders: Sequence[Path] = (Path("runs/pill_photos/whole"),),
        batch_size: int = 24,
        window: float = 0.5,
        workers: int = 1,
    ) -> None:
        super().__init__()
        self.folders, self.batch_size, self.window = tuple(folders), batch_size, window
        self.workers = workers

    def train_dataloader(self) -> DataLoader[PillMapBatch]:
        """Every photograph once, varied at random."""
        return self._loader(validation=False)

    def val_dataloader(self) -> DataLoader[PillMapBatch]:
        """Those that are held back, as they are."""
        return self._loader(validation=True)

    def _loader(self, *, validation: bool) -> DataLoader[PillMapBatch]:
        views = [PillPhotos.load(Path(folder)) for folder in self.folders]
        photos = MarkedPhotos(views, window=self.window, validation=validation)
        return batches_of(photos, self.batch_size, workers=self.workers, shuffle=not validation)


class MarkedPhotos(Dataset[PillMapBatch]):
    """Marked photographs, a batch at a time; all views of one are on the same side, though not all
    that `rxmm.training.pill_scenes` made of one cut-out."""

    def __init__(self, views: Sequence[PillPhotos], *, window: float, validation: bool) -> None:
        self._views, self._window, self._validation = views, window, validation
        self._chosen = [
            (view, n)
            for view, marked in enumerate(views)
            for n in range(len(marked.photos))
            if (n % HELD_BACK == 0) == validation
        ]

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitems__(self, indices: list[int]) -> PillMapBatch:
        """A whole batch; what a DataLoader calls."""
        chosen = [self._chosen[index] for index in indices]
        pictures = np.stack([self._views[view].photos[n] for view, n in chosen])
        marked = np.stack([self._views[view].marks[n] for view, n in chosen])
        photos = to_planes(torch.from_numpy(pictures))
        marks = torch.from_numpy(marked)[:, None].float() / 255
        if not self._validation:
            random = new_generator()
            shown = to_input(recolored(photos, random))
            photos, marks = windows(shown, marks, self._window, random)
        else:
            photos = to_input(photos)
        return PillMapBatch(photos, functional.avg_pool2d(marks, UNet.STRIDE))


def windows(
    photos: Tensor, marks: Tensor, share: float, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Parts of a share of a photo's side, most of them around a place on a pill, turned to any
    side, mirrored and scaled by 0.6 to 1.6: a photo is mostly ground."""
    count, height, width = len(photos), *photos.shape[2:]

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=random) * (high - low) + low

    somewhere = torch.rand(count, height * width, generator=random)
    on_pills = somewhere * (marks.flatten(1) > 0.5)
    around = (uniform(0, 1) < AROUND) & on_pills.any(dim=1)  # not all photographs have a pill
    place = torch.where(around, on_pills.argmax(dim=1), somewhere.argmax(dim=1))
    x = (place % width) / width * 2 - 1 + uniform(-0.3, 0.3)
    y = (place // width) / height * 2 - 1 + uniform(-0.3, 0.3)
    quarter = (torch.rand(count, generator=random) * 4).floor() * (math.pi / 2)
    angle, scale = quarter + uniform(-0.3, 0.3), share / uniform(0.6, 1.6)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cosine, sine = angle.cos() * scale, angle.sin() * scale
    first = torch.stack([cosine * mirror, -sine, x], dim=1)
    second = torch.stack([sine * mirror, cosine, y], dim=1)
    size = [count, 1, round(share * height), round(share * width)]
    grid = functional.affine_grid(torch.stack([first, second], dim=1), size, align_corners=False)
    together = functional.grid_sample(torch.cat([photos, marks], dim=1), grid, align_corners=False)
    return together[:, :-1], together[:, -1:]


def recolored(photos: Tensor, random: torch.Generator) -> Tensor:
    """Of other light and contrast, blurred or with noise at times."""
    count = len(photos)

    def uniform(low: float, high: float, channels: int = 1) -> Tensor:
        drawn = torch.rand(count, channels, 1, 1, generator=random)
        return drawn * (high - low) + low

    def some(share: float) -> Tensor:
        return torch.rand(count, 1, 1, 1, generator=random) < share

    mean = photos.mean(dim=(2, 3), keepdim=True)
    result = (photos - mean) * uniform(-0.8, 0.3).exp() + mean
    result = result + uniform(-0.25, 0.25) + uniform(-0.08, 0.08, channels=3)
    soft = functional.avg_pool2d(result, 3, stride=1, padding=1, count_include_pad=False)
    result = torch.where(some(0.3), soft, result)
    noise = torch.randn(photos.shape, generator=random) * uniform(0, 0.03)
    return (result + noise * some(0.5)).clamp(-1, 1)


def map_loss(logits: Tensor, marks: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of maps (N, 1, h, w), and their Dice overlap with the marks; small pills weigh as large
    ones."""
    logits = logits.float()
    likely = logits.sigmoid()
    shared = (likely * marks).sum(dim=(1, 2, 3))
    dice = (2 * shared + 1) / (likely.sum(dim=(1, 2, 3)) + marks.sum(dim=(1, 2, 3)) + 1)
    entropy = functional.binary_cross_entropy_with_logits(logits, marks)
    return entropy + (1 - dice).mean(), dice.mean().detach()
