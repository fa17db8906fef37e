"""The matches worked out pair by pair, with no index and no shortcut: what both must agree with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein

from rxmm.catalog import lattice_match, match
from rxmm.catalog.imprint_text import fold_look_alikes
from rxmm.catalog.rows import UNSEEN
from rxmm.imprint.lattice import Vocabulary
from rxmm.results import ImprintReading


def texts_score(
    imprints: Sequence[Sequence[str]], readings: Sequence[ImprintReading]
) -> np.ndarray:
    """Match by texts of each imprint."""
    lines, sure = match._lines(readings), match._sure_lines(readings)
    prices = [match.UNEXPLAINED * line.start * len(line.text) for line in sure]
    scores = []
    for imprint in imprints:
        tokens = sorted(set(imprint))
        told = [[_told(line, token) for line in lines] for token in tokens]
        best = [max(range(len(lines)), key=of.__getitem__, default=-1) for of in told]
        unread = [_unread(match.UNREAD, token, len(readings)) for token in tokens]
        value, origin = list(unread), [""] * len(tokens)
        for place, line in enumerate(best):
            if line >= 0 and told[place][line] > unread[place]:
                value[place], origin[place] = told[place][line], lines[line].origin
        for one, other in combinations(range(len(tokens)), 2):
            if origin[one] and origin[one] == origin[other]:
                less = one if value[one] < value[other] else other
                value[less], origin[less] = unread[less], ""
        shares = [[_share(line.text, token) for token in tokens] for line in sure]
        scores.append(sum(value) - _left(prices, shares))
    return np.array(scores)


def beliefs_score(
    imprints: Sequence[Sequence[str]], readings: Sequence[ImprintReading]
) -> np.ndarray:
    """Match by beliefs of each imprint."""
    own = lattice_match
    vocabulary = Vocabulary(sorted({token for imprint in imprints for token in imprint}))
    number = {token: place for place, token in enumerate(vocabulary.strings)}
    beliefs = [torch.from_numpy(belief) for reading in readings for belief in reading.beliefs]
    whole = vocabulary.log_likelihood(beliefs).double().numpy()
    within = vocabulary.log_likelihood_within(beliefs).double().numpy()
    sure = own._sure_lines(readings)
    prices = [
        own.UNEXPLAINED * len(t.text) * (t.confidence - match.SURE) / (1 - match.SURE)
        for _, t in sure
    ]
    scores = []
    for imprint in imprints:
        total = 0.0
        shares: list[list[float]] = [[] for _ in sure]
        for token in sorted(set(imprint)):
            at, size = number[token], len(token)
            likely = [own.TRUST * whole[line, at] for line in range(len(beliefs))]
            likely += [own.TRUST * x - own.WITHIN for x in within[:, at]]
            told = max(likely, default=-np.inf) + own.FOUND * size - own.CLAIM
            total += max(told, _unread(own.UNREAD, token, len(readings)))
            for (line, read), of in zip(sure, shares, strict=True):
                length = len(read.text)
                fit = np.clip(1 + whole[line, at] / (own.STRAY * length), 0, 1)
                part = np.clip(1 + within[line, at] / (own.STRAY * size), 0, 1)
                piece = (length / size) ** 0.5 if read.text in token else 0.0
                of.append(max(fit, part * min(size / length, 1), piece))
        scores.append(total - _left(prices, shares))
    return np.array(scores)


def _left(prices: Sequence[float], shares: Sequence[Sequence[float]]) -> float:
    return sum(p * (1 - min(sum(share), 1.0)) for p, share in zip(prices, shares, strict=True))


def _unread(cost: float, token: str, faces: int) -> float:
    missed = cost * min(len(token), 3)
    return -min(missed, UNSEEN) if faces == 1 else -missed


def _cost(text: str, token: str) -> tuple[float, int]:
    edits = Levenshtein.distance(text, token)
    unlike = Levenshtein.distance(fold_look_alikes(text), fold_look_alikes(token))
    return match.EDIT * unlike + match.LOOK_ALIKE * (edits - unlike), edits


def _told(line: match._Line, token: str) -> float:
    cost, edits = _cost(line.text, token)
    return line.start - cost + match.FOUND * max(len(token) - edits, 0)


def _share(text: str, token: str) -> float:
    return 1 - min(_cost(text, token)[0] / (match.EDIT * len(text)), 1.0)
