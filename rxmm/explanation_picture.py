"""An explanation as a picture: characters, image patches, attributes and parts of the score."""

from __future__ import annotations

import textwrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from rxmm.advice import percent
from rxmm.explanation import Explanation
from rxmm.notice import NOTICE
from rxmm.picture import (
    FAINT,
    FOUND,
    GAP,
    HEADLINES,
    INK,
    PAPER,
    READ,
    Line,
    fit_text,
    plain,
    stacked,
    written,
)
from rxmm.results import ImprintToken, PillFace

FACE_WIDTH, CUT_OUT = 440, 232
WIDTH = 4 * GAP + FACE_WIDTH + 2 * CUT_OUT
LOOKED_AT = (40, 90, 200)
LABELS = {
    "imprint text": "imprint as read",
    "imprint lattice": "imprint, letter by letter",
    "looks": "colour, shape, score, size",
    "image": "image networks",
    "references": "reference photos",
    "products": "how common it is",
    "correction": "all of it together",
}
"""Of `Explanation.parts`, for a person."""
SHOWN = 5
"""Candidates in the chart."""
_INNER = WIDTH - 2 * GAP
_NAME, _ROW, _TITLE = 210, 22, 26
_HEAT = 0.75
"""Opacity of the strongest patch."""


def draw_explanation(explanation: Explanation) -> Image.Image:
    """Draw an explanation, `WIDTH` pixels wide.

    One row per face, with the characters and, where the fusion answered, both maps; beneath, what
    each part of the score gave the likeliest candidates, and how the attributes of the first agree.
    """
    blocks = [_heading(explanation)]
    for number in range(len(explanation.identification.evidence)):
        blocks.append(_face_row(explanation, number))
    blocks += [_attributes(explanation), _chart(explanation), _notice()]
    return ImageOps.expand(stacked(blocks, GAP), GAP, PAPER)


def _block(height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (_INNER, height), PAPER)
    return image, ImageDraw.Draw(image)


def _heading(explanation: Explanation) -> Image.Image:
    answer = explanation.identification
    first = answer.candidates[0]
    imprint = " ".join(first.appearance.imprint) or "no imprint"
    name = f"{percent(first.probability)}   {imprint}   {plain(first.appearance.products[0].title)}"
    lines: list[Line] = [(HEADLINES[answer.status], 26, INK), (f"Why 1.  {name}", 19, INK)]
    return written([*lines, (_about_images(explanation), 14, FAINT)], _INNER)


def _about_images(explanation: Explanation) -> str:
    if explanation.attribution is None:
        return "The match of imprint, colour and shape answered: no image patch had a say in it."
    worth = explanation.attribution.sum()
    score = explanation.scores[0]
    return f"The images add {worth:+.1f} to its score of {score:.1f}, against plain grey ones."


def _face_row(explanation: Explanation, number: int) -> Image.Image:
    face = explanation.identification.evidence[number].face
    read = _characters(explanation, number, face)
    image, draw = _block(max(read.height, CUT_OUT) + _TITLE)
    font = ImageFont.load_default(14)
    draw.text((0, 0), f"Face {number + 1}: characters, red to green by support", INK, font)
    image.paste(read, (0, _TITLE))
    left = FACE_WIDTH + GAP
    if explanation.attribution is None:
        return image
    if explanation.attention is not None:
        # Every patch is looked at a little; what is drawn is more than an even share.
        seen = np.maximum(explanation.attention[number] * explanation.attention[number].size - 1, 0)
        draw.text((left, 0), "looked at", INK, font)
        image.paste(_heat(face, seen / max(float(seen.max()), 1e-9), LOOKED_AT), (left, _TITLE))
    left += CUT_OUT + GAP
    # One scale for all faces: a face that says little shall look it.
    strongest = max(float(np.abs(explanation.attribution).max()), 1e-9)
    draw.text((left, 0), "speaks for (green), against (red)", INK, font)
    image.paste(_heat(face, explanation.attribution[number] / strongest, FOUND), (left, _TITLE))
    return image


def _characters(explanation: Explanation, number: int, face: PillFace) -> Image.Image:
    """The face with a box around each character."""
    height, width = face.crop.shape[:2]
    scale = min(FACE_WIDTH / width, 1.5 * CUT_OUT / height)
    image = Image.fromarray(face.crop).resize((round(width * scale), round(height * scale)))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(16)
    for line in explanation.lines:
        if line.face != number or not np.ptp(np.array(line.token.quad), axis=0).any():
            continue  # typed text has no place on the face
        for character in line.characters:
            corners = [(x * scale, y * scale) for x, y in character.quad]
            color = _support_color(character.support) if line.expected else FAINT
            draw.polygon(corners, outline=color, width=3)
            at = min(x for x, _ in corners) + 4, min(y for _, y in corners) + 2
            draw.text(at, character.text, color, font, stroke_width=2, stroke_fill=PAPER)
    return image


def _support_color(support: float) -> tuple[int, int, int]:
    red, green, blue = (
        round(low + (high - low) * support) for low, high in zip(READ, FOUND, strict=True)
    )
    return red, green, blue


def _heat(face: PillFace, heat: NDArray[np.float32], above: tuple[int, int, int]) -> Image.Image:
    """The face as the encoder is shown it, in grey, its patches coloured.

    Args:
        heat: (g, g) in [-1, 1].
        above: colour where it is above 0.
    """
    from rxmm.models.image_encoder import cut_out  # takes seconds; without maps not needed

    picture = cut_out(face, CUT_OUT).astype(np.float32)
    opaque = picture[..., 3:] / 255
    ground = picture[..., :3].mean(axis=2, keepdims=True).repeat(3, axis=2) * opaque
    ground += np.array(PAPER) * (1 - opaque)
    smooth = Image.fromarray(heat).resize((CUT_OUT, CUT_OUT), Image.Resampling.BICUBIC)
    strength = np.clip(np.asarray(smooth)[..., None], -1, 1)
    tint = np.where(strength > 0, np.array(above), np.array(READ))
    share = _HEAT * np.abs(strength)
    return Image.fromarray((ground * (1 - share) + tint * share).astype(np.uint8))


def _attributes(explanation: Explanation) -> Image.Image:
    read = [_as_read(line.token) for line in explanation.lines if line.expected]
    lines = [f"imprint: {', '.join(read) or 'nothing of it read'}"]
    if explanation.missing:
        lines.append(f"not read: {', '.join(explanation.missing)}")
    lines += [
        f"{one.name}: listed {one.listed}, seen {one.seen}, agreement {one.fit:.0%}"
        for one in explanation.attributes
    ]
    return written([(line, 16, INK) for line in lines], _INNER)


def _as_read(token: ImprintToken) -> str:
    if token.read is None or token.read == token.text:
        return token.text
    return f"{token.text} ({f'read {token.read}' if token.read else 'faint'})"


def _chart(explanation: Explanation) -> Image.Image:
    """Bars of each part for each of the first candidates, about a line at the mean of them."""
    leads = explanation.leads[:SHOWN]
    parts = [n for n in range(leads.shape[1]) if np.abs(leads[:, n]).max() >= 0.05]
    image, draw = _block(_TITLE + len(leads) * (len(parts) + 2) * _ROW)
    small, font = ImageFont.load_default(14), ImageFont.load_default(16)
    what = "against the mean of the candidates" if len(leads) > 1 else "in all"
    title = f"Parts of the score, {what}"
    draw.text((0, 0), title, FAINT, small)
    middle = _NAME + (image.width - _NAME) // 2
    widest = max(float(np.abs(leads).max()), 1e-9)
    unit = (image.width - _NAME - 140) / 2 / widest
    top = _TITLE
    candidates = explanation.identification.candidates
    for candidate, lead in zip(candidates, leads, strict=False):
        imprint = " ".join(candidate.appearance.imprint) or "no imprint"
        said = f"{candidate.rank}.  {imprint}   in all {lead.sum():+.1f}"
        draw.text((0, top), fit_text(said, font, image.width), INK, font)
        top += _ROW + 4
        begun = top
        for part in parts:
            value = float(lead[part])
            draw.text((14, top), LABELS[explanation.parts[part]], INK, small)
            edge = middle + value * unit
            left, right = sorted((middle, edge))
            draw.rectangle(
                [left, top + 3, right, top + _ROW - 5], fill=FOUND if value > 0 else READ
            )
            label = f"{value:+.1f}"
            at = edge + 6 if value >= 0 else edge - 6 - small.getlength(label)
            draw.text((at, top), label, INK, small)
            top += _ROW
        draw.line([middle, begun, middle, top], fill=FAINT)
        top += _ROW - 4
    return image


def _notice() -> Image.Image:
    return written([(line, 13, FAINT) for line in textwrap.wrap(NOTICE, width=130)], _INNER)
