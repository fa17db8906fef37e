"""The pictures of a report."""

from pathlib import Path

import pytest

from rxmm.evaluation.summary import summarise
from tests.evaluation.test_run import outcome_of

pytest.importorskip("matplotlib", reason="plots need the evaluate extra")


def test_failures_of_an_earlier_report_do_not_stay(tmp_path: Path) -> None:
    from rxmm.evaluation.plots import write_plots

    sheet = tmp_path / "failures.png"
    for rank, there in ((1, False), (2, True), (1, False)):
        outcomes = [outcome_of(rank, confidence=0.9), outcome_of(1, confidence=0.5)]
        about = {"set": "a test", "split": "all", "seen": "two faces"}
        write_plots(about | summarise(outcomes), outcomes, tmp_path)
        assert sheet.exists() == there
