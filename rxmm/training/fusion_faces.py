"""The faces of queries: as pictures, augmented anew each time, or as a fixed encoder sees them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from rxmm.models.image_encoder import FaceFeatures, ImageEncoder, to_images
from rxmm.training.batches import new_generator
from rxmm.training.color_augment import Augmentation
from rxmm.training.cutouts import CutoutBank


class QueryFaces:
    """The faces of queries of several banks.

    Args:
        banks: where the faces are.
        augmentation: of training faces; None leaves all as they are.

    Attributes:
        seen: what `see_faces` gave for each bank, used instead of pictures once it is there.
    """

    def __init__(self, banks: Sequence[CutoutBank], augmentation: Augmentation | None) -> None:
        self._banks, self._augmentation = banks, augmentation
        self.seen: Sequence[FaceFeatures] | None = None

    def __call__(self, queries: Sequence[tuple[int, Sequence[int]]]) -> Tensor | FaceFeatures:
        """Pictures (B, 2, 3, side, side) or features, each (B, 2, …).

        Args:
            queries: a bank each, and the places of two faces there, -1 for none.  What stands for
                none means nothing.
        """
        if self.seen is None:
            return self._pictures(queries)
        forms = len(self.seen[0].embedding)  # the first as it is, the others augmented
        form = torch.zeros(len(queries), dtype=torch.long)
        if self._augmentation:
            form = torch.randint(1, forms, (len(queries),))
        chosen = [
            [part[number][list(pair)] for part in self.seen[bank]]
            for (bank, pair), number in zip(queries, form.tolist(), strict=True)
        ]
        return FaceFeatures(*(torch.stack(part) for part in zip(*chosen, strict=True)))

    def _pictures(self, queries: Sequence[tuple[int, Sequence[int]]]) -> Tensor:
        chosen = [self._banks[bank].faces[face] for bank, pair in queries for face in pair]
        cutouts = torch.from_numpy(np.stack(chosen))
        if self._augmentation:
            cutouts = self._augmentation(cutouts, new_generator())
        pictures = to_images(cutouts)
        return pictures.view(len(queries), -1, *pictures.shape[1:])


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
    random = new_generator()
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
