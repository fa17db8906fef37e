"""Colour, shape, score line and size of a pill face, as probabilities over the FDA vocabularies.

Each estimate is a multinomial logistic regression over a few measurements of the face; its
coefficients were fitted by `rxmm.training.looks` and travel as ``data/looks/looks.json``: one set
for photographs, one for laboratories' cut-outs, which are darker and all lit alike.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from rxmm._resources import data_dir
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.face_features import color_features, outline_features, score_features
from rxmm.results import Looks, PillFace

Floats = NDArray[np.float64]
_Term = TypeVar("_Term", bound=Hashable)

FLOOR = 1e-3
"""Least probability of a term: the photographs fitted on do not show all of them."""

LIGHTINGS = ("photograph", "laboratory")
"""In which faces are seen: anybody's, or that of laboratories' cut-outs."""

RULER_BELOW = 0.964
"""Millimetres beside a pill's outline over those of the ruler, which lies below its middle and so
farther away: median over the training part of the Taiwan photographs."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Multinomial logistic regression.

    Attributes:
        terms: (classes,) names of the classes.
        mean, scale: (features,) with which the features are standardised.
        weights: (classes, features).
        bias: (classes,).
    """

    terms: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> LinearModel:
        """The model from its plain JSON form."""
        arrays = (np.asarray(plain[key], float) for key in ("mean", "scale", "weights", "bias"))
        return cls(tuple(plain["terms"]), *arrays)

    def __call__(self, features: Floats) -> dict[str, float]:
        """Probability of each term, given (features,)."""
        standard = np.clip((features - self.mean) / self.scale, -5, 5)
        logits = self.weights @ standard + self.bias
        return dict(zip(self.terms, softmax(logits).tolist(), strict=True))


@functools.cache
def load_models() -> Mapping[str, Mapping[str, LinearModel]]:
    """The fitted models of each of `LIGHTINGS`: ``color``, ``two_tone``, ``shape``, ``score``."""
    plain = json.loads((data_dir() / "looks" / "looks.json").read_text())
    return {
        lighting: {name: LinearModel.from_plain(model) for name, model in models.items()}
        for lighting, models in plain["models"].items()
    }


def lighting_of(face: PillFace) -> str:
    """One of `LIGHTINGS`."""
    return "laboratory" if face.cut_out else "photograph"


def describe(face: PillFace) -> Looks:
    """What the face looks like, imprint aside.

    The light is divided out; where it may be one of several (``face.lights``), the colours are the
    mean of what the face shows under each.  Glare, shade and imprint are left out of the colours.
    A face shows its score lines only if they are on this side, so the distribution over the score
    of a plain face stays wide.
    """
    models = load_models()[lighting_of(face)]
    outline = outline_features(face.mask)
    colors = color_features(face)
    two_tone = models["two_tone"](colors.differ)["TWO"] > 0.5
    parts = colors.parts if two_tone else (colors.whole,)
    scale = face.mm_per_pixel
    size = None if scale is None else RULER_BELOW * scale * outline.length
    return Looks(
        colors=tuple(_over(Color, _mean_of(map(models["color"], part))) for part in parts),
        shape=_over(Shape, models["shape"](outline.values)),
        score=_over((1, 2, 3, 4), models["score"](score_features(face, outline))),
        aspect_ratio=outline.aspect_ratio,
        size_mm=size,
    )


def _over(terms: Iterable[_Term], fitted: Mapping[str, float]) -> dict[_Term, float]:
    """The distribution over all terms, with a floor for those never seen in fitting."""
    raised = {term: max(fitted.get(str(term), 0.0), FLOOR) for term in terms}
    total = sum(raised.values())
    return {term: value / total for term, value in raised.items()}


def _mean_of(likely: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of distributions over the same terms."""
    several = list(likely)
    return {term: sum(one[term] for one in several) / len(several) for term in several[0]}
