"""Fits how sure the reader is that what it read on a line is on the pill.

    python -m rxmm.evaluation.line_certainty

A logistic regression on the tuning part, in `rxmm.imprint.reading`; to be fitted anew to each
recogniser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from rxmm._command import told_in_one_line
from rxmm.evaluation.script import LimitOption, progress
from rxmm.evaluation.set_names import SetName
from rxmm.evaluation.sets import SETS
from rxmm.imprint.reader import EasyOCRReader
from rxmm.imprint.reading import LineBelief, evidence, shared_areas, spelled
from rxmm.segmentation import faces_of, shared_segmenter

FITTED_ON: tuple[SetName, ...] = ("us-reference", "us-laid", "tw-photos")


class Judged(NamedTuple):
    """Lines that say something.

    Attributes:
        evidence: (N, 6), see `rxmm.imprint.reading.evidence`.
        right: (N,) whether the pill has such a token.
    """

    evidence: NDArray[np.float64]
    right: NDArray[np.bool_]


def judge(lines: Iterable[LineBelief], imprint: Sequence[str]) -> Judged:
    """The lines of one face of a pill with these tokens."""
    read = [(*spelled(line), line.ribbon) for line in lines]
    written = [line for line in read if line[0].text]
    tokens, peaks = [token for token, *_ in written], [peak for _, peak, _ in written]
    right = np.array([token.text in imprint for token in tokens], dtype=bool)
    shared = shared_areas([ribbon for *_, ribbon in written])
    return Judged(evidence(tokens, peaks, shared), right)


def fit(judged: Iterable[Judged]) -> tuple[float, list[float]]:
    """Intercept and the 6 weights of the regression, rounded to two digits."""
    from sklearn.linear_model import LogisticRegression

    every, right = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    model = LogisticRegression(C=1e3, max_iter=1000).fit(every, right)
    return round(float(model.intercept_[0]), 2), np.round(model.coef_[0], 2).tolist()


def read(reader: EasyOCRReader, limit: int | None) -> Iterator[Judged]:
    """The faces of the tuning part."""
    for name in FITTED_ON:
        queries = SETS[name].queries("tuning", limit)
        for query in progress(queries, name):
            for lines in reader.believe(faces_of(query.photos(), shared_segmenter())):
                yield judge(lines, query.label.imprint)


def main(limit: LimitOption = None) -> None:
    """Print what is to be written into `rxmm.imprint.reading`."""
    intercept, weights = fit(read(EasyOCRReader.released(), limit))
    typer.echo(f"_INTERCEPT = {intercept}\n_WEIGHTS = np.array({weights})")


if __name__ == "__main__":
    with told_in_one_line("line_certainty"):
        typer.run(main)
