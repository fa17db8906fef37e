"""Catalogues of any size, grown from those that travel with rxmm: for timing, never for accuracy.

Colours, shape, score, size and number of tokens are those of a real appearance, drawn at random;
so is the product, of another.  Tokens are drawn by how often the real catalogues have them.
Frequent ones, makers' names and strengths, stay.  Each rare one stands for a family of tokens in
its pattern, digits redrawn for digits and letters for letters: so many that the distinct tokens
keep growing with the rows as they grow within the real catalogues.  Where the short ones are used
up, longer ones follow.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence, Set

import numpy as np
import pandas as pd

from rxmm.catalog.table import Catalog

NAMES = ("us", "tw")
"""Of the catalogues from which others are grown."""
RARE = 5
"""Most occurrences in the real catalogues of a token that stands for a family."""
GROWTH = 0.68
"""Exponent of the rows with which distinct tokens grow: 924 in 1,000 real rows, 4,199 in 9,210."""


def grown(size: int, seed: int = 0) -> Catalog:
    """A catalogue of ``size`` appearances, the same for the same seed."""
    random = np.random.default_rng(seed)
    real = [Catalog.load(name) for name in NAMES]
    imprints = [imprint for catalog in real for imprint in catalog.imprint_tokens]
    facts = pd.concat([catalog.appearances for catalog in real], ignore_index=True)
    products = pd.concat([catalog.products for catalog in real], ignore_index=True)

    looks = random.integers(len(imprints), size=size)
    rows = facts.iloc[looks].reset_index(drop=True)
    counts = np.array([len(imprint) for imprint in imprints])[looks]
    words = _words(imprints, int(counts.sum()), (size / len(imprints)) ** GROWTH, random)
    ends = np.cumsum(counts)
    rows["imprint"] = [
        ";".join(words[end - count : end])
        for end, count in zip(ends.tolist(), counts.tolist(), strict=True)
    ]
    rows["appearance_id"] = [f"us-{number:08x}" for number in range(size)]
    sold = products.iloc[random.integers(len(products), size=size)].reset_index(drop=True)
    source = f"grown from {' and '.join(NAMES)}"
    return Catalog(
        pd.concat([rows, sold], axis=1), name=f"grown-{size}", country="US", source=source
    )


def _words(
    imprints: Sequence[Sequence[str]], count: int, growth: float, random: np.random.Generator
) -> list[str]:
    """``count`` tokens; a vocabulary ``growth`` times that of ``imprints`` is drawn from."""
    times = Counter(token for imprint in imprints for token in imprint)
    tokens = list(times)
    share = np.array(list(times.values())) / times.total()
    drawn = random.choice(len(tokens), size=count, p=share)
    rare = np.array([times[token] <= RARE for token in tokens])
    # The frequent ones do not multiply: the families make up for them.
    family = max(1, round((growth * len(tokens) - (~rare).sum()) / rare.sum()))
    relatives = random.integers(family, size=count) * rare[drawn]
    known: dict[tuple[int, int], str] = {}
    taken = set(tokens)
    for key in zip(drawn.tolist(), relatives.tolist(), strict=True):
        if key not in known:
            number, relative = key
            known[key] = _redrawn(tokens[number], taken, random) if relative else tokens[number]
            taken.add(known[key])
    return [known[key] for key in zip(drawn.tolist(), relatives.tolist(), strict=True)]


def _redrawn(token: str, taken: Set[str], random: np.random.Generator) -> str:
    """A new token of the same pattern; one digit longer for each time that it was taken already."""
    signs = [string.digits if old.isdigit() else string.ascii_uppercase for old in token]
    new = "".join(some[random.integers(len(some))] for some in signs)
    while new in taken:
        new += string.digits[random.integers(10)]
    return new
