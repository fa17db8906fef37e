"""Reads the scale of a photo from the millimetre marks of a ruler in it, however that lies."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LONGEST_EDGE = 1280
"""A larger photo is reduced to it: marks are far enough apart on it."""

PERIODS = (3, 60)
"""Distance of neighbouring marks in pixels that is looked for."""

MIN_MARKS = 18
"""Fewer evenly spaced lines are no ruler: a word or a fringe may have as many."""

IN_A_ROW = 10
"""Fewer marks, each as far from the last one as they are apart, are no ruler: of letters on two
pills side by side 9 stand so, at most; of 98 rulers in 100 it is 13 and more."""

BAND = 4
"""Rows that are looked at together: a mark is longer, a shadow's grain is not."""

FAINTEST = 12
"""Grey levels by which a mark is darker than what lies beside it."""

LEAN = (3, 46)
"""Degrees by which marks lean from upright either way: up to the first they are taken for upright,
beyond the second for lying ones."""

SURE, SURE_LEANING = 0.35, 0.65
"""How even marks are, at least.  Rulers that lean are laid by hand, on cloth with threads as even
as 0.6; those of photographic tables are not, and may be drawn faintly."""

INCHES = 0.8
"""What `_in_inches` asks for: 0.41 at most on photographs of millimetres, 1.15 on most drawings of
sixteenths of an inch."""


class Ruler(NamedTuple):
    """What a ruler says of its photo.

    Attributes:
        mm_per_pixel: the scale.
        leaning: whether its marks neither stand nor lie: it was laid there by hand.
    """

    mm_per_pixel: float
    leaning: bool


class _Row(NamedTuple):
    """A row of marks: how even they are, [0, 1], the pixels from one to the next, and whether they
    lean."""

    sure: float
    distance: float
    leaning: bool


def find_ruler(photo: NDArray[np.uint8]) -> Ruler | None:
    """A ruler in millimetres, in any direction, None when none is sure.

    Args:
        photo: (H, W, 3) uint8 RGB.
    """
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, LONGEST_EDGE / max(gray.shape))
    gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = [row for view in (gray, gray.T) if (row := _marks(np.ascontiguousarray(view)))]
    if not found:
        return None
    surest = max(found)
    return Ruler(scale / surest.distance, surest.leaning)


def _marks(gray: NDArray[np.uint8]) -> _Row | None:
    """The surest row of marks that are more upright than lying."""
    ink = _ink(gray)
    lean = _lean(ink)
    leaning = abs(lean) >= LEAN[0]
    if leaning:
        ink = _ink(_turned(gray, lean))
    rows = len(ink) // BAND * BAND
    bands = ink[:rows].reshape(-1, BAND, ink.shape[1]).min(axis=1).astype(np.float64)
    strokes = bands.std(axis=1)
    busy = np.argsort(strokes)[-24:]
    lone = busy[strokes[busy] > 2 * np.median(strokes)]  # a cloth has threads all over
    least = SURE_LEANING if leaning else SURE
    rows_of_marks = sorted(((*_period(bands[row]), row) for row in lone), reverse=True)
    inches: list[float] = []
    for sure, distance, row in rows_of_marks:
        if sure <= least:
            break
        if _in_a_row(bands, row, distance) < IN_A_ROW:
            continue
        if _in_inches(_lengths(bands, row, distance)):
            inches.append(distance)
        elif not any(_is_part(each, distance) for each in inches):
            return _Row(sure, distance, leaning)
    return None


def _ink(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much darker than what lies beside them upright strokes are."""
    width = max(3, gray.shape[1] // 80) | 1
    kernel = np.ones((1, width), np.uint8)
    return np.asarray(cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, kernel), dtype=np.uint8)


def _lean(ink: NDArray[np.uint8]) -> int:
    """Degrees, clockwise, by which most strokes lean from upright."""
    down, along = np.nonzero(ink > FAINTEST)
    if not len(down):
        return 0
    x, y = (cv2.Sobel(ink, cv2.CV_32F, dx, 1 - dx)[down, along] for dx in (1, 0))
    across = (np.degrees(np.arctan2(y, x)) + 90) % 180 - 90  # an edge and its opposite are one
    near = np.abs(across) < LEAN[1]
    bins = np.round(across[near]).astype(int) + LEAN[1]
    counts = np.bincount(bins, np.hypot(x, y)[near], minlength=2 * LEAN[1] + 1)
    return int(np.convolve(counts, (1, 2, 3, 2, 1), "same").argmax()) - LEAN[1]


def _turned(gray: NDArray[np.uint8], lean: int) -> NDArray[np.uint8]:
    """Turned about its middle until strokes that lean so are upright, on a larger picture."""
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), lean, 1)
    size = np.ceil(np.abs(matrix[:, :2]) @ (width, height)).astype(int)
    matrix[:, 2] += (size - (width, height)) / 2
    paper = float(np.median(gray))
    turned = cv2.warpAffine(gray, matrix, size.tolist(), borderValue=paper)
    return np.asarray(turned, dtype=np.uint8)


def _period(line: Floats) -> tuple[float, float]:
    """How even the marks along a line are, [0, 1] or 0 when too few, and their distance."""
    line = np.minimum(line, np.quantile(line, 0.98) + 1)
    inked = np.flatnonzero(line > 0.3 * line.max())
    if line.max() < FAINTEST or len(inked) < MIN_MARKS:
        return 0.0, 0.0
    line = line[inked[0] : inked[-1] + 1]
    line = line - line.mean()
    size = 2 ** int(np.ceil(np.log2(2 * len(line))))
    power = np.abs(np.fft.rfft(line, size)) ** 2
    echo = np.fft.irfft(power)[: len(line)]
    echo /= echo[0] * (1 - np.arange(len(line)) / len(line)) + 1e-9  # even without shorter overlap
    peaks = [
        lag
        for lag in range(PERIODS[0], min(PERIODS[1], len(line) // MIN_MARKS))
        if echo[lag] >= echo[lag - 1] and echo[lag] > echo[lag + 1] and echo[lag] > SURE
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


def _inked(bands: Floats, row: int) -> tuple[NDArray[np.bool_], Floats]:
    """Where bands (H, W) are as dark as the marks of a row, (H, W), and the (M,) middles of these
    marks in pixels."""
    inked = bands > 0.3 * min(bands[row].max(), np.quantile(bands[row], 0.98) + 1)
    edges = np.diff(inked[row].astype(int), prepend=0, append=0)
    return inked, (np.flatnonzero(edges == 1) + np.flatnonzero(edges == -1) - 1) / 2


def _in_a_row(bands: Floats, row: int, distance: float) -> int:
    """The most marks across a row of bands (H, W) of which each follows the last one at about this
    distance in pixels."""
    _, middles = _inked(bands, row)
    far = np.abs(np.diff(middles) - distance) > max(1.0, 0.2 * distance)
    breaks = np.flatnonzero(np.concatenate([[True], far, [True]]))
    return int(np.diff(breaks).max())


def _lengths(bands: Floats, row: int, distance: float) -> Floats:
    """How many bands each of the marks across a row is long, NaN where one is missing.

    Args:
        bands: (H, W) ink.
        distance: in pixels from one mark to the next.
    """
    inked, centers = _inked(bands, row)
    middles = centers.astype(int)
    number = np.cumsum(np.round(np.diff(middles, prepend=middles[0]) / distance).astype(int))
    lengths = np.full(number[-1] + 1, np.nan)
    for middle, place in zip(middles, number, strict=True):
        blank = np.asarray(~inked[:, max(0, middle - 1) : middle + 2].any(axis=1))
        above, below = np.flatnonzero(blank[:row]), np.flatnonzero(blank[row:])
        first = above[-1] + 1 if len(above) else 0
        last = row + below[0] if len(below) else len(bands)
        lengths[place] = last - first
    return lengths


def _is_part(finer: float, distance: float) -> bool:
    """Whether one distance is the other, half or a quarter of it: farther off the baseline of
    sixteenths stand eighths alone."""
    return any(abs(finer * parts / distance - 1) < 0.05 for parts in (1, 2, 4))


def _in_inches(lengths: Floats) -> bool:
    """Whether longer marks stand where quarters and halves of an inch end: on every fourth and
    eighth sixteenth, on no fifth; of millimetres it is the fifth and tenth."""
    longer = (lengths - np.nanmedian(lengths)).clip(-3, 30)  # a mark may end in a digit
    longer -= np.nanmean(longer)
    spread = np.nanmean(longer**2)
    if spread < 0.05 or np.isnan(longer).mean() > 0.5 or len(longer) < MIN_MARKS:
        return False
    known = ~np.isnan(longer)
    longer[~known] = 0

    def repeats(step: int) -> float:
        pairs = max(1, int((known[step:] & known[:-step]).sum()))
        return float((longer[step:] * longer[:-step]).sum() / pairs / spread)

    return repeats(4) + repeats(8) - 2 * repeats(5) > INCHES
