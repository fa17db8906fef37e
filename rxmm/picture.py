"""The result as a picture: the photos with what was found in them, beside the likeliest answers.

Each answer comes with a drawing of its catalogue entry, to compare with the photo.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rxmm.advice import certainty, percent
from rxmm.comparison import likely_colors, likely_shape
from rxmm.drawing.pill import draw_faces
from rxmm.notice import NOTICE
from rxmm.results import Candidate, FaceEvidence, Identification

PHOTO_WIDTH, TEXT_WIDTH, GAP = 420, 560, 24
DRAWN_WIDTH, DRAWN_HEIGHT = 232, 84
"""Of the drawing beside a candidate."""
Line = tuple[str, int, tuple[int, int, int]]
"""Text, size and colour."""
LOOK_ALIKES = 2
"""That are told of; the terminal and the JSON list all."""
INK, FAINT, PAPER = (24, 28, 36), (110, 118, 130), (255, 255, 255)
FOUND, READ = (0, 140, 120), (214, 64, 32)
_CJK = "\u2e80"  # the first of those letters and all beyond
DRAWN = "Drawings are made from recorded facts, not photographs."
HEADLINES = {
    "identified": "Identified",
    "ambiguous": "Ambiguous: not sure enough to name one",
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
    answer = [written(_heading(identification), TEXT_WIDTH)]
    answer += [_candidate_row(candidate) for candidate in identification.candidates]
    answer.append(written(_advice(identification), TEXT_WIDTH))
    left, right = stacked(panels, GAP), stacked(answer, 8)
    size = left.width + right.width + 3 * GAP, max(left.height, right.height) + 2 * GAP
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(left, (GAP, GAP))
    sheet.paste(right, (left.width + 2 * GAP, GAP))
    return sheet


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


def _heading(identification: Identification) -> list[Line]:
    lines = [(HEADLINES[identification.status], 26, INK), ("", 6, INK)]
    for number, seen in enumerate(identification.evidence, start=1):
        looks = f"{likely_colors(seen.looks)}, {likely_shape(seen.looks).lower()}"
        lines.append((f"Face {number}: {seen.reading.text or 'no imprint read'}; {looks}", 16, INK))
    return lines


def _candidate_row(candidate: Candidate) -> Image.Image:
    """The drawing of a candidate, and beside it what is to be told."""
    appearance = candidate.appearance
    imprint = " ".join(appearance.imprint) or "no imprint"
    lines = [
        (f"{candidate.rank}.  {percent(candidate.probability)}   {imprint}", 19, INK),
        (plain(appearance.products[0].title), 15, INK),
        (f"differs: {'; '.join(candidate.differs) or 'nothing'}", 13, FAINT),
    ]
    text = written(lines, TEXT_WIDTH)
    row = Image.new("RGB", (DRAWN_WIDTH + GAP + text.width, DRAWN_HEIGHT), PAPER)
    row.paste(draw_faces(appearance, DRAWN_WIDTH, DRAWN_HEIGHT))
    row.paste(text, (DRAWN_WIDTH + GAP, (DRAWN_HEIGHT - text.height) // 2))
    return row


def _advice(identification: Identification) -> list[Line]:
    advice = [certainty(identification)]
    close = identification.look_alikes[:LOOK_ALIKES]
    for other in close:
        imprint, name = " ".join(other.appearance.imprint), other.appearance.products[0].title
        advice.append(f"Looks nearly like the first: {imprint}, {plain(name)}. {other.check}")
    advice += [
        step for step in identification.next_steps if not any(o.check in step for o in close)
    ]
    lines = [
        (line, 14, INK) for told in filter(None, advice) for line in textwrap.wrap(told, width=74)
    ]
    notice = textwrap.wrap(f"{DRAWN} {NOTICE}", width=80)
    return [*lines, ("", 6, INK), *((line, 13, FAINT) for line in notice)]


def written(lines: Sequence[Line], width: int) -> Image.Image:
    """Lines of text below each other, each cut to ``width`` pixels."""
    image = Image.new("RGB", (width, sum(size + 9 for _, size, _ in lines)), PAPER)
    draw = ImageDraw.Draw(image)
    top = 0
    for text, size, color in lines:
        font = ImageFont.load_default(size)
        draw.text((0, top), fit_text(text, font, width), color, font)
        top += size + 9
    return image


def stacked(images: Sequence[Image.Image], gap: int) -> Image.Image:
    """Images (one or more) below each other, ``gap`` pixels apart."""
    width = max(image.width for image in images)
    height = sum(image.height + gap for image in images) - gap
    stack = Image.new("RGB", (width, height), PAPER)
    top = 0
    for image in images:
        stack.paste(image, (0, top))
        top += image.height + gap
    return stack


def plain(name: str) -> str:
    """A product's name in the letters that the typeface of pictures has: without its Chinese."""
    parts = [part for part in name.split(" · ") if not any(c >= _CJK for c in part)]
    letters = unicodedata.normalize("NFKD", " · ".join(parts))
    kept = "".join(c for c in letters if c.isascii() or c == "·")
    return kept.strip() or "(name not in Latin letters)"


def fit_text(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """The text, cut with an ellipsis where it is wider than ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
