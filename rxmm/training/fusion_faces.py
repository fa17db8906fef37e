"""The faces of queries: as pictures, augmented anew each time, or as a fixed encoder sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from rxmm.models.image_encoder import FaceFeatures, ImageEncoder, to_images
from rxmm.training.color_augment import Augmentation
from rxmm.training.cutouts import CutoutBank

Pictures = Callable[[Sequence[tuple[int, Sequence[int]]]], Tensor | FaceFeatures]
"""From B queries, each a bank and the places of two faces there, -1 for none, to the faces:
pictures (B, 2, 3, side, side) or features, each (B, 2, …)."""


class Cutouts:
    """Faces as pictures; 0 for none."""

    def __init__(self, banks: Sequence[CutoutBank], augmentation: Augmentation | None) -> None:
        self._faces = [bank.faces for bank in banks]
        self._augmentation = augmentation

    def __call__(self, queries: Sequence[tuple[int, Sequence[int]]]) -> Tensor:
        """Pictures (B, 2, 3, side, side)."""
        blank = np.zeros(self._faces[0].shape[1:], dtype=np.uint8)
        chosen = [
            self._faces[bank][face] if face >= 0 else blank
            for bank, pair in queries
            for face in pair
        ]
        cutouts = torch.from_numpy(np.stack(chosen))
        if self._augmentation:
            cutouts = self._augmentation(cutouts, _random())
        pictures = to_images(cutouts)
        return pictures.view(len(queries), -1, *pictures.shape[1:])


class Remembered:
    """Faces as `see_faces` saw them; for none what it saw of some face.

    Args:
        seen: of each bank.
        plain: whether always as they are, or always in one of the augmented forms.
    """

    def __init__(self, seen: Sequence[FaceFeatures], plain: bool) -> None:
        self._seen = seen
        self._forms = range(1) if plain else range(1, len(seen[0].embedding))

    def __call__(self, queries: Sequence[tuple[int, Sequence[int]]]) -> FaceFeatures:
        """Features, each (B, 2, …)."""
        drawn = torch.randint(len(self._forms), (len(queries),)).tolist()
        chosen = [
            [part[self._forms[form]][list(pair)] for part in self._seen[bank]]
            for (bank, pair), form in zip(queries, drawn, strict=True)
        ]
        return FaceFeatures(*(torch.stack(part) for part in zip(*chosen, strict=True)))


@torch.inference_mode()
def see_faces(
    bank: CutoutBank,
    encoder: ImageEncoder,
    device: torch.device,
    augmentation: Augmentation,
    views: int,
) -> FaceFeatures:
    """What an encoder sees on M faces, as they are and augmented: each (1 + views, M, …)."""
    forms = []
    random = _random()
    for form in track(range(1 + views), description="Seeing faces"):
        parts = []
        for start in range(0, len(bank.faces), 64):
            cutouts = torch.from_numpy(np.array(bank.faces[start : start + 64]))
            if form:
                cutouts = augmentation(cutouts, random)
            with torch.autocast(device.type, torch.bfloat16):
                parts.append(encoder(to_images(cutouts).to(device)))
        forms.append([torch.cat(part).float().cpu() for part in zip(*parts, strict=True)])
    return FaceFeatures(*(torch.stack(part) for part in zip(*forms, strict=True)))


def _random() -> torch.Generator:
    """Torch's generator is the one that Lightning seeds, differently in each worker."""
    return torch.Generator().manual_seed(int(torch.randint(2**31, ())))
