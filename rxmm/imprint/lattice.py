"""What a recogniser believes about a line: not one string, but the likelihood of every string."""

from __future__ import annotations

from torch import Tensor

from rxmm.imprint.network import CHARACTERS


def greedy_text(posterior: Tensor) -> str:
    """The best path of a (T, classes) posterior, repeats and blanks removed."""
    text, previous = "", 0
    for klass in posterior.argmax(dim=1).tolist():
        if klass and klass != previous:
            text += CHARACTERS[klass - 1]
        previous = klass
    return text
