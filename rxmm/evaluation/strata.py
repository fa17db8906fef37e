"""Figures by group of pills: does rxmm serve some worse than others?

A group is made by what is true of a pill, as its catalogue row states it, never by what was seen:
a white pill that was taken for a grey one counts among the white ones.  Only ``faces found``, which
shows what segmentation does to the rest, is about what was seen, and is no group of pills.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rxmm.evaluation.figures import rates
from rxmm.evaluation.metrics import Estimate, complement
from rxmm.evaluation.run import Outcome

STRATUM_METRICS = (
    "top1", "top5", "abstained", "identified_wrong", "token_recall", "cer", "color", "shape_near",
)  # fmt: skip
SEEN = "faces found"
"""The one stratum that is not about the pill itself."""

FEWEST, MARGIN = 10, 0.1
"""A group is named as one below the mean if it has as many queries, and its top-1 is lower than
that of the whole set by more than the margin."""

_LENGTHS = ((2, "1-2"), (4, "3-4"), (6, "5-6"), (9, "7-9"), (math.inf, "10+"))
"""Most characters of an imprint, and what the stratum is called."""
_LABELERS = ((0, "0"), (9, "1-9"), (29, "10-29"), (99, "30-99"), (math.inf, "100+"))
"""Most appearances of a labeler in the catalogue, and what the stratum is called."""


def strata(outcomes: Sequence[Outcome]) -> dict[str, dict[str, dict[str, Any]]]:
    """By stratum and value: n and the figures that show a weak group."""
    result: dict[str, dict[str, dict[str, Any]]] = {}
    members: dict[str, dict[str, list[Outcome]]] = {}
    for outcome in outcomes:
        for stratum, value in _values(outcome):
            members.setdefault(stratum, {}).setdefault(value, []).append(outcome)
    for stratum, values in members.items():
        result[stratum] = {}
        for value, part in sorted(values.items(), key=lambda item: (-len(item[1]), item[0])):
            own = rates(part)
            own["abstained"] = complement(own["identified"])
            own["identified_wrong"] = complement(own["identified_right"])
            result[stratum][value] = {"n": len(part)} | {
                name: plain(own[name]) for name in STRATUM_METRICS
            }
    return result


def below_mean(found: Mapping[str, Mapping[str, Mapping[str, Any]]], mean: float) -> dict[str, Any]:
    """The groups of `strata` that are answered clearly worse than the whole set.

    Args:
        found: what `strata` gives.
        mean: top-1 of the whole set.

    Returns:
        ``compared``, the number of groups of at least `FEWEST` queries, and ``groups``, those of
        them whose top-1 is more than `MARGIN` below the mean, the weakest first.
    """
    large = [
        {"stratum": stratum, "group": value, **figures}
        for stratum, values in found.items()
        if stratum != SEEN
        for value, figures in values.items()
        if figures["n"] >= FEWEST
    ]
    # Figures are rounded to four digits: a difference of the margin itself must not count.
    weak = [group for group in large if mean - group["top1"]["value"] > MARGIN + 1e-4]
    weak.sort(key=lambda group: group["top1"]["value"])
    names = ("stratum", "group", "n", "top1", "abstained", "identified_wrong")
    return {
        "compared": len(large),
        "groups": [{name: group[name] for name in names} for group in weak],
    }


def plain(figure: Estimate) -> dict[str, Any]:
    """An estimate as JSON values, NaN as None."""
    numbers = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {k: None if math.isnan(v) else round(v, 6) for k, v in numbers.items()} | {"n": figure.n}


def _values(outcome: Outcome) -> Iterator[tuple[str, str]]:
    label = outcome.query.label
    true = outcome.truth or label  # the label is the publisher's table, where no row is found
    yield "shape", true.shape.value if true.shape else "not known"
    yield "color", "+".join(sorted(true.colors)) or "not known"
    yield "number of colors", str(len(set(true.colors))) if true.colors else "not known"
    yield "imprint type", true.imprint_type or label.imprint_type or "not known"
    yield "imprint length", _band(sum(map(len, label.imprint)), _LENGTHS)
    yield "imprint tokens", str(min(len(label.imprint), 4)) + ("+" * (len(label.imprint) >= 4))
    size = outcome.labeler_size
    yield "labeler size", "not known" if size is None else _band(size, _LABELERS)
    yield SEEN, str(len(outcome.faces))
    if outcome.query.style:
        yield "style", outcome.query.style


def _band(number: int, bands: Sequence[tuple[float, str]]) -> str:
    return next(name for most, name in bands if number <= most)
