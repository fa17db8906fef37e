"""Ranks of the true appearance under several ways of answering, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rxmm.catalog.imprint_text import AppearanceKey
from rxmm.catalog.rows import Floats
from rxmm.evaluation.metrics import estimate, ratio, resamples
from rxmm.evaluation.run import CANDIDATES

Ranks = Sequence[int | None]
"""Of each query the place of the true appearance, from 1; None where it is not listed."""


def rank_of(truth: AppearanceKey, scores: Floats, keys: Sequence[AppearanceKey]) -> int | None:
    """Place of the true appearance among the distinct ones, as in `rxmm evaluate`.

    Rows of equal score follow each other in a random order that is always the same: in that of the
    file, a maker's pills stand together.

    Args:
        scores: (N,) of the catalogue's rows, higher is better.
        keys: of the rows.
    """
    shuffled = np.random.default_rng(0).permutation(len(scores))
    order = shuffled[np.argsort(-scores[shuffled], kind="stable")][:CANDIDATES]
    ranking = list(dict.fromkeys(keys[row] for row in order.tolist()))
    return ranking.index(truth) + 1 if truth in ranking else None


def table(
    names: Sequence[str], ranks: Mapping[tuple[str, ...], Ranks], groups: Sequence[str]
) -> str:
    """Markdown with one line per way of answering: its cells, n, top-1 with interval, top-5.

    Args:
        names: of the cells.
        ranks: by the cells of the line.
        groups: of each query; intervals are bootstrap 95% over them.
    """
    samples = resamples(groups)
    lines = ["| " + " | ".join([*names, "n", "top-1 (95%)", "top-5 (95%)"]) + " |"]
    lines.append("|---" * (len(names) + 3) + "|")
    for cells, found in ranks.items():
        n = len(found)
        hits = ([rank is not None and rank <= most for rank in found] for most in (1, 5))
        figures = [estimate(ratio(hit, np.ones(n)), n, samples) for hit in hits]
        shown = [f"{f.value:.3f} ({f.low:.3f}-{f.high:.3f})" for f in figures]
        lines.append("| " + " | ".join([*cells, str(n), *shown]) + " |")
    return "\n".join(lines)
