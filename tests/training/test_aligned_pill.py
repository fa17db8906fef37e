"""Lines of a pill that is laid on drawn grounds."""

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from rxmm._resources import data_dir
from rxmm.imprint.face import FacePicture
from rxmm.imprint.geometry import quad_ribbon, resample_ribbon, ribbon_quad
from rxmm.results import PillFace
from rxmm.training.aligned_pill import AlignedPill
from rxmm.training.face_bank import SIDE

TIMES = 3
TEXT = "''MM"
"""Fainter where it begins than where it ends."""


def printed(text: str) -> tuple[PillFace, tuple[float, float, float, float]]:
    """A white pill and, in its pixels, left, top, right and bottom of what is printed on it."""
    font = ImageFont.truetype(data_dir() / "fonts/grotesque-bold.ttf", 50)
    picture = Image.new("RGB", (320, 160), (225, 225, 225))
    draw = ImageDraw.Draw(picture)
    draw.text((110, 60), text, (20, 20, 20), font, "mm")
    mask = np.zeros((160, 320), np.uint8)
    cv2.ellipse(mask, (160, 80), (158, 78), 0, 0, 360, 1, -1)
    face = PillFace(np.array(picture), mask.astype(bool), (0, 0, 320, 160))
    return face, draw.textbbox((110, 60), text, font, "mm")


def brightness(gray: np.ndarray, corners: list[np.ndarray]) -> float:
    inside = np.zeros(gray.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners).astype(np.int32), 1)
    return float(gray[inside > 0].mean())


def test_lines_lie_where_their_text_was_laid() -> None:
    face, (left, top, right, bottom) = printed(TEXT)
    picture = FacePicture.of(face, SIDE)
    corners = torch.tensor([[[left, top], [right, top], [right, bottom], [left, bottom]]])
    ribbon = resample_ribbon(quad_ribbon(corners * picture.scale))[0].numpy()
    pill = AlignedPill("a pill", [face], [picture], [(0, ribbon, TEXT)], True)

    found = 0
    for laid in pill.laid(TIMES):
        assert laid.name == pill.name and laid.whole
        for number, moved, text in laid.lines:
            found += 1
            assert text == TEXT
            gray = cv2.cvtColor(laid.pictures[number].rgb, cv2.COLOR_RGB2GRAY).astype(float)
            quad = ribbon_quad(torch.from_numpy(moved)[None])[0].numpy()
            top, bottom = (quad[0] + quad[1]) / 2, (quad[3] + quad[2]) / 2
            start, end = (
                brightness(gray, corners)
                for corners in ([quad[0], top, bottom, quad[3]], [top, quad[1], quad[2], bottom])
            )
            assert end < 0.85 * start and end < 0.85 * np.median(gray[laid.pictures[number].mask])
    assert found >= TIMES - 1


def test_the_same_pill_is_laid_anew_each_time_but_the_same_in_every_run() -> None:
    face, _ = printed(TEXT)
    pill = AlignedPill("a pill", [face], [FacePicture.of(face, SIDE)], [], False)
    first, second = pill.laid(2)
    again, _ = pill.laid(2)
    assert np.array_equal(first.pictures[0].rgb, again.pictures[0].rgb)
    assert not np.array_equal(first.pictures[0].rgb, second.pictures[0].rgb)
