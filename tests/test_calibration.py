"""The file of calibrations, and which of them counts."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from rxmm.calibration import (
    ANY,
    CAUTIOUS,
    Calibration,
    CalibrationFile,
    Calibrations,
    NotListed,
    load,
    released_file,
)
from rxmm.errors import WeightsError
from rxmm.results import Kind, PillFace

ONE = Calibration(0.8, NotListed(-2.0, 0.5, 0.7, 0.1), 0.9, {0.9: 0.25, 0.99: 0.001}, pool=0.6)
BOTH = Calibration(0.7, NotListed(-3.0), 0.95, {0.9: 0.5, 0.99: 0.0})


def test_a_written_file_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    written = CalibrationFile(("reader 1", "fusion 2"), {ANY: {"cut_out": {"fusion": (ONE, BOTH)}}})
    written.save(path)
    assert load(path) == written


def test_no_file_is_no_calibration_and_a_damaged_one_an_error(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") is None
    without_kinds = '{"weights": [], "catalogs": {"us": {"fusion": []}}}'
    for number, text in enumerate(('{"weights": []}', without_kinds)):
        damaged = tmp_path / f"damaged-{number}.json"
        damaged.write_text(text, encoding="utf-8")
        with pytest.raises(WeightsError, match="install rxmm again"):
            load(damaged)


def face(kind: Kind) -> PillFace:
    crop, mask = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2), bool)
    scale = 0.1 if kind == "ruler" else None
    return PillFace(crop, mask, (0, 0, 2, 2), mm_per_pixel=scale, cut_out=kind == "cut_out")


@pytest.mark.parametrize(("faces", "expected"), [(1, ONE), (2, BOTH), (0, BOTH), (3, BOTH)])
def test_the_number_of_faces_chooses(faces: int, expected: Calibration) -> None:
    fitted = Calibrations({"hand": {"fusion": (ONE, BOTH)}})
    assert fitted("fusion", [face("hand")] * faces) == expected


def test_each_kind_of_picture_has_its_own_and_several_kinds_are_by_hand() -> None:
    fitted = Calibrations({"hand": {"fusion": (ONE, ONE)}, "cut_out": {"fusion": (BOTH, BOTH)}})
    assert fitted("fusion", [face("cut_out")] * 2) == BOTH
    assert fitted("fusion", [face("cut_out"), face("ruler")]) == ONE
    assert fitted("fusion", [face("ruler")]) == Calibration()


def test_what_was_not_calibrated_is_left_as_it_is_and_judged_carefully() -> None:
    assert Calibrations()("fusion", [face("cut_out")]) == Calibration(
        1.0, NotListed(), CAUTIOUS, {}
    )


def test_the_released_calibration_is_of_the_released_weights() -> None:
    from rxmm.imprint.reader import EasyOCRReader
    from rxmm.models.fusion import open_fusion

    stored = load(released_file())
    assert stored is not None
    weights = EasyOCRReader.released().version, open_fusion()[1].version
    assert set(stored.weights) == set(weights)
    for catalog in ("us", "tw", "another"):
        fitted = Calibrations.released(catalog, *weights)
        for kind in get_args(Kind):
            assert [*fitted("fusion", [face(kind)]).masses] == [0.9, 0.95, 0.99]
    assert Calibrations.released("us", "fusion of somebody else") == Calibrations()
