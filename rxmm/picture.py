"""The result as a picture: the photos with what was found in them, beside the likeliest answers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rxmm.advice import certainty
from rxmm.comparison import likely_colors, likely_shape
from rxmm.notice import NOTICE
from rxmm.results import Candidate, FaceEvidence, Identification

PHOTO_WIDTH, TEXT_WIDTH, GAP = 420, 560, 24
LOOK_ALIKES = 2
"""That are told of; the terminal and the JSON list all."""
INK, FAINT, PAPER = (24, 28, 36), (110, 118, 130), (255, 255, 255)
FOUND, READ = (0, 140, 120), (214, 64, 32)
HEADLINES = {
    "identified": "Identified",
    "ambiguous": "Ambiguous: several pills fit",
    "unidentified": "Not identified",
}


def draw_result(identification: Identification, photos: Sequence[NDArray[np.uint8]]) -> Image.Image:
    """Draw an identification.

    Args:
        identification: the answer.
        photos: the photos that it is about, (H, W, 3) uint8 RGB each, as `read_photo` gives them.
    """
    panels = [
        _photo_panel(photo, [e for e in identification.evidence if e.photo == number])
        for number, photo in enumerate(photos)
    ]
    lines = _text(identification)
    height = max(
        sum(panel.height + GAP for panel in panels) + GAP,
        sum(size + 9 for _, size, _ in lines) + 60,
    )
    sheet = Image.new("RGB", (PHOTO_WIDTH + TEXT_WIDTH + 3 * GAP, height), PAPER)
    top = GAP
    for panel in panels:
        sheet.paste(panel, (GAP, top))
        top += panel.height + GAP
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for text, size, color in lines:
        font = ImageFont.load_default(size)
        draw.text((PHOTO_WIDTH + 2 * GAP, top), fit_text(text, font, TEXT_WIDTH), color, font)
        top += size + 9
    return sheet


def save_result(
    identification: Identification, photos: Sequence[NDArray[np.uint8]], path: Path
) -> None:
    """Draw an identification into an image file; its suffix says which kind."""
    draw_result(identification, photos).save(path)


def _photo_panel(photo: NDArray[np.uint8], evidence: Sequence[FaceEvidence]) -> Image.Image:
    scale = PHOTO_WIDTH / photo.shape[1]
    image = Image.fromarray(photo).resize((PHOTO_WIDTH, round(photo.shape[0] * scale)))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(18)
    for seen in evidence:
        left, top, _, _ = seen.face.box
        draw.rectangle([edge * scale for edge in seen.face.box], outline=FOUND, width=2)
        for token in seen.reading.tokens:
            corners = [((x + left) * scale, (y + top) * scale) for x, y in token.quad]
            draw.polygon(corners, outline=READ, width=2)
            at = min(x for x, _ in corners), max(y for _, y in corners) + 2
            draw.text(at, token.text, READ, font, stroke_width=2, stroke_fill=PAPER)
    return image


def _text(identification: Identification) -> list[tuple[str, int, tuple[int, int, int]]]:
    """(text, size, colour) of each line beside the photos."""
    lines = [(HEADLINES[identification.status], 26, INK), ("", 6, INK)]
    for number, seen in enumerate(identification.evidence, start=1):
        looks = f"{likely_colors(seen.looks)}, {likely_shape(seen.looks).lower()}"
        lines.append((f"Face {number}: {seen.reading.text or 'no imprint read'}; {looks}", 16, INK))
    lines.append(("", 6, INK))
    for candidate in identification.candidates:
        lines += _candidate_text(candidate)
    advice = [certainty(identification)]
    close = identification.look_alikes[:LOOK_ALIKES]
    for other in close:
        imprint, name = " ".join(other.appearance.imprint), other.appearance.products[0].name
        advice.append(f"Looks nearly like the first: {imprint}, {name}. {other.check}")
    advice += [
        step for step in identification.next_steps if not any(o.check in step for o in close)
    ]
    for told in filter(None, advice):
        lines += [(line, 14, INK) for line in textwrap.wrap(told, width=74)]
    lines.append(("", 6, INK))
    return [*lines, *((line, 13, FAINT) for line in textwrap.wrap(NOTICE, width=80))]


def _candidate_text(candidate: Candidate) -> list[tuple[str, int, tuple[int, int, int]]]:
    appearance = candidate.appearance
    imprint = " ".join(appearance.imprint) or "no imprint"
    product = appearance.products[0]
    return [
        (f"{candidate.rank}.  {candidate.probability:.0%}   {imprint}", 19, INK),
        (f"      {product.name}", 15, INK),
        (f"      differs: {'; '.join(candidate.differs) or 'nothing'}", 13, FAINT),
        ("", 4, INK),
    ]


def fit_text(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """The text, cut with an ellipsis where it is wider than ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
