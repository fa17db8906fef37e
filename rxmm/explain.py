"""Why this answer: what each kind of evidence, each character and each image patch was worth.

Everything is worked out again from an `Identification`: it holds what the ranking looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.matching import TEMPERATURE, TEXT_SHARE, Matches
from rxmm.catalog.rows import size_fit
from rxmm.comparison import likely_colors, likely_shape
from rxmm.errors import InputError
from rxmm.explanation import Attribute, Character, Explanation, Line, Quad
from rxmm.identifier import Identifier
from rxmm.imprint.alignment import align, evenly
from rxmm.results import (
    Appearance,
    FaceEvidence,
    Identification,
    ImprintToken,
    Looks,
    Seen,
    measured_size,
)

FUSION_PARTS: Mapping[str, tuple[str, ...]] = {
    "imprint text": ("fuzzy", "fuzzy_unread", "text", "tokens", "blank"),
    "imprint lattice": ("lattice", "lattice_unread"),
    "looks": ("looks", "color", "shape", "size", "score"),
    "image": ("retrieval", "description", "image_color", "image_shape", "image_score"),
    "references": ("prototype",),
    "products": ("products",),
    "correction": ("correction",),
}
"""Features of the fusion by what they speak of.  ``retrieval`` compares the joint embedding of
faces, reading and looks; the correction is a perceptron over all features."""


def explain(identifier: Identifier, answer: Identification) -> Explanation:
    """Explain an answer that this identifier gave.

    Raises:
        InputError: the answer is of another catalogue, or its image needs a package that is not
            installed (extra ``explain``).
    """
    numbers = identifier.catalog.row_of_id
    asked = [candidate.appearance for candidate in answer.candidates]
    if any(appearance.appearance_id not in numbers for appearance in asked):
        raise InputError("This answer has pills that are not in the identifier's catalogue.")
    rows = [numbers[appearance.appearance_id] for appearance in asked]
    seen = answer.seen
    matches = identifier.matches(seen.readings, seen.looks)
    if answer.source == "fusion":
        parts, attention, attribution = _of_fusion(identifier, seen, matches, rows)
        pool = identifier.calibrations("fusion", seen.faces).pool
        for name, part in _of_match(matches, rows).items():
            parts[name] = parts[name] + pool * TEMPERATURE * part
    else:
        parts, attention, attribution = _of_match(matches, rows), None, None
    expected = list(identifier.catalog.imprint_tokens[rows[0]])
    lines = tuple(
        _line(number, face, token, expected)
        for number, face in enumerate(answer.evidence)
        for token in face.reading.tokens
    )
    shown = {word for line in lines for word in tokens(line.token.text)}
    return Explanation(
        identification=answer,
        parts=tuple(parts),
        contributions=np.stack(list(parts.values()), axis=1),
        lines=lines,
        missing=tuple(token for token in dict.fromkeys(expected) if token not in shown),
        attributes=tuple(_attributes(asked[0], seen.looks)),
        attention=attention,
        attribution=attribution,
    )


_Maps = NDArray[np.float32] | None


def _of_match(matches: Matches, rows: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Parts of the score of the matches alone, see `Matches.score` and `match_logits`."""
    return {
        "imprint text": TEXT_SHARE * matches.fuzzy[rows] / TEMPERATURE,
        "imprint lattice": (1 - TEXT_SHARE) * matches.lattice[rows] / TEMPERATURE,
        "looks": matches.looks[rows] / TEMPERATURE,
    }


def _of_fusion(
    identifier: Identifier, seen: Seen, matches: Matches, rows: Sequence[int]
) -> tuple[dict[str, NDArray[np.float64]], _Maps, _Maps]:
    """Parts of the fusion's score, and both maps of the faces."""
    from torch import Tensor

    from rxmm.models import attribution
    from rxmm.models.fusion import FEATURES

    fusion = identifier.fusion
    if fusion is None:
        raise InputError("The fusion gave this answer, and this identifier was opened without it.")
    attribution.check_installed()
    images = fusion.images(seen.faces)
    terms = fusion.terms(images, seen, matches, rows)[0].detach().double().numpy()
    column = {name: terms[:, number] for number, name in enumerate((*FEATURES, "correction"))}
    parts = {
        part: np.sum([column[name] for name in names], axis=0)
        for part, names in FUSION_PARTS.items()
    }

    def score(versions: Tensor) -> Tensor:
        return fusion.terms(versions, seen, matches, rows[:1]).sum(dim=(1, 2))

    side = attribution.patches(fusion.image_encoder)
    return (
        parts,
        attribution.attention_rollout(fusion.image_encoder, images[0]),
        attribution.integrated_gradients(score, images, side),
    )


def _line(number: int, face: FaceEvidence, token: ImprintToken, expected: Sequence[str]) -> Line:
    unaided = token.text if token.read is None else token.read
    belief = next(
        (
            belief
            for line, belief in zip(face.unaided.hypotheses, face.unaided.beliefs, strict=False)
            if line.quad == token.quad and line.text == unaided
        ),
        None,
    )
    # What a person typed, or another reader read, comes without beliefs.
    text = token.text
    places = evenly(text, token.confidence) if belief is None else align(text, belief)
    characters = tuple(
        Character(character, _slice(token.quad, place.start, place.end), place.support)
        for character, place in zip(text, places, strict=True)
    )
    return Line(number, token, text in expected, characters)


def _slice(quad: Quad, start: float, end: float) -> Quad:
    """The part of a line's quad between two shares of its length."""
    top_left, top_right, bottom_right, bottom_left = np.array(quad)
    top, bottom = top_right - top_left, bottom_right - bottom_left
    upper = top_left + start * top, top_left + end * top
    lower = bottom_left + end * bottom, bottom_left + start * bottom
    return tuple((float(x), float(y)) for x, y in (*upper, *lower))


def _attributes(appearance: Appearance, looks: Sequence[Looks]) -> Iterator[Attribute]:
    if not looks:
        return
    if listed := appearance.colors:
        parts = [part for seen in looks for part in seen.colors]
        fit = float(np.mean([sum(part.get(color, 0.0) for color in listed) for part in parts]))
        named = "/".join(color.lower() for color in listed)
        yield Attribute("colour", named, likely_colors(looks[0]), fit)
    if appearance.shape:
        fit = float(np.mean([seen.shape.get(appearance.shape, 0.0) for seen in looks]))
        yield Attribute("shape", appearance.shape.lower(), likely_shape(looks[0]).lower(), fit)
    if pieces := appearance.score:
        each = {n: float(np.mean([seen.score.get(n, 0.0) for seen in looks])) for n in range(1, 5)}
        likeliest = max(each, key=lambda n: each[n])
        yield Attribute("score", str(pieces), str(likeliest), each.get(pieces, 0.0))
    if (size := measured_size(looks)) and appearance.size_mm:
        fit = math.exp(float(size_fit(np.array([appearance.size_mm]), looks)[0]))
        yield Attribute("size", f"{appearance.size_mm:g} mm", f"{size:.1f} mm", fit)
