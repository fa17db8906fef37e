"""CTC's forward recursion for many pairs of a line and a string at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS

Array = NDArray[np.float32]
Integers = NDArray[np.int64]

CLASSES = 1 + len(IMPRINT_CHARACTERS)
"""Of a column: the blank and the imprint characters."""
_LEAST = 1e-4
"""Least probability of a character in a column, against the likeliest one: none is surer."""
_SILENT = 0.01
"""Relative probability of the likeliest character below which a column is surely blank."""
_BLOCK = 4096
"""Pairs at a time: what is worked on then stays in the processor's cache."""


def relative(beliefs: Sequence[Array]) -> Array:
    """Posteriors over their likeliest class, (B, T, 37), shorter lines continued with blanks.

    Of columns side by side that are all surely blank one is kept: the others would change nothing.
    """
    scaled = [belief / belief.max(axis=1, keepdims=True) for belief in beliefs]
    for line, columns in enumerate(scaled):
        silent = columns[:, 1:].max(axis=1) < _SILENT
        scaled[line] = columns[~np.append(False, silent[1:] & silent[:-1])]
    padded = np.full((len(scaled), max(map(len, scaled)), CLASSES), _LEAST, dtype=np.float32)
    padded[:, :, 0] = 1.0
    for line, columns in enumerate(scaled):
        padded[line, : len(columns)] = columns
    return np.maximum(padded, np.float32(_LEAST), out=padded)


def forward(columns: Array, line: Integers, classes: Integers, within: NDArray[np.bool_]) -> Array:
    """Log-likelihood of P pairs, (P,).

    In relative probabilities a best path stays at 1, so single precision needs no logarithms; what
    underflows is impossible in any case.

    Args:
        columns: (B, T, 37) from `relative`.
        line: (P,) the line of each pair.
        classes: (P, L) the characters of each pair's string, from 1.
        within: (P,) whether the string need explain some part of the line only.
    """
    by_step = columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)  # (T, B * 37)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(line), _BLOCK)]
    totals = [_block(by_step, line[b] * CLASSES, classes[b].T, within[b]) for b in blocks]
    total = np.concatenate(totals) if totals else np.zeros(0, dtype=np.float32)
    return np.asarray(np.log(np.maximum(total, np.float32(1e-30))))


def _block(by_step: Array, blanks: Integers, classes: Integers, within: NDArray[np.bool_]) -> Array:
    """Likelihoods; ``blanks`` (P,) and, added to it, ``classes`` (L, P) are places in a step."""
    places = blanks + classes
    # A character after another needs no blank between them, unless the two are the same.
    differs = (classes[1:] != classes[:-1]).astype(np.float32)
    anywhere = within.astype(np.float32)
    character = np.zeros(places.shape, dtype=np.float32)  # ends in the character
    after = np.zeros(places.shape, dtype=np.float32)  # ends in a blank after it
    before = np.ones(len(blanks), dtype=np.float32)  # has not begun
    seen, skipped = np.empty_like(character), np.empty_like(differs)
    blank, reached = np.empty_like(before), np.zeros_like(before)
    for step, now in enumerate(by_step):
        now.take(places, out=seen, mode="clip")
        now.take(blanks, out=blank, mode="clip")
        np.multiply(character[:-1], differs, out=skipped)
        skipped += after[:-1]
        after += character
        after *= blank
        if step:
            character[0] += before
            np.maximum(character[0], anywhere, out=character[0])
        else:
            character[0] = 1.0
        character[1:] += skipped
        character *= seen
        np.maximum(before, anywhere, out=before)
        before *= blank
        np.maximum(reached, character[-1], out=reached)
    return np.where(within, reached, character[-1] + after[-1])
