"""Imprints as a reader would misread them: look-alikes, drops, splits, merges, turned faces."""

from __future__ import annotations

import numpy as np

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS, LOOK_ALIKES, rotate_180

_LIKE = {
    character: [other for other in group if other != character]
    for group in LOOK_ALIKES
    for character in group
}
_FREQUENT = 0.6  # of wrong characters are look-alikes, where there are any

Text = list[tuple[str, float]]


def misread(tokens: tuple[str, ...], noise: float, rng: np.random.Generator) -> Text:
    """A reading of these tokens, in any order, with the reader's confidence in each.

    Args:
        tokens: over A-Z and 0-9.
        noise: 0 reads all as it is; 1 about one character in seven wrong, one token in six missing.
    """
    kept = [token for token in tokens if rng.random() > 0.17 * noise]
    if rng.random() < 0.1 * noise and len(tokens) > 1:  # the other face was not photographed
        kept = kept[: len(kept) // 2]
    words = [kept[index] for index in rng.permutation(len(kept))]
    if len(words) > 1 and rng.random() < 0.15 * noise:
        words[:2] = [words[0] + words[1]]
    split = []
    for word in words:
        cut = int(rng.integers(1, len(word))) if len(word) > 2 else 0
        split += [word[:cut], word[cut:]] if cut and rng.random() < 0.12 * noise else [word]
    turn = rng.random() < 0.1 * noise
    read = []
    for word in split:
        seen = (turn and rotate_180(word)) or _spoiled(word, noise, rng)
        if seen:
            read.append((seen, _confidence(seen == word, rng)))
    if rng.random() < 0.12 * noise:
        junk = "".join(rng.choice(list(IMPRINT_CHARACTERS), int(rng.integers(1, 4))))
        read.append((junk, _confidence(False, rng)))
    return read


def _spoiled(word: str, noise: float, rng: np.random.Generator) -> str:
    """Some characters replaced, dropped or doubled."""
    result = ""
    for character in word:
        chance = rng.random() / max(noise, 1e-9)
        if chance < 0.09:
            like = _LIKE.get(character, [])
            any_other = not like or rng.random() > _FREQUENT
            result += str(rng.choice(list(IMPRINT_CHARACTERS) if any_other else like))
        elif chance < 0.13:
            continue
        elif chance < 0.145:
            result += character * 2
        else:
            result += character
    return result


def _confidence(right: bool, rng: np.random.Generator) -> float:
    """Readers are mostly sure when right, often when wrong."""
    return float(rng.beta(6, 1) if right else rng.beta(2, 1.5))
