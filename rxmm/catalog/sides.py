"""Which tokens of an imprint stand on the same face: what may be seen where one face is shown.

No US table says it.  Makers have habits, though (a logo alone on one face, the number and the
strength on the other), and they can be learned from pills whose faces are known: a logistic
regression over the two tokens, the rest of the imprint, the maker and the form of the pill
(`rxmm.training.sides`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from rxmm._resources import data_dir
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.table import Catalog
from rxmm.results import Appearance, Product

FEATURES = 2**16
"""Size of the table of weights, in which features stand by a hash of their text (Weinberger et al.
2009)."""
MOST = 8
"""Tokens beyond which nothing is said of their sides."""
UNLIKELY = 0.01
"""Probability below which an arrangement is left out, unless none is likelier."""


class Sided(NamedTuple):
    """What is known of an imprint whose tokens are to be laid on two faces.

    Attributes:
        tokens: in the order of the table; one that is there twice stands there twice.
        country, labeler, shape, imprint_type: as in the catalogue; may be empty.
        score: number of equal pieces.
    """

    tokens: tuple[str, ...]
    country: str = ""
    labeler: str = ""
    shape: str = ""
    imprint_type: str = ""
    score: float = 1


def sided(catalog: Catalog) -> dict[tuple[str, ...], Sided]:
    """Of each distinct imprint, by its sorted distinct tokens: the facts of its first row."""
    facts = catalog.appearances
    first = catalog.products.iloc[catalog.first_products]
    found: dict[tuple[str, ...], Sided] = {}
    for imprint, *row in zip(
        catalog.imprint_tokens,
        first["country"],
        first["labeler"],
        facts["shape"],
        facts["imprint_type"],
        facts["score"],
        strict=True,
    ):
        found.setdefault(tuple(sorted(set(imprint))), Sided(imprint, *row))
    return found


def pair_features(pill: Sided) -> Iterator[tuple[str, ...]]:
    """What is told of each two tokens, in the order of `itertools.combinations`."""
    forms = [_form(token) for token in pill.tokens]
    kinds = "".join(form[0] for form in forms)
    arrangement = " ".join(forms)
    count, country, scored = len(forms), pill.country, pill.score > 1
    outline = {"CAPSULE": "C", "ROUND": "R", "OVAL": "O"}.get(pill.shape, "-")
    for (i, one), (j, other) in combinations(enumerate(pill.tokens), 2):
        both = " ".join(sorted((forms[i], forms[j])))
        kind = "".join(sorted(kinds[i] + kinds[j]))
        shared = [f"forms {both}", f"kinds {kind} {count}"]
        shared += [
            text
            for token, beside in ((one, forms[j]), (other, forms[i]))
            for text in (f"token {token}", f"token {token} {beside}")
        ]
        own = [
            f"outline {outline} {kind} {scored}",
            f"outline {outline} {both} {scored}",
            f"type {pill.imprint_type} {kind}",
            f"place {i} {j} {kinds}",
            f"place {i} {j} {arrangement}",
            f"order {forms[i]} {forms[j]} {outline}",
            f"pair {one} {other}",
            *(f"token {token} {count}" for token in (one, other)),
            *(f"token {token} {outline}" for token in (one, other)),
        ]
        if one == other:
            own += ["twice", f"twice {outline}"]
        if pill.labeler:
            maker = f"maker {pill.labeler}"
            own += [maker, f"{maker} {kind} {count}", f"{maker} {both}", f"{maker} {outline}"]
            own.append(f"{maker} {i} {j} {forms[i]} {forms[j]}")
        yield (*shared, *(f"{country} {text}" for text in (*shared, *own)))


def _form(token: str) -> str:
    """Digits, letters or mixed, and how many."""
    kind = "D" if token.isdigit() else "L" if token.isalpha() else "M"
    return f"{kind}{min(len(token), 5)}"


def places(features: Iterable[str]) -> list[int]:
    """Where they stand in a table of `FEATURES` weights."""
    return [crc32(text.encode()) % FEATURES for text in features]


def weights_file() -> Path:
    """Where the weights lie that travel with rxmm."""
    return data_dir() / "sides" / "sides.npy"


@cache
def load_weights() -> NDArray[np.float64]:
    """The released weights, (`FEATURES`,)."""
    weights: NDArray[np.float64] = np.load(weights_file(), allow_pickle=False).astype(np.float64)
    return weights


class Visible(NamedTuple):
    """The E sets of tokens that one face of some imprints may show.

    Attributes:
        imprint: (E,) number of the imprint, rising; each has some.
        tokens: numbers of the tokens among `Sided.tokens`.
        log_probability: (E,) of the face that is shown showing these and no others.
    """

    imprint: NDArray[np.int64]
    tokens: list[tuple[int, ...]]
    log_probability: NDArray[np.float64]


def visible(pills: Sequence[Sided]) -> Visible:
    """What one face may show of each of these imprints.

    Either face is as likely to be shown.
    """
    odds = log_odds(pills)
    by_count: dict[int, list[int]] = defaultdict(list)
    for number, pill in enumerate(pills):
        by_count[len(pill.tokens)].append(number)
    found: list[tuple[int, tuple[int, ...], float]] = []
    for count, numbers in by_count.items():
        if count > MOST:
            found += [(number, tuple(range(count)), 0.0) for number in numbers]
            continue
        faces, together = _arrangements(count)
        likely = np.stack([odds[number] for number in numbers]) @ together.T
        likely = log_softmax(likely, axis=1) - np.log(2)
        least = np.minimum(np.log(UNLIKELY), likely.max(axis=1, keepdims=True))
        for place, arrangement in np.argwhere(likely >= least).tolist():
            number, probability = numbers[place], float(likely[place, arrangement])
            found += [(number, shown, probability) for shown in faces[arrangement]]
    imprint, shown, log_probability = zip(*sorted(found), strict=True) if found else ((), (), ())
    return Visible(np.array(imprint, dtype=np.int64), list(shown), np.array(log_probability))


def likely_faces(appearance: Appearance) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The segments of an imprint as they are likeliest on front and back, first the front."""
    pill = _pill_of(appearance)
    if len(pill.tokens) > MOST:
        return appearance.imprint, ()
    (odds,) = log_odds([pill])
    ways, together = _arrangements(len(pill.tokens))
    _, on_back = ways[int((together @ odds).argmax())]
    faces: tuple[list[str], list[str]] = ([], [])
    first = 0  # of the tokens of a segment, most of which decide
    for segment in appearance.imprint:
        count = len(tokens(segment))
        own = range(first, first + count)
        faces[2 * sum(number in on_back for number in own) > count].append(segment)
        first += count
    front, back = map(tuple, faces)
    return front, back


def on_other_face(appearance: Appearance, read: Collection[str]) -> set[str]:
    """Tokens that are likelier to be on the other face, where these were read on the one seen.

    Args:
        appearance: of the pill.
        read: words; those that are not on the pill do not count.
    """
    pill = _pill_of(appearance)
    known = set(read).intersection(pill.tokens)
    faces = visible([pill])
    chance: dict[str, float] = dict.fromkeys(pill.tokens, 0.0)
    total = 0.0
    for shown, likely in zip(faces.tokens, np.exp(faces.log_probability).tolist(), strict=True):
        seen = {pill.tokens[number] for number in shown}
        if seen >= known:
            total += likely
            for token in seen:
                chance[token] += likely
    return {token for token, likely in chance.items() if likely < total / 2}


def _pill_of(appearance: Appearance) -> Sided:
    product = appearance.products[0] if appearance.products else Product("")
    return Sided(
        tokens(appearance.imprint),
        product.country,
        product.labeler,
        appearance.shape or "",
        appearance.imprint_type or "",
        appearance.score or 1,
    )


def log_odds(pills: Sequence[Sided]) -> list[NDArray[np.float64]]:
    """Of each two tokens of each imprint to be on one face, in the order of `pair_features`."""
    told = [[places(features) for features in pair_features(pill)] for pill in pills]
    pairs = [where for of_pill in told for where in of_pill]
    if not pairs:
        return [np.zeros(0)] * len(pills)
    start = np.cumsum([0, *map(len, pairs)])[:-1]
    odds = np.add.reduceat(load_weights()[np.concatenate(pairs)], start)
    return np.split(odds, np.cumsum(list(map(len, told)))[:-1])


@cache
def _arrangements(
    count: int,
) -> tuple[list[tuple[tuple[int, ...], tuple[int, ...]]], NDArray[np.float64]]:
    """All A ways to lay so many tokens on two faces, the first on the front: the numbers on each
    face; and for each two tokens a half if they share one, else minus a half, (A, P)."""
    ways = (
        [(False, *others) for others in product((False, True), repeat=count - 1)] if count else [()]
    )
    numbers = range(count)
    faces = [
        (tuple(n for n in numbers if not way[n]), tuple(n for n in numbers if way[n]))
        for way in ways
    ]
    together = [[(way[i] == way[j]) - 0.5 for i, j in combinations(numbers, 2)] for way in ways]
    return faces, np.array(together).reshape(len(ways), -1)
