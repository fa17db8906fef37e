"""Placing a pill's tokens on its faces with the released networks, and what is known to be none."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from rxmm._resources import data_dir
from rxmm.imprint.face import FacePicture
from rxmm.imprint.geometry import angle_of
from rxmm.results import PillFace
from rxmm.training.align import MISTAKES, Aligner
from rxmm.training.face_bank import SIDE
from rxmm.training.imprint import RELEASED


def printed(*lines: str, size: int = 60) -> FacePicture:
    font = ImageFont.truetype(data_dir() / "fonts/grotesque-bold.ttf", size)
    picture = Image.new("RGB", (320, 160), (225, 225, 225))
    for number, line in enumerate(lines):
        middle = 160, 80 + 50 * (number - (len(lines) - 1) / 2)
        ImageDraw.Draw(picture).text(middle, line, (40, 40, 40), font, "mm")
    mask = np.zeros((160, 320), np.uint8)
    cv2.ellipse(mask, (160, 80), (158, 78), 0, 0, 360, 1, -1)
    return FacePicture.of(PillFace(np.array(picture), mask.astype(bool), (0, 0, 320, 160)), SIDE)


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner(RELEASED, RELEASED)


@pytest.mark.parametrize("size", [60, 70])
def test_tokens_are_placed_on_the_face_that_has_them(aligner: Aligner, size: int) -> None:
    lines, whole = aligner([printed("RX12", size=size), printed("")], ("RX12",))
    (placed,) = [line for line in lines if line[2]]
    assert placed[0] == 0 and placed[2] == "RX12" and whole
    middle = placed[1].mean(axis=(0, 1))
    assert abs(middle - [SIDE * 0.7, SIDE * 0.35]).max() < SIDE * 0.2


def test_what_is_read_beside_a_pills_tokens_is_a_line_without_a_text(aligner: Aligner) -> None:
    lines, _ = aligner([printed("RX12"), printed("HK")], ("RX12",))
    mistaken = [face for face, _, text in lines if not text]
    assert 1 in mistaken and 0 not in mistaken
    assert mistaken.count(1) <= MISTAKES


def test_nothing_is_known_beside_a_token_that_was_not_found(aligner: Aligner) -> None:
    lines, whole = aligner([printed("RX12"), printed("HK")], ("RX12", "7740"))
    assert not whole and all(text for *_, text in lines)


def test_a_token_that_is_there_twice_has_two_lines_and_is_no_mistake(aligner: Aligner) -> None:
    lines, whole = aligner([printed("RX12", "RX12", size=40)], ("RX12",))
    assert whole
    assert [text for *_, text in lines if text] == ["RX12", "RX12"]
    upper, lower = sorted(ribbon[..., 1].mean() for _, ribbon, text in lines if text)
    assert lower - upper > SIDE * 0.1


def test_what_was_marked_by_eye_is_taken_and_not_placed_again(aligner: Aligner) -> None:
    pictures = [printed("RX12"), printed("HK")]
    found, _ = aligner(pictures, ("RX12",))
    ribbon = next(ribbon for _, ribbon, text in found if text)
    marked = [(0, ribbon, "R-X12")]
    lines, _ = aligner(pictures, ("RX12", "HK"), marked)
    assert lines[0] == marked[0]
    assert [(face, text) for face, _, text in lines[1:] if text] == [(1, "HK")]
    assert aligner(pictures, ("RX12",), marked) == (marked, True)


def test_a_marked_token_holds_no_other_token(aligner: Aligner) -> None:
    pictures = [printed("UNION"), printed("407", "UN", size=50)]
    found, _ = aligner(pictures[:1], ("UNION",))
    marked = [line for line in found if line[2] == "UNION"]
    lines, whole = aligner(pictures, ("UNION", "UN", "407"), marked)
    placed = sorted((face, text) for face, _, text in lines if text)
    assert whole and placed == [(0, "UNION"), (1, "407"), (1, "UN")]
    # What is marked as one line may as well be two tokens in the table.
    assert aligner(pictures[:1], ("UN", "ION"), marked) == (marked, True)


def test_a_second_copy_of_a_marked_letter_is_no_mistake(aligner: Aligner) -> None:
    found, _ = aligner([printed("K")], ("K",))
    marked = [line for line in found if line[2] == "K"][:1]
    lines, whole = aligner([printed("K"), printed("RX12", "K", size=50)], ("K", "RX12"), marked)
    mistaken = [angle_of(torch.from_numpy(ribbon)[None]) for _, ribbon, text in lines if not text]
    assert whole and all(abs(float(angle)) > 30 for angle in mistaken)
