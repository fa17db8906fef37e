"""Fits the models of `rxmm.looks` on the training part of the real photographs.

    RXMM_REAL_DATA=… python -m rxmm.training.looks [--output looks.json]

Colours, shape and score are labelled per pill.  Which part of a two-tone pill has which of its two
colours is not labelled: a first colour model, fitted on pills of one colour, decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from rxmm._command import told_in_one_line
from rxmm._resources import data_dir
from rxmm.evaluation.photos import Label, LabelledPhoto
from rxmm.face_features import color_features, outline_features, score_features
from rxmm.looks import LIGHTINGS, LinearModel, lighting_of
from rxmm.results import PillFace
from rxmm.segmentation import faces_of, shared_segmenter
from rxmm.training import photos

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One face: its lighting, of `LIGHTINGS`, what was measured of it, and its pill's label."""

    lighting: str
    label: Label
    whole: Floats
    parts: tuple[Floats, Floats]
    differ: Floats
    outline: Floats
    score: Floats


def labelled_faces(listed: Sequence[LabelledPhoto], count: int) -> Iterator[tuple[PillFace, Label]]:
    """The faces of those photographs in which as many were found as there are."""
    for photo in track(listed, description="Measuring faces"):
        faces = faces_of([photo.path], shared_segmenter())
        if len(faces) == count:
            yield from ((face, photo.label) for face in faces)


def measure(face: PillFace, label: Label) -> Measured:
    """All features of a face."""
    outline = outline_features(face.mask)
    colors = color_features(face)  # of which the likeliest light counts
    larger, smaller = (part[0] for part in colors.parts)
    return Measured(
        lighting_of(face),
        label,
        colors.whole[0],
        (larger, smaller),
        colors.differ,
        outline.values,
        score_features(face, outline),
    )


def fit(features: Sequence[Floats], terms: Sequence[str], strength: float = 1.0) -> dict[str, Any]:
    """A multinomial logistic regression in the plain form that `LinearModel` reads.

    Args:
        strength: inverse of the penalty on large weights.
    """
    table = np.stack(features)
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-6
    model = LogisticRegression(C=strength, max_iter=3000)
    model.fit(np.clip((table - mean) / scale, -5, 5), list(terms))
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row tells the second class from the first
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return {
        "terms": model.classes_.tolist(),
        **{
            key: np.round(value, 5).tolist()
            for key, value in (("mean", mean), ("scale", scale), ("weights", weights))
        },
        "bias": np.round(bias, 5).tolist(),
    }


def fit_colors(faces: Sequence[Measured]) -> dict[str, Any]:
    """The colour model, from pills of one colour and then also from both parts of two-tone ones."""
    plain = [face for face in faces if len(face.label.colors) == 1]
    features = [face.whole for face in plain]
    terms = [face.label.colors[0].value for face in plain]
    first = LinearModel.from_plain(fit(features, terms))
    for face in faces:
        if len(face.label.colors) != 2:
            continue
        one, other = (color.value for color in face.label.colors)
        likely = [first(part) for part in face.parts]
        straight = likely[0].get(one, 0) * likely[1].get(other, 0)
        crossed = likely[0].get(other, 0) * likely[1].get(one, 0)
        features += face.parts
        terms += [one, other] if straight >= crossed else [other, one]
    return fit(features, terms, strength=30.0)


def fit_shape(faces: Sequence[Measured]) -> dict[str, Any]:
    """The shape model."""
    shaped = [(face, face.label.shape) for face in faces if face.label.shape is not None]
    return fit([face.outline for face, _ in shaped], [shape.value for _, shape in shaped])


def fit_all(faces: Sequence[Measured]) -> dict[str, Any]:
    """All models of `rxmm.looks` for one lighting."""
    colored = [face for face in faces if 1 <= len(face.label.colors) <= 2]
    scored = [face for face in faces if face.label.score is not None]
    return {
        "color": fit_colors(colored),
        "two_tone": fit(
            [face.differ for face in colored],
            ["TWO" if len(face.label.colors) == 2 else "ONE" for face in colored],
        ),
        "shape": fit_shape(faces),
        "score": fit([face.score for face in scored], [str(face.label.score) for face in scored]),
    }


def main(
    output: Annotated[Path | None, typer.Option(help="By default that of rxmm.")] = None,
) -> None:
    """Measure the faces, fit, and write the models."""
    output = output or data_dir() / "looks" / "looks.json"
    found = chain(labelled_faces(photos.us_reference(), 1), labelled_faces(photos.tw_photos(), 2))
    measured = [measure(face, label) for face, label in found]
    lit = {name: [face for face in measured if face.lighting == name] for name in LIGHTINGS}
    faces = {name: len(several) for name, several in lit.items()}
    models = {name: fit_all(several) for name, several in lit.items()}
    # A photograph may be of a pill from anywhere, and Taiwan calls rectangle what the FDA calls
    # capsule; outlines are alike in all pictures.
    models["photograph"]["shape"] = fit_shape(measured)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"faces": faces, "models": models}) + "\n", "utf-8")
    print(f"{output}: fitted on {faces} faces")


if __name__ == "__main__":
    with told_in_one_line("looks"):
        typer.run(main)
