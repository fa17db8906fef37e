"""Fitting colours, shapes and score lines."""

import numpy as np
import pytest

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.evaluation.photos import Label
from rxmm.looks import LinearModel
from rxmm.training.looks import Measured, fit_all, fit_colors

PLACE = {Color.WHITE: -2.0, Color.RED: 0.0, Color.BLUE: 2.0}


def measured(rng: np.random.Generator, *colors: Color) -> Measured:
    """A face whose colour features lie about the place of its colour."""
    parts = [PLACE[color] + rng.normal(0, 0.2, 3) for color in colors]
    two, shape = len(colors) == 2, Shape.ROUND if rng.random() < 0.5 else Shape.OVAL
    label = Label(("X",), colors=colors, shape=shape, score=1 + (shape is Shape.ROUND))
    return Measured(
        "photograph",
        label,
        np.mean(parts, axis=0),
        (parts[-1], parts[0]),  # the order on the pill is not that of the label
        np.array([4.0 * two]) + rng.normal(0, 0.2, 1),
        np.array([4.0 * (shape is Shape.ROUND)]) + rng.normal(0, 0.2, 1),
        np.array([label.score]) + rng.normal(0, 0.05, 1),
    )


@pytest.fixture(scope="module")
def faces() -> list[Measured]:
    rng = np.random.default_rng(0)
    pairs = [(Color.WHITE, Color.RED), (Color.RED, Color.BLUE)]
    ones = [measured(rng, color) for color in PLACE for _ in range(20)]
    return ones + [measured(rng, *pair) for pair in pairs for _ in range(20)]


def test_parts_of_two_tone_pills_find_their_colours(faces: list[Measured]) -> None:
    model = LinearModel.from_plain(fit_colors(faces))
    for color, place in PLACE.items():
        likely = model(np.full(3, place))
        assert max(likely, key=likely.__getitem__) == color.value and likely[color.value] > 0.9


def test_every_model_tells_what_it_was_fitted_on(faces: list[Measured]) -> None:
    models = {name: LinearModel.from_plain(plain) for name, plain in fit_all(faces).items()}
    assert (
        models["two_tone"](np.array([4.0]))["TWO"]
        > 0.9
        > 0.1
        > models["two_tone"](np.zeros(1))["TWO"]
    )
    assert models["shape"](np.array([4.0]))["ROUND"] > 0.9
    assert models["score"](np.array([2.0]))["2"] > 0.9
