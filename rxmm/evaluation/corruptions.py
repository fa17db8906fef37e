"""How answers hold when photographs are spoilt: the kinds of ImageNet-C, and those of pills.

ImageNet-C: Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions
and Perturbations (ICLR 2019, arXiv:1903.12261), as the library imagecorruptions-imaug has it.  Its
severities were set for pictures of 224 pixels, as the US photographs are; a photo is spoilt at its
own size, so that noise and blur of one severity weigh less on a larger photo.

A peer, EasyOCR and rapidfuzz, is asked about the same spoilt photographs of the first pills that it
gets right on the photographs as they are: what is wrong already cannot be lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import AppearanceKey, appearance_key
from rxmm.errors import RxmmError
from rxmm.evaluation.peers import easyocr_reader, read_turned, whole_ratio
from rxmm.evaluation.pill_corruptions import PILL_KINDS
from rxmm.evaluation.query import Query
from rxmm.identifier import Identifier
from rxmm.photo import read_photo
from rxmm.results import PillFace, Status

IMAGENET_C = (
    "gaussian_noise", "shot_noise", "impulse_noise",
    "defocus_blur", "glass_blur", "motion_blur", "zoom_blur",
    "snow", "frost", "fog", "brightness",
    "contrast", "elastic_transform", "pixelate", "jpeg_compression",
)  # fmt: skip
KINDS = (*IMAGENET_C, *PILL_KINDS)
SEVERITIES = (1, 2, 3, 4, 5)
PEER_SEVERITIES = (1, 3, 5)
"""The peer takes seconds for each pill."""
CLEAN = "clean"
"""In place of a kind, with severity 0: the photographs as they are."""

_SHARED = ("color_cast",)
"""These are the same on both photographs of a pill: a person has one lamp."""
_OWN_SEED = ("impulse_noise", "glass_blur")
"""These take a seed; the others draw from NumPy's global generator."""

System = Literal["rxmm", "peer"]


def corrupt(photo: NDArray[np.uint8], kind: str, severity: int, seed: int) -> NDArray[np.uint8]:
    """A spoilt copy of a photo, always the same for the same seed.

    Args:
        photo: (H, W, 3) uint8 RGB, both edges at least 32.
        kind: one of `KINDS`.
        severity: 1 to 5.
        seed: 0 to 2**32 - 1.
    """
    if kind in PILL_KINDS:
        return PILL_KINDS[kind](photo, severity, np.random.default_rng(seed))
    import imagecorruptions

    own = {"seed": seed} if kind in _OWN_SEED else {}
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        spoilt = imagecorruptions.corrupt(photo, severity, kind, **own)
    finally:
        np.random.set_state(state)
    return np.asarray(spoilt, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Trial:
    """One pill, asked of one system in one condition.

    Attributes:
        query, group: of the pill.
        kind: one of `KINDS`, or `CLEAN` with severity 0.
        right: whether the first answer has the true imprint.
        status: of rxmm's answer, *unidentified* where no pill was found; None for the peer, which
            never abstains.
        seconds: for the answer, the spoiling of the photographs left out.
    """

    system: System
    query: str
    group: str
    kind: str
    severity: int
    right: bool
    status: Status | None
    seconds: float


Peer = Callable[[Sequence[PillFace]], AppearanceKey | None]
"""From faces to the first answer; None where nothing was read."""


def easyocr_and_rapidfuzz(identifier: Identifier) -> Peer:
    """EasyOCR as it comes in four rotations, and WRatio against the same catalogue.

    Raises:
        RxmmError: EasyOCR's own weights are not installed.
    """
    read, rank = easyocr_reader(), whole_ratio(identifier.catalog)

    def answer(faces: Sequence[PillFace]) -> AppearanceKey | None:
        return next(iter(rank([read_turned(read, face) for face in faces])), None)

    return answer


def conditions() -> list[tuple[str, int]]:
    """Every kind and severity; first the photographs as they are."""
    return [(CLEAN, 0), *((kind, severity) for kind in KINDS for severity in SEVERITIES)]


def run(
    identifier: Identifier,
    queries: Sequence[Query],
    peer: Peer | None = None,
    peer_limit: int = 0,
) -> Iterator[list[Trial]]:
    """Ask for every pill in every condition, one pill after the other.

    Args:
        peer: is asked about pills as they are, until it was right about ``peer_limit`` of them; of
            these also in `PEER_SEVERITIES`.

    Yields:
        The trials of one pill in one condition: rxmm's and, where it is asked, the peer's;
        ``len(queries) * len(conditions())`` times.
    """
    followed = 0
    for query in queries:
        photos = [read_photo(photo) for photo in query.photos()]
        asked = peer if followed < peer_limit else None
        for kind, severity in conditions():
            spoilt = photos
            if kind != CLEAN:
                spoilt = [
                    corrupt(photo, kind, severity, seed_of(query, kind, place))
                    for place, photo in enumerate(photos)
                ]
            now = asked if severity in (0, *PEER_SEVERITIES) else None
            trials = _ask(identifier, now, query, spoilt, kind, severity)
            yield trials
            if kind == CLEAN and asked is not None:
                right = trials[-1].right  # the peer's
                followed += right
                asked = peer if right else None


def seed_of(query: Query, kind: str, place: int) -> int:
    """The same for all severities: the same noise or finger, only more of it.

    Args:
        place: of the photo among those of the pill.
    """
    if kind in _SHARED:
        place = 0
    return crc32(f"{query.id} {kind} {place}".encode())


def _ask(
    identifier: Identifier,
    peer: Peer | None,
    query: Query,
    photos: Sequence[NDArray[np.uint8]],
    kind: str,
    severity: int,
) -> list[Trial]:
    truth = appearance_key(query.label.imprint)

    def trial(
        system: System, first: AppearanceKey | None, status: Status | None, seconds: float
    ) -> Trial:
        right = first == truth
        return Trial(system, query.id, query.group, kind, severity, right, status, seconds)

    begun = time.perf_counter()
    try:
        answer = identifier.identify(*photos, top=1)
    except RxmmError:  # no pill found: neither of the two has anything to read
        seconds = time.perf_counter() - begun
        own = trial("rxmm", None, "unidentified", seconds)
        return [own] if peer is None else [own, trial("peer", None, None, seconds)]
    first = appearance_key(answer.candidates[0].appearance.imprint)
    trials = [trial("rxmm", first, answer.status, time.perf_counter() - begun)]
    if peer is not None:
        begun = time.perf_counter()
        first_of_peer = peer([evidence.face for evidence in answer.evidence])
        finding = (answer.timings_ms["read_photo"] + answer.timings_ms["segment"]) / 1000
        seconds = finding + time.perf_counter() - begun
        trials.append(trial("peer", first_of_peer, None, seconds))
    return trials
