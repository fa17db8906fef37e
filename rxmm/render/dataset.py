"""Rendered faces as a `torch.utils.data` dataset, for all that learns from pictures of pills."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch.utils.data import Dataset

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.render.looks import LAB, PHONE, Look, choose
from rxmm.render.picture import Picture, render
from rxmm.render.sampling import sample_scene
from rxmm.render.scene import Scene
from rxmm.render.typography import LOGO
from rxmm.results import Appearance

Source = Callable[[np.random.Generator], Appearance]
"""Chooses the pill of a sample."""

_TURN_OVER = 0.75
"""How often a blank face is turned over: enough blanks remain to learn from."""


class RenderedFaces(Dataset[Picture]):
    """Random pictures of pill faces; item ``i`` is the same whenever and wherever it is drawn.

    Use it with ``DataLoader(..., collate_fn=list)``: a loader asks for a whole batch at once and
    the batch is drawn together, which is what makes it fast.

    Args:
        source: chooses the pill, e.g. `catalogue_rows` or `random_pill`.
        length: number of samples.
        size: side of the square picture in pixels, from 64.
        seed: of the whole dataset.
        looks: kinds of photograph, chosen evenly.
        fonts: typefaces; those for training by default.
    """

    def __init__(
        self,
        source: Source,
        length: int,
        *,
        size: int = 128,
        seed: int = 0,
        looks: Sequence[Look] = (LAB, PHONE),
        fonts: Sequence[str] = (),
    ) -> None:
        self.source = source
        self.length = length
        self.size = size
        self.seed = seed
        self.looks = tuple(looks)
        self.fonts = tuple(fonts)

    def __len__(self) -> int:
        return self.length

    def scene(self, index: int) -> Scene:
        """What sample ``index`` shows, not yet drawn."""
        if not 0 <= index < self.length:
            raise IndexError(f"sample {index} of a dataset of {self.length}")
        rng = np.random.default_rng([self.seed, index])
        look = self.looks[int(rng.integers(len(self.looks)))]
        appearance = self.source(rng)
        side, seed = int(rng.integers(2)), int(rng.integers(2**31))
        scene = sample_scene(appearance, side, seed, look, self.fonts)
        if not scene.imprint.runs and rng.random() < _TURN_OVER:
            scene = sample_scene(appearance, 1 - side, seed, look, self.fonts)
        return scene

    def __getitem__(self, index: int) -> Picture:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Picture]:
        """A whole batch, drawn at once; what a DataLoader calls."""
        return render([self.scene(index) for index in indices], self.size, self.size)


@dataclass(frozen=True, slots=True)
class catalogue_rows:  # noqa: N801 - reads as a function where it is used, and pickles
    """A `Source`: rows of a catalogue, and a share of made-up pills for what it does not have."""

    appearances: Sequence[Appearance]
    made_up: float = 0.3

    def __call__(self, rng: np.random.Generator) -> Appearance:
        if rng.random() < self.made_up:
            return random_pill(rng)
        return self.appearances[int(rng.integers(len(self.appearances)))]


def random_pill(rng: np.random.Generator) -> Appearance:
    """A `Source`: a made-up pill in the style of real ones, every character equally often."""
    shape = choose(_SHAPES, rng)
    printed = rng.random() < (0.7 if shape is Shape.CAPSULE else 0.1)
    count = int(rng.choice([1, 2, 3, 4], p=[0.25, 0.5, 0.2, 0.05]))
    names = 2 if shape is Shape.CAPSULE and rng.random() < 0.5 else 1
    return Appearance(
        appearance_id="made-up",
        imprint=tuple(_token(rng) for _ in range(count)),
        colors=tuple(choose(_COLORS, rng) for _ in range(names)),
        shape=shape,
        score=int(rng.choice([1, 2, 3, 4], p=[0.75, 0.22, 0.01, 0.02])),
        imprint_type="PRINTED" if printed else "EMBOSSED" if rng.random() < 0.1 else "DEBOSSED",
        imprint_color=choose(_INKS, rng) if printed else None,
    )


def _token(rng: np.random.Generator) -> str:
    """A made-up imprint token: figures, letters, both, a word, a strength, or a company's sign."""
    length = int(rng.choice([1, 2, 3, 4, 5, 6, 8], p=[0.2, 0.27, 0.28, 0.14, 0.05, 0.04, 0.02]))
    kind = rng.random()
    if kind < 0.05:
        return LOGO
    if kind < 0.45:
        alphabet = string.digits
    elif kind < 0.75:
        alphabet = string.ascii_uppercase
    elif kind < 0.92:
        alphabet = string.ascii_uppercase + string.digits * 2
    else:
        alphabet = string.ascii_lowercase
    text = "".join(rng.choice(list(alphabet), length))
    if length > 2 and rng.random() < 0.08:
        at = int(rng.integers(1, length - 1))
        text = text[:at] + str(rng.choice(list("-./&+ "))) + text[at:]
    return text.replace(" ", LOGO)


_SHAPES = dict.fromkeys(Shape, 0.8) | {Shape.ROUND: 38, Shape.OVAL: 28, Shape.CAPSULE: 20}
_COLORS = dict.fromkeys(Color, 5) | {Color.WHITE: 35, Color.YELLOW: 10, Color.PINK: 8}
_INKS = {Color.BLACK: 75, Color.WHITE: 14, Color.BLUE: 3, Color.RED: 3, Color.BROWN: 2}
