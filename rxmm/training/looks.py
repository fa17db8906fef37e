"""Fits the models of `rxmm.looks` on the training part of the real photographs.

    RXMM_REAL_DATA=… python -m rxmm.training.looks [--output looks.json]

Photographs by hand there are none to fit on: beside those from Taiwan, faces of laboratory
photographs laid on drawn grounds, in drawn light, stand for them.
Colours, shape and score are labelled per pill.  Which part of a two-tone pill has which of its two
colours is not labelled: a first colour model, fitted on pills of one colour, decides.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from rxmm._command import told_in_one_line
from rxmm._resources import data_dir
from rxmm.evaluation.photos import Label, LabelledPhoto
from rxmm.face_features import color_features, outline_features, score_features
from rxmm.looks import LinearModel
from rxmm.photo import PhotoSource
from rxmm.render.laid import laid_photos
from rxmm.results import Kind, PillFace
from rxmm.segmentation import faces_of, shared_segmenter
from rxmm.training import photos

LAID = 2
"""Photographs as by phone of each face."""
FITTED_ON: Mapping[Kind, Sequence[Kind]] = {
    "cut_out": ("cut_out",),
    "ruler": ("ruler",),
    "hand": ("ruler", "hand"),  # of real light there are no others
}
"""The kinds of picture from which what each kind shows is told."""
SHAPES_FITTED_ON: Mapping[Kind, Sequence[Kind]] = {
    "cut_out": ("cut_out",),
    "ruler": ("cut_out", "ruler"),
    "hand": ("cut_out", "ruler", "hand"),
}
"""The same for shapes: a photograph may be of a pill from anywhere, and Taiwan calls rectangle what
the FDA calls capsule; outlines are alike in all pictures."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One face: the kind of its picture, what was measured of it, and its pill's label."""

    kind: Kind
    label: Label
    whole: Floats
    parts: tuple[Floats, Floats]
    differ: Floats
    outline: Floats
    score: Floats


def measured_faces(
    pills: Sequence[Sequence[LabelledPhoto]], count: int, *, laid: int = 0
) -> Iterator[Measured]:
    """Of those photographs in which as many faces were found as there are.

    Args:
        pills: the photographs of each.
        count: faces on each photograph.
        laid: measure instead so many photographs of each face as by phone, see `rxmm.render.laid`.
    """
    for several in track(pills, description="Measuring faces"):
        label, paths = several[0].label, [photo.path for photo in several]
        shown: Iterable[PhotoSource] = paths
        if laid:
            names = [f"{paths[0].name} {time}" for time in range(laid)]
            shown = chain.from_iterable(laid_photos(partial(tuple, paths), n)() for n in names)
        for photo in shown:
            faces = faces_of((photo,), shared_segmenter())
            if len(faces) == count:
                yield from (measure(face, label) for face in faces)


def measure(face: PillFace, label: Label) -> Measured:
    """All features of a face."""
    outline = outline_features(face.mask)
    colors = color_features(face)  # of which the likeliest light counts
    larger, smaller = (part[0] for part in colors.parts)
    return Measured(
        face.kind,
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
    """All models of `rxmm.looks` from one kind of picture."""
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


def of_kinds(measured: Sequence[Measured], kinds: Sequence[Kind]) -> list[Measured]:
    """The faces on pictures of these kinds."""
    return [face for face in measured if face.kind in kinds]


def main() -> None:
    """Measure the faces, fit, and write the models."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, default=data_dir() / "looks" / "looks.json")
    output: Path = parser.parse_args().output
    us, tw = photos.by_pill(photos.us_reference()), photos.by_pill(photos.tw_photos())
    of_sets = measured_faces(us, 1), measured_faces(tw, 2), measured_faces(us, 1, laid=LAID)
    measured = list(chain.from_iterable(of_sets))
    faces = {kind: sum(face.kind == kind for face in measured) for kind in FITTED_ON}
    models = {kind: fit_all(of_kinds(measured, kinds)) for kind, kinds in FITTED_ON.items()}
    for kind, kinds in SHAPES_FITTED_ON.items():
        models[kind]["shape"] = fit_shape(of_kinds(measured, kinds))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"faces": faces, "models": models}) + "\n", "utf-8")
    print(f"{output}: fitted on {faces} faces")


if __name__ == "__main__":
    with told_in_one_line("looks"):
        main()
