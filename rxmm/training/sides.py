"""Fits `rxmm.catalog.sides`: which tokens of an imprint stand on the same face.

    RXMM_REAL_DATA=… python -m rxmm.training.sides [--output sides.npy]

Learned from the laboratory photographs of the training part, on which it is looked up where each
token is, from what another reader read on phone photographs of one face, and from Taiwan's table,
which has each face's marks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from rxmm._command import told_in_one_line
from rxmm._files import replacing
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sides import FEATURES, pair_features, places, sided, weights_file
from rxmm.catalog.table import Catalog
from rxmm.training import photos
from rxmm.training.align import Aligner, aligned_pills
from rxmm.training.imprint import RELEASED
from rxmm.training.marked_lines import released

STRENGTH = 0.3
"""Inverse of the weight decay (``C`` of scikit-learn), chosen by cross-validation."""
FOLDS = 5
PROSE = 6
"""Words from which on what the other reader said is no imprint."""
TOGETHER, ALONE = 0.5, 0.12
"""Weight of two tokens that the other reader read together, and of one that it read without the
other, which may be on the face all the same."""
LEAST, DOUBT = 0.2, 0.07
"""Weight that a pair must exceed to be learned from, and what is added to that of either answer."""

Key = tuple[str, ...]
"""Distinct tokens of an imprint, sorted."""
Copy = tuple[str, int]
"""A token, and how many of the same stand before it in the imprint."""
Votes = dict[Key, dict[tuple[Copy, Copy], NDArray[np.float64]]]
"""By imprint and two of its tokens, sorted: the weight of their being on two faces, and on one."""


class Placed(NamedTuple):
    """Tokens of a pill, and of its two faces as far as known."""

    imprint: Sequence[str]
    front: Sequence[str]
    back: Sequence[str]


class Pairs(NamedTuple):
    """P pairs of tokens.

    Attributes:
        features: (P, `FEATURES`).
        same: (P,) share of the weight that says: on one face.
        weight: (P,) at most 1.
        fold: (P,) the same for all pairs of an imprint.
    """

    features: csr_matrix
    same: NDArray[np.float64]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]


def votes(pills: Iterable[Placed], readings: Iterable[tuple[str, str]] = ()) -> Votes:
    """What is known of each imprint.

    Args:
        pills: of which it is known what is on which face.
        readings: imprints, and what was read on one face.
    """
    found: Votes = defaultdict(lambda: defaultdict(lambda: np.zeros(2)))
    for pill in pills:
        placed = {copy: _face_of(copy, pill) for copy in copies(pill.imprint)}
        known = sorted(copy for copy, face in placed.items() if face is not None)
        for one, other in combinations(known, 2):
            of_pair = found[tuple(sorted(set(pill.imprint)))][one, other]
            of_pair[int(placed[one] == placed[other])] += 1
    for imprint, reading in readings:
        words, key = tokens(reading.replace("|", " ")), tuple(sorted(set(tokens(imprint))))
        if len(words) >= PROSE:
            continue
        for first, second in combinations(key, 2):
            read = (first in words) + (second in words)
            told = ([0, 0], [ALONE, 0], [0, TOGETHER])[read]
            found[key][(first, 0), (second, 0)] += told
    return found


def copies(imprint: Sequence[str]) -> list[Copy]:
    """The tokens of an imprint, in their order."""
    return [(token, list(imprint[:place]).count(token)) for place, token in enumerate(imprint)]


def _face_of(copy: Copy, pill: Placed) -> int | None:
    """On which face it is; None where nothing, or more than the imprint says, was found."""
    token, number = copy
    on = [face for face, found in enumerate((pill.front, pill.back)) if token in found]
    if len(on) == 2 and list(pill.imprint).count(token) == 1:
        return None
    return on[number % len(on)] if on else None


def photographed() -> Iterator[Placed]:
    """The pills of the training part, with the tokens that are found on their photographs."""
    by_pill = photos.by_pill(photos.us_reference())
    imprints = {several[0].path.name: several[0].label.imprint for several in by_pill}
    aligner = Aligner(RELEASED, RELEASED)
    for pill in aligned_pills(by_pill, aligner, released("us")):
        on: tuple[list[str], ...] = ([], [])
        for face, _, text in pill.lines:
            on[face].extend(tokens(text))
        if len(pill.faces) == len(on):
            yield Placed(imprints[pill.name], *on)


def tabled() -> Iterator[Placed]:
    """The pills of Taiwan's table."""
    for marks in photos.tw_marks():
        front, back = map(tokens, marks)
        yield Placed(front + back, front, back)


def pairs_of(known: Votes, catalog: Catalog) -> Pairs:
    """The pairs of imprints that a catalogue has."""
    facts = sided(catalog)
    rows, same, weight, fold = [], [], [], []
    for key, of_pairs in known.items():
        if key not in facts:
            continue
        number = int(sha256(" ".join(key).encode()).hexdigest(), 16) % FOLDS
        told = pair_features(facts[key])
        for two, features in zip(combinations(copies(facts[key].tokens), 2), told, strict=True):
            one, other = sorted(two)
            opposite, together = of_pairs.get((one, other), (0.0, 0.0))
            if opposite + together > LEAST:
                rows.append(places(features))
                same.append((together + DOUBT) / (opposite + together + 2 * DOUBT))
                weight.append(min(opposite + together, 1.0))
                fold.append(number)
    return Pairs(_table(rows), np.array(same), np.array(weight), np.array(fold))


def fit(pairs: Pairs, chosen: NDArray[np.bool_]) -> LogisticRegression:
    """A model of some of the pairs."""
    features, same, weight = pairs.features[chosen], pairs.same[chosen], pairs.weight[chosen]
    model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=1000)
    return model.fit(
        vstack([features, features]),
        np.repeat([1, 0], len(same)),
        sample_weight=np.concatenate([weight * same, weight * (1 - same)]),
    )


def cross_validated(pairs: Pairs) -> tuple[float, float]:
    """Log loss and share right of pairs of imprints that a model has not seen."""
    told = np.zeros(len(pairs.same))
    for fold in range(FOLDS):
        held = pairs.fold == fold
        told[held] = fit(pairs, ~held).predict_proba(pairs.features[held])[:, 1]
    loss = -(pairs.same * np.log(told) + (1 - pairs.same) * np.log(1 - told))
    right = (told > 0.5) == (pairs.same > 0.5)
    return np.average(loss, weights=pairs.weight), np.average(right, weights=pairs.weight)


def _table(rows: Sequence[Sequence[int]]) -> csr_matrix:
    start = np.cumsum([0, *map(len, rows)])
    where = np.concatenate([np.array(row) for row in rows])
    return csr_matrix((np.ones(len(where)), where, start), shape=(len(rows), FEATURES))


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Several as one."""
    features = vstack([part.features for part in parts]).tocsr()
    rest = [np.concatenate(column) for column in list(zip(*parts, strict=True))[1:]]
    return Pairs(features, *rest)


def main(
    output: Annotated[Path | None, typer.Option(help="By default that of rxmm.")] = None,
) -> None:
    """Fit which tokens share a face, and write it."""
    known = {"us": votes(photographed(), photos.phone_readings()), "tw": votes(tabled())}
    parts = {name: pairs_of(found, Catalog.load(name)) for name, found in known.items()}
    both = joined(list(parts.values()))
    model = fit(both, np.ones(len(both.same), dtype=bool))
    with replacing(output or weights_file()) as partial, partial.open("wb") as file:
        np.save(file, model.coef_[0].astype(np.float16))
    for name, part in parts.items():
        loss, right = cross_validated(part)
        print(f"{name}: {len(part.same)} pairs; held back: log loss {loss:.3f}, right {right:.3f}")


if __name__ == "__main__":
    with told_in_one_line("sides"):
        typer.run(main)
