"""Screenshots drawn at random: bars, lines of text, icons, keys, cards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rxmm.evaluation.things.thing import font, typeface

Rng = np.random.Generator
Box = tuple[float, float, float, float]

_WORDS = (
    *("Settings", "Account", "Today", "Message", "Photos", "Battery", "84", "Search", "Weather"),
    *(
        "12",
        "Monday",
        "Invoice",
        "2024",
        "Send",
        "Cancel",
        "Done",
        "Profile",
        "Network",
        "64",
        "GB",
    ),
    *("Storage", "Inbox", "Call", "10-30", "Update", "5.2", "Music", "Notes", "Map", "OK"),
)


def screenshot(rng: Rng) -> NDArray[np.uint8]:
    """A screen of a telephone or a computer, upright or wide, (H, W, 3) RGB."""
    width, height = (380, 640) if rng.random() < 0.6 else (640, 420)
    dark = rng.random() < 0.35
    ground, ink = ((24, 24, 28), (225, 225, 225)) if dark else ((248, 248, 250), (35, 35, 40))
    accent = tuple(int(v) for v in rng.integers(30, 220, 3))
    picture = Image.new("RGB", (width, height), ground)
    pen, face = ImageDraw.Draw(picture), typeface(rng)
    pen.rectangle((0, 0, width, 52), fill=accent)
    pen.text((16, 14), _words(rng, 2), "white", font=font(face, 22))
    page = (12.0, 64.0, width - 12.0, height - 12.0)
    draw = (_list, _dialog, _keys, _chat, _icons)[rng.integers(5)]
    draw(_Pen(pen, face, ink, accent, dark), page, rng)
    return np.array(picture)


class _Pen:
    """What the parts of one screen share."""

    def __init__(
        self,
        draw: ImageDraw.ImageDraw,
        face: str,
        ink: tuple[int, int, int],
        accent: tuple[int, ...],
        dark: bool,
    ) -> None:
        self.draw, self.face, self.ink, self.accent = draw, face, ink, accent
        self.card = (48, 48, 54) if dark else (228, 229, 234)

    def write(self, at: tuple[float, float], text: str, size: int, anchor: str = "la") -> None:
        """A line of text in the ink of the screen."""
        self.draw.text(at, text, self.ink, font=font(self.face, size), anchor=anchor)

    def key(self, box: Box, text: str, size: int, *, accent: bool = False) -> None:
        """A rounded key with its text in the middle."""
        fill = self.accent if accent else self.card
        self.draw.rounded_rectangle(box, radius=(box[3] - box[1]) / 2, fill=fill)
        self.write(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), text, size, "mm")


def _list(pen: _Pen, page: Box, rng: Rng) -> None:
    """Rows with a round picture, two lines and a switch."""
    for y in np.arange(page[1], page[3] - 60, 66):
        color = tuple(int(v) for v in rng.integers(60, 230, 3))
        pen.draw.ellipse((page[0], y, page[0] + 46, y + 46), fill=color)
        pen.write((page[0] + 23, y + 23), _words(rng, 1)[0], 22, "mm")
        pen.write((page[0] + 62, y + 2), _words(rng, 2), 18)
        pen.write((page[0] + 62, y + 26), _words(rng, 3), 14)
        if rng.random() < 0.4:
            pen.key((page[2] - 44, y + 12, page[2], y + 34), "", 10, accent=True)
            pen.draw.ellipse((page[2] - 21, y + 13, page[2] - 1, y + 33), fill="white")


def _dialog(pen: _Pen, page: Box, rng: Rng) -> None:
    """A question on a card with two keys."""
    middle = (page[1] + page[3]) / 2
    left, right = page[0] + 20, page[2] - 20
    pen.draw.rounded_rectangle((left, middle - 90, right, middle + 90), 18, fill=pen.card)
    pen.write(((left + right) / 2, middle - 50), _words(rng, 2), 22, "mm")
    pen.write(((left + right) / 2, middle - 15), _words(rng, 4), 15, "mm")
    half = (left + right) / 2
    pen.key((left + 20, middle + 25, half - 10, middle + 69), "Cancel", 17)
    pen.key((half + 10, middle + 25, right - 20, middle + 69), "OK", 17, accent=True)


def _keys(pen: _Pen, page: Box, rng: Rng) -> None:
    """A pad of round keys with digits, and the number typed."""
    pen.write((page[2], page[1] + 10), str(rng.integers(10, 99999)), 44, "ra")
    size = min((page[2] - page[0]) / 4, (page[3] - page[1] - 70) / 4)
    for place, key in enumerate("789/456-123+.0.C"):
        x = page[0] + place % 4 * size
        y = page[1] + 70 + place // 4 * size
        pen.key((x + 5, y + 5, x + size - 5, y + size - 5), key, 28, accent=place % 4 == 3)


def _chat(pen: _Pen, page: Box, rng: Rng) -> None:
    """Messages in bubbles on both sides."""
    for y in np.arange(page[1], page[3] - 40, 54):
        width = rng.uniform(90, (page[2] - page[0]) * 0.75)
        mine = rng.random() < 0.5
        left = page[2] - width if mine else page[0]
        text = _words(rng, 1 + int(width / 110))
        pen.key((left, y, left + width, y + 40), text, 16, accent=mine)


def _icons(pen: _Pen, page: Box, rng: Rng) -> None:
    """Rounded squares and discs in rows, with their names below."""
    step = (page[2] - page[0]) / 4
    for y in np.arange(page[1], page[3] - step, step + 10):
        for column in range(4):
            x = page[0] + column * step
            color = tuple(int(v) for v in rng.integers(30, 240, 3))
            box = (x + 14, y + 6, x + step - 14, y + step - 22)
            if rng.random() < 0.25:
                pen.draw.ellipse(box, fill=color)
            else:
                pen.draw.rounded_rectangle(box, 16, fill=color)
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            pen.write(middle, _words(rng, 1)[:2], 26, "mm")
            pen.write((middle[0], y + step - 10), _words(rng, 1), 13, "mm")


def _words(rng: Rng, count: int) -> str:
    return " ".join(rng.choice(_WORDS, count).tolist())
