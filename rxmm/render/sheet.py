"""Contact sheets: many pictures in one, for looking them over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rxmm.render.picture import Picture


def contact_sheet(pictures: Sequence[Picture], columns: int) -> NDArray[np.uint8]:
    """All pictures (one or more, of one size) in rows of ``columns``: RGB (H, W, 3)."""
    tiles = [picture.image.permute(1, 2, 0).cpu().numpy() for picture in pictures]
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)
