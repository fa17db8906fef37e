"""The matches worked out pair by pair, with no index and no shortcut: what both must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein

from rxmm.catalog import fuzzy_match, lattice_match
from rxmm.catalog.imprint_text import fold_look_alikes
from rxmm.catalog.rows import PROBABILITY_UNIT, UNSAID
from rxmm.catalog.sides import UNLIKELY, Sided, log_odds, sided
from rxmm.catalog.table import Catalog
from rxmm.catalog.token_sets import Shown
from rxmm.imprint.lattice import Vocabulary
from rxmm.results import ImprintReading


def texts_score(catalog: Catalog, readings: Sequence[ImprintReading]) -> np.ndarray:
    """Match by texts of each row."""
    lines, sure = fuzzy_match._lines(readings), fuzzy_match._sure_lines(readings)
    prices = [fuzzy_match.UNEXPLAINED * line.start * len(line.text) for line in sure]

    def of_tokens(tokens: Sequence[str]) -> float:
        told = [[_told(line, token) for line in lines] for token in tokens]
        best = [max(range(len(lines)), key=of.__getitem__, default=-1) for of in told]
        unread = [_unread(fuzzy_match.UNREAD, token, readings) for token in tokens]
        value, origin = list(unread), [""] * len(tokens)
        for place, line in enumerate(best):
            if line >= 0 and told[place][line] > unread[place]:
                value[place], origin[place] = told[place][line], lines[line].origin
        for one, other in combinations(range(len(tokens)), 2):
            if origin[one] and origin[one] == origin[other]:
                less = one if value[one] < value[other] else other
                value[less], origin[less] = unread[less], ""
        shares = [[_share(line.text, token) for token in tokens] for line in sure]
        return sum(value) - _left(prices, shares)

    return _of_rows(of_tokens, catalog, readings)


def beliefs_score(catalog: Catalog, readings: Sequence[ImprintReading]) -> np.ndarray:
    """Match by beliefs of each row."""
    own = lattice_match
    vocabulary = Vocabulary(
        sorted({token for imprint in catalog.imprint_tokens for token in imprint})
    )
    number = {token: place for place, token in enumerate(vocabulary.strings)}
    beliefs = [torch.from_numpy(belief) for reading in readings for belief in reading.beliefs]
    whole = vocabulary.log_likelihood(beliefs).double().numpy()
    within = vocabulary.log_likelihood_within(beliefs).double().numpy()
    sure = own._sure_lines(readings)
    prices = [
        own.UNEXPLAINED * len(t.text) * (t.confidence - fuzzy_match.SURE) / (1 - fuzzy_match.SURE)
        for _, t in sure
    ]

    def of_tokens(tokens: Sequence[str]) -> float:
        total = 0.0
        shares: list[list[float]] = [[] for _ in sure]
        for token in tokens:
            at, size = number[token], len(token)
            likely = [own.TRUST * whole[line, at] for line in range(len(beliefs))]
            likely += [own.TRUST * x - own.WITHIN for x in within[:, at]]
            told = max(likely, default=-np.inf) + own.FOUND * size - own.CLAIM
            total += max(told, _unread(own.UNREAD, token, readings))
            for (line, read), of in zip(sure, shares, strict=True):
                length = len(read.text)
                fit = np.clip(1 + whole[line, at] / (own.STRAY * length), 0, 1)
                part = np.clip(1 + within[line, at] / (own.STRAY * size), 0, 1)
                piece = (length / size) ** 0.5 if read.text in token else 0.0
                of.append(max(fit, part * min(size / length, 1), piece))
        return total - _left(prices, shares)

    return _of_rows(of_tokens, catalog, readings)


def _left(prices: Sequence[float], shares: Sequence[Sequence[float]]) -> float:
    return sum(p * (1 - min(sum(share), 1.0)) for p, share in zip(prices, shares, strict=True))


def _of_rows(
    of_tokens: Callable[[Sequence[str]], float],
    catalog: Catalog,
    readings: Sequence[ImprintReading],
) -> np.ndarray:
    pills = sided(catalog)
    keys = [tuple(sorted(set(imprint))) for imprint in catalog.imprint_tokens]
    return np.array([_joint(of_tokens, pills[key], readings) for key in keys])


def _joint(
    of_tokens: Callable[[Sequence[str]], float],
    pill: Sided,
    readings: Sequence[ImprintReading],
) -> float:
    """Of all tokens; where one face was shown, of all sets of them that may be on it."""
    if Shown.of(readings) is not Shown.ONE_FACE:
        return of_tokens(sorted(set(pill.tokens)))
    likely = _shown_by_one_face(pill)
    scores = [of_tokens(shown) / PROBABILITY_UNIT + log for shown, log in likely]
    return PROBABILITY_UNIT * float(np.logaddexp.reduce(scores))


def _shown_by_one_face(pill: Sided) -> Iterator[tuple[list[str], float]]:
    """What of it one face may show, and the logarithm of how likely."""
    (odds,) = log_odds([pill])
    ways = list(product((False, True), repeat=len(pill.tokens)))  # front and back exchanged too
    energy = []
    for way in ways:
        same = [one == other for one, other in combinations(way, 2)]
        energy.append(sum(o / 2 if s else -o / 2 for o, s in zip(odds, same, strict=True)))
    if not pill.tokens:
        ways, energy = [(), ()], [0.0, 0.0]
    for way, log in zip(ways, energy - np.logaddexp.reduce(energy), strict=True):
        on_front = {t for t, back in zip(pill.tokens, way, strict=True) if not back}
        if log > np.log(UNLIKELY):
            yield sorted(on_front), log


def _unread(cost: float, token: str, readings: Sequence[ImprintReading]) -> float:
    missed = cost * min(len(token), 3)
    return -min(missed, UNSAID) if Shown.of(readings) is Shown.AS_TYPED else -missed


def _cost(text: str, token: str) -> tuple[float, int]:
    edits = Levenshtein.distance(text, token)
    unlike = Levenshtein.distance(fold_look_alikes(text), fold_look_alikes(token))
    return fuzzy_match.EDIT * unlike + fuzzy_match.LOOK_ALIKE * (edits - unlike), edits


def _told(line: fuzzy_match._Line, token: str) -> float:
    cost, edits = _cost(line.text, token)
    return line.start - cost + fuzzy_match.FOUND * max(len(token) - edits, 0)


def _share(text: str, token: str) -> float:
    return 1 - min(_cost(text, token)[0] / (fuzzy_match.EDIT * len(text)), 1.0)
