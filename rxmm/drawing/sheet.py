"""Catalogue entries on a sheet: drawn faces, and beneath them what is recorded and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from rxmm.drawing.pill import PAPER, draw_faces, faces_recorded
from rxmm.picture import FAINT, GAP, INK, Line, fit_text, plain
from rxmm.results import Appearance

DRAWN = "Drawn from recorded facts, not a photograph."
CARD_WIDTH, FACES_HEIGHT = 600, 180
_RULE = (208, 212, 218)


@dataclass(frozen=True, slots=True)
class Entry:
    """An appearance to draw, and what to write above it."""

    appearance: Appearance
    heading: str = ""


def draw_sheet(entries: Sequence[Entry], columns: int = 2) -> Image.Image:
    """All entries (one or more) as cards in rows of at most ``columns``."""
    cards = [_card(entry) for entry in entries]
    columns = min(columns, len(cards))
    rows = [cards[i : i + columns] for i in range(0, len(cards), columns)]
    heights = [max(card.height for card in row) for row in rows]
    sheet = Image.new("RGB", (columns * CARD_WIDTH, sum(heights)), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, card in enumerate(row):
            sheet.paste(card, (column * CARD_WIDTH, top))
            edge = (column * CARD_WIDTH, top, (column + 1) * CARD_WIDTH - 1, top + height - 1)
            draw.rectangle(edge, outline=_RULE)
        top += height
    return sheet


def caption(appearance: Appearance) -> list[str]:
    """What is recorded, most telling first, and what is not."""
    first, *others = appearance.products
    more = f" (+{len(others)} more)" if others else ""
    colors = " and ".join(color.value.lower() for color in appearance.colors)
    known = {
        "color": colors,
        "shape": appearance.shape.value.lower() if appearance.shape else "",
        "size": f"{appearance.size_mm:g} mm" if appearance.size_mm else "",
        "score": _score(appearance.score),
        "kind of imprint": _kind(appearance),
    }
    if not appearance.imprint:
        del known["kind of imprint"]
    missing = [fact for fact, value in known.items() if not value]
    if len(appearance.imprint) > 1 and not faces_recorded(appearance):
        missing.append("which face carries what")
    if (appearance.score or 1) > 1:
        missing.append("the face of the score line")
    return [
        " · ".join(appearance.imprint) or "no imprint recorded",
        ", ".join(filter(None, known.values())),
        f"{plain(first.title)}{more}",
        f"{appearance.appearance_id}. {DRAWN}",
        f"Not recorded: {', '.join(missing)}." if missing else "",
    ]


def _score(score: int | None) -> str:
    if score is None:
        return ""
    return f"scored into {score}" if score > 1 else "no score line"


def _kind(appearance: Appearance) -> str:
    ink = f" in {appearance.imprint_color.value.lower()}" if appearance.imprint_color else ""
    return f"{(appearance.imprint_type or '').lower()}{ink}"


def _card(entry: Entry) -> Image.Image:
    faces = draw_faces(entry.appearance, CARD_WIDTH - 2 * GAP, FACES_HEIGHT)
    imprint, looks, product, drawn, missing = caption(entry.appearance)
    above: list[Line] = [(entry.heading, 17, INK)] if entry.heading else []
    below: list[Line] = [(imprint, 24, INK), (looks, 16, INK), (product, 16, INK)]
    below += [(drawn, 13, FAINT), (missing, 13, FAINT)]
    card = Image.new("RGB", (CARD_WIDTH, 400), PAPER)
    top = _write(card, above, GAP)
    card.paste(faces, (GAP, top))
    top = _write(card, below, top + FACES_HEIGHT + 12)
    return card.crop((0, 0, CARD_WIDTH, top + GAP // 2))


def _write(card: Image.Image, lines: Sequence[Line], top: int) -> int:
    """Lines centred below each other; where the next one would begin."""
    draw = ImageDraw.Draw(card)
    for text, size, color in lines:
        font = ImageFont.load_default(size)
        shown = fit_text(text, font, CARD_WIDTH - 2 * GAP)
        draw.text((CARD_WIDTH / 2, top), shown, color, font, anchor="ma")
        top += size + 8
    return top
