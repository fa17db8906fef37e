"""What each stage hands to the next: plain frozen values, no behaviour beyond their own shape.

Pixels are RGB ``uint8``; boxes are ``(left, top, right, bottom)`` in pixels, right and bottom
excluded; angles are degrees, counter-clockwise; every probability is in [0, 1].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from rxmm.branches import Source
from rxmm.catalog.vocabulary import Color, Shape

Box = tuple[int, int, int, int]
Rgb = tuple[float, float, float]
Status = Literal["identified", "ambiguous", "unidentified"]
Difference = Literal["character", "token", "color", "shape", "strength"]
Kind = Literal["cut_out", "ruler", "hand"]
"""Of a picture: a laboratory's, which had been cut out and laid on black before, darker and all in
one light; a photograph beside a ruler, mostly of a set-up for that; any other photograph."""
MAX_FACES = 2
"""Of a pill."""
MAX_LISTED = 50
"""Appearances that a prediction set names; its size counts all."""
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True, eq=False)
class PillFace:
    """One face of a pill, cut out of a photo.

    Attributes:
        crop: (h, w, 3) uint8 RGB, the photo inside ``box``, background left in.
        mask: (h, w) bool, True on the pill.
        box: where the crop lies in the photo.
        lights: what a white surface may look like in the photo, RGB up to 1, the likeliest first.
            A photo tells neither whether the light or the ground is tinted, nor whether the light
            is weak or all things are dark; where that matters, there are several.
        mm_per_pixel: scale when a ruler was seen, else None.
        cut_out: whether the picture had been cut out and laid on black before.
    """

    crop: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    box: Box
    lights: tuple[Rgb, ...] = ((1.0, 1.0, 1.0),)
    mm_per_pixel: float | None = None
    cut_out: bool = False

    @property
    def kind(self) -> Kind:
        """Of the picture."""
        if self.cut_out:
            return "cut_out"
        return "hand" if self.mm_per_pixel is None else "ruler"

    @property
    def light(self) -> Rgb:
        """The likeliest of the lights."""
        return self.lights[0]


@dataclass(frozen=True, slots=True)
class Looks:
    """What a pill face looks like, imprint aside.

    Attributes:
        colors: one distribution over `Color` (sums to 1) for each differently coloured part of the
            pill, largest part first; one or two parts.
        shape: distribution over `Shape`, sums to 1.
        score: distribution over the number of equal pieces that the score lines mark (1, 2, 3, 4).
        aspect_ratio: longest over shortest extent, ≥ 1.
        size_mm: longest extent when the photo gives a scale, else None.
    """

    colors: tuple[Mapping[Color, float], ...]
    shape: Mapping[Shape, float]
    score: Mapping[int, float]
    aspect_ratio: float
    size_mm: float | None = None


def measured_size(looks: Sequence[Looks]) -> float:
    """Longest extent in mm, mean of the faces that were measured; 0 when none was."""
    sizes = [face.size_mm for face in looks if face.size_mm]
    return float(np.mean(sizes)) if sizes else 0.0


@dataclass(frozen=True, slots=True)
class ImprintToken:
    """One line of text read on a face.

    Attributes:
        text: in upper case; never empty in what is shown.
        confidence: the reader's own, [0, 1].
        quad: four (x, y) corners in face-crop pixels, clockwise from the text's own top left.
        angle: direction of the text, degrees counter-clockwise; 0 reads left to right.
        read: what the reader wrote there by itself where ``text`` is spelt by the catalogue, "" for
            nothing; None where ``text`` is its own.
    """

    text: str
    confidence: float
    quad: tuple[tuple[float, float], ...]
    angle: float
    read: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ImprintReading:
    """All that the reader saw on one face; an unreadable or blank face has no tokens.

    Attributes:
        tokens: the most confident lines that do not overlap, in reading order: what to show.
        hypotheses: every line that was found, at every angle and in every region: what to match.
            Those in which no text is likeliest come last, with an empty text.
        beliefs: the probability of blank and of each imprint character in each column of each of
            these lines, (T, 37) float32, see `rxmm.imprint.lattice`; none for text that was typed.
    """

    tokens: tuple[ImprintToken, ...] = ()
    hypotheses: tuple[ImprintToken, ...] = ()
    beliefs: tuple[NDArray[np.float32], ...] = ()

    @property
    def text(self) -> str:
        """The tokens joined by single spaces."""
        return " ".join(token.text for token in self.tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen of one pill, for the ranking: one entry per face, in the same order.

    Where a part is to count for nothing, it is empty, whatever the others hold.

    Attributes:
        faces: as they were cut out.
        readings: what was read without knowing any candidate.
        looks: what each looks like, imprint aside.
    """

    faces: Sequence[PillFace] = ()
    readings: Sequence[ImprintReading] = ()
    looks: Sequence[Looks] = ()

    def each_alone(self) -> Iterator[Self]:
        """The same pill with one of its faces seen."""
        for number in range(len(self.faces)):
            one = slice(number, number + 1)
            yield type(self)(self.faces[one], self.readings[one], self.looks[one])


@dataclass(frozen=True, slots=True)
class Product:
    """One marketed product that has a given appearance.

    Attributes:
        ndc: (labeler, product) or (labeler, product, package) segments as strings, leading zeros
            kept; empty outside the US.
        packages: package NDCs, labeler-product-package.
        licence: the regulator's licence number where there is no NDC (Taiwan, Korea).
        strength: as printed in the product's name, e.g. "40 MG"; empty when not known.
        ingredients: active ones, each as ``NAME strength [UNII]``.
        country: of the regulator, ISO 3166 alpha-2.
        source: which importer read it, e.g. ``spl``.
        document, document_version, document_date: where it stands there; an SPL's set id, version
            and effective date.
        discontinued: ISO date from which on it was gone from its source or the market, or "".
    """

    name: str
    generic: str = ""
    strength: str = ""
    labeler: str = ""
    ndc: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    licence: str = ""
    rxcui: str = ""
    dosage_form: str = ""
    ingredients: tuple[str, ...] = ()
    country: str = "US"
    source: str = ""
    document: str = ""
    document_version: str = ""
    document_date: str = ""
    discontinued: str = ""

    @property
    def title(self) -> str:
        """The name, and the strength where the name does not state it."""
        if set(_AMOUNT.findall(self.strength)) <= set(_AMOUNT.findall(self.name)):
            return self.name
        latin, dot, local = self.name.partition(" · ")
        return f"{latin} {self.strength}{dot}{local}"


@dataclass(frozen=True, slots=True)
class Appearance:
    """One look of a pill: an imprint with its colours and shape, and the products that share it.

    Attributes:
        appearance_id: stable within a catalogue, e.g. ``us-3f9c01a2b7d4``.
        imprint: segments as the source lists them, both faces together, in source order.
        colors: predominant first; empty when not recorded.
        shape: None when not recorded or outside the vocabulary.
        score: number of equal pieces (1 = unscored); None when not recorded.
        size_mm: longest dimension; None when not recorded.
        imprint_type: DEBOSSED, EMBOSSED, PRINTED, or None when not recorded.
        imprint_color: ink of a printed imprint, else None.
    """

    appearance_id: str
    imprint: tuple[str, ...]
    colors: tuple[Color, ...] = ()
    shape: Shape | None = None
    score: int | None = None
    size_mm: float | None = None
    imprint_type: str | None = None
    imprint_color: Color | None = None
    products: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer: an appearance, how likely it is, and what spoke for and against it."""

    rank: int
    appearance: Appearance
    probability: float
    agrees: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FaceEvidence:
    """What was seen on one face, in the order the faces were given.

    Attributes:
        photo: which photo it is on, counted from 0.
        reading: what was read, spelt as the best candidate does where the photo supports that.
        unaided: what was read without knowing any candidate: what the ranking looked at.
    """

    photo: int
    face: PillFace
    looks: Looks
    reading: ImprintReading
    unaided: ImprintReading


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Another medicine that looks nearly the same as a candidate.

    Attributes:
        differs_in: the one thing that tells the two apart: a character of the imprint, a whole
            token of it, the colour, the shape, or the strength that the brand's next pill has.
        check: what to look at, in one or two sentences; "this one" in it is the look-alike.
    """

    appearance: Appearance
    differs_in: Difference
    check: str


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """The fewest appearances that hold the true one as often as is asked for, over many answers.

    Attributes:
        coverage: how often, (0, 1).
        size: how many appearances it takes.
        appearance_ids: of these, best first, the first `MAX_LISTED`.
        mass: probability, in this one answer, that the true one is among them if it is listed.
    """

    coverage: float
    size: int
    appearance_ids: tuple[str, ...] = ()
    mass: float = 1.0


@dataclass(frozen=True, slots=True)
class Identification:
    """The answer to one query.

    Attributes:
        candidates: best first, distinct appearances.
        timings_ms: wall time of each stage by name, and ``total``.
        versions: of rxmm, the catalogue and the weights.
        look_alikes: of the first candidate, most confusable first; none when unidentified.
        not_listed: probability that the pill is not in this catalogue, [0, 1].
        prediction_sets: by rising coverage.
        next_steps: what to do now, in plain sentences, most useful first.
    """

    status: Status
    source: Source
    candidates: tuple[Candidate, ...]
    evidence: tuple[FaceEvidence, ...]
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    look_alikes: tuple[LookAlike, ...] = ()
    not_listed: float = 0.0
    prediction_sets: tuple[PredictionSet, ...] = ()
    next_steps: tuple[str, ...] = ()

    @property
    def seen(self) -> Seen:
        """What the ranking looked at."""
        return Seen(
            [face.face for face in self.evidence],
            [face.unaided for face in self.evidence],
            [face.looks for face in self.evidence],
        )
