"""Reads the scale of a photo from the millimetre marks of a ruler in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PERIODS = (3.0, 60.0)
"""Distance of neighbouring marks in pixels that is looked for."""

MIN_MARKS = 18
"""Fewer evenly spaced lines are no ruler: a word or a fringe may have as many."""

BAND = 4
"""Rows that are looked at together: a mark is longer, a shadow's grain is not."""


def millimetres_per_pixel(photo: NDArray[np.uint8]) -> float | None:
    """The scale from upright or lying rows of millimetre marks, None when none is sure.

    Args:
        photo: (H, W, 3) uint8 RGB.
    """
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    found = [mark for view in (gray, gray.T) if (mark := _marks(np.ascontiguousarray(view)))]
    return 1.0 / max(found)[1] if found else None


def _marks(gray: NDArray[np.uint8]) -> tuple[float, float] | None:
    """How sure, and the distance in pixels of upright marks side by side."""
    width = max(3, gray.shape[1] // 80) | 1
    ink = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, np.ones((1, width), np.uint8))
    rows = len(ink) // BAND * BAND
    bands = ink[:rows].reshape(-1, BAND, ink.shape[1]).min(axis=1).astype(np.float64)
    strokes = bands.std(axis=1)
    busy = np.argsort(strokes)[-24:]
    lone = busy[strokes[busy] > 2 * np.median(strokes)]  # a cloth has threads all over
    best = max((_period(bands[row]) for row in lone), default=None)
    return best if best is not None and best[0] > 0 else None


def _period(line: Floats) -> tuple[float, float]:
    """How even the marks along a line are, [0, 1] or 0 when too few, and their distance."""
    line = np.minimum(line, np.quantile(line, 0.98) + 1)
    inked = np.flatnonzero(line > 0.3 * line.max())
    if line.max() < 12 or len(inked) < MIN_MARKS:
        return 0.0, 0.0
    line = line[inked[0] : inked[-1] + 1]
    line = line - line.mean()
    size = 2 ** int(np.ceil(np.log2(2 * len(line))))
    power = np.abs(np.fft.rfft(line, size)) ** 2
    echo = np.fft.irfft(power)[: len(line)]
    echo /= echo[0] * (1 - np.arange(len(line)) / len(line)) + 1e-9  # even without shorter overlap
    first, last = int(PERIODS[0]), min(int(PERIODS[1]), len(line) // MIN_MARKS)
    peaks = [
        lag
        for lag in range(max(first, 2), last)
        if echo[lag] >= echo[lag - 1] and echo[lag] > echo[lag + 1] and echo[lag] > 0.35
    ]
    if not peaks:
        return 0.0, 0.0
    lag = float(peaks[0])
    for times in (2, 4, 8):  # later echoes give the distance to a fraction of a pixel
        around = round(lag * times)
        reach = max(1, int(lag * 0.3))
        if around + reach + 1 >= len(echo) // 2:
            break
        window = echo[around - reach : around + reach + 1]
        lag = (around - reach + int(window.argmax())) / times
    return float(echo[peaks[0]]), lag
