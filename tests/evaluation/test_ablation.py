"""The ablation table: what each setting reads, and that its first row is what rxmm does."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.evaluation.ablation import (
    CAPTION,
    DEFAULT,
    DIRECTIONS,
    Ablation,
    PartsInDirections,
    Setting,
    main,
    readers,
    to_markdown,
)
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.rendered import rendered_single
from rxmm.evaluation.run import measure
from rxmm.identifier import Identifier
from rxmm.imprint.geometry import angle_of
from rxmm.imprint.reader import EasyOCRReader
from rxmm.results import ImprintReading, PillFace
from rxmm.segmentation import PillSegmenter
from tests.conftest import ScriptedReader, WholePhotoSegmenter

CATALOG = Catalog.load("us")
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
needs_easyocr_weights = pytest.mark.skipif(
    importlib.util.find_spec("easyocr_en_models") is None, reason="needs the `offline` extra"
)


def query(*imprint: str) -> Query:
    return Query("q", "g", lambda: (WHITE, WHITE), (1, 1), Label(imprint))


def face_mask(width: int, height: int) -> np.ndarray:
    mask = np.zeros((200, 200), np.uint8)
    cv2.ellipse(mask, (100, 100), (width // 2, height // 2), 0, 0, 360, 1, -1)
    return mask.astype(bool)


@pytest.mark.parametrize("count", DIRECTIONS)
def test_a_round_face_is_read_evenly_over_the_circle(count: int) -> None:
    (lines,) = PartsInDirections(count)(np.empty(0, np.uint8), [face_mask(180, 180)])
    assert len(lines) == 5 * count
    degrees = sorted(round(float(angle)) % 360 for angle in angle_of(lines))
    assert degrees == sorted([step * 360 // count for step in range(count)] * 5)


def test_an_elongated_face_is_read_along_its_axis_or_from_its_four_sides() -> None:
    upright = {}
    for count in DIRECTIONS:
        (lines,) = PartsInDirections(count)(np.empty(0, np.uint8), [face_mask(180, 80)])
        upright[count] = sorted({round(float(angle)) % 360 for angle in angle_of(lines)})
        assert len(lines) == (5 if count == 1 else 20)
    assert upright == {1: [0], 4: [0, 90, 180, 270], 8: [0, 90, 180, 270], 12: [0, 90, 180, 270]}


class Counting(ScriptedReader):
    """Counts how often it was asked."""

    asked = 0

    def __call__(self, faces: list[PillFace]) -> list[ImprintReading]:  # type: ignore[override]
        self.asked += 1
        return super().__call__(faces)


def test_settings_are_ranked_apart_and_each_reads_once() -> None:
    right, wrong = Counting("TEVA", "4067"), Counting("93", "7240")
    none = Setting(finder="none", directions="4")
    ablation = Ablation(CATALOG, WholePhotoSegmenter(), {DEFAULT: right, none: wrong})
    ablation.ask(query("4067", "TEVA"))
    assert (right.asked, wrong.asked) == (1, 1)
    assert ablation.ranks[DEFAULT] == [1]
    assert ablation.ranks[none] != [1]
    # These stubs give texts and no beliefs.
    texts, lattice = (Setting(ranking=name) for name in ("best string, rapidfuzz", "lattice"))
    assert ablation.ranks[texts] == [1]
    assert ablation.ranks[lattice] != [1]


def test_a_photo_without_a_pill_is_a_miss_everywhere() -> None:
    ablation = Ablation(CATALOG, PillSegmenter(), {DEFAULT: ScriptedReader("TEVA", "4067")})
    ablation.ask(query("TEVA", "4067"))
    assert set(map(tuple, ablation.ranks.values())) == {(None,)}


def test_the_table_marks_what_differs_and_counts_by_hand() -> None:
    ranks = {DEFAULT: [1, 3, None, 1], Setting(ranking="lattice"): [2, 5, 6, None]}
    lines = to_markdown(ranks, ["a", "b", "c", "d"]).splitlines()
    assert lines[2].startswith("| ours | as found | renders + real | both | 4 | 0.500 (")
    assert lines[2].endswith("| 0.750 (0.250-1.000) |")
    assert lines[3].startswith("| ours | as found | renders + real | **lattice** | 4 | 0.000 (")
    assert "| 0.500 (" in lines[3]
    assert len({line.count("|") for line in lines[:4]}) == 1
    assert "\n".join(lines).endswith(CAPTION.strip())


def test_the_default_is_what_the_identifier_does() -> None:
    reader = EasyOCRReader.released()
    ablation = Ablation(CATALOG, PillSegmenter(), {DEFAULT: reader})
    queries = rendered_single()[:3]
    for asked in queries:
        ablation.ask(asked)
    outcomes = measure(Identifier(CATALOG, PillSegmenter(), reader), queries)
    assert ablation.ranks[DEFAULT] == [outcome.rank for outcome in outcomes]


@needs_easyocr_weights
def test_a_file_that_is_no_checkpoint_is_an_input_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ckpt"
    broken.write_bytes(b"no checkpoint")
    for path in (broken, tmp_path / "missing.ckpt"):
        with pytest.raises(InputError, match="is no checkpoint"):
            readers(path)


@needs_easyocr_weights
def test_the_table_of_real_photographs(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RXMM_REAL_DATA", str(real_data))
    app = Typer()
    app.command()(main)
    file = tmp_path / "out/ablation.md"
    arguments = ["--set", "us-reference", "--split", "tuning", "--limit", "2"]
    done = CliRunner().invoke(app, [*arguments, "--output", str(file)])
    assert done.exit_code == 0, done.output
    text = file.read_text(encoding="utf-8")
    assert text.strip() in done.stdout
    rows = [line for line in text.splitlines() if line.startswith("| ") and "| 2 |" in line]
    assert len(rows) == 9
    assert rows[0].count("**") == 0
    assert all(row.count("**") in (2, 4) for row in rows[1:])
