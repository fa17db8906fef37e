"""Catalogues grown for timing, and how the costs are written down."""

from collections import Counter
from pathlib import Path

import matplotlib.figure
import pytest
import typer
from typer.testing import CliRunner

from rxmm.catalog.table import Catalog
from rxmm.evaluation.grown import GROWTH, grown
from rxmm.evaluation.scale import WAYS, Cost, main, memory, plot, table

SMALL, LARGE = grown(2_000), grown(20_000)


def tokens_of(catalog: Catalog) -> Counter[str]:
    return Counter(token for imprint in catalog.imprint_tokens for token in imprint)


def test_a_grown_catalogue_is_the_same_for_the_same_seed() -> None:
    assert len(SMALL) == 2_000
    assert grown(2_000).version == SMALL.version
    assert grown(2_000, seed=1).version != SMALL.version


def test_its_tokens_grow_as_those_of_the_real_ones() -> None:
    few, many = tokens_of(SMALL), tokens_of(LARGE)
    assert len(many) / len(few) == pytest.approx(10**GROWTH, rel=0.35)
    assert set(many) - set(tokens_of(Catalog.load("us"))) - set(tokens_of(Catalog.load("tw")))


def test_its_pills_are_like_the_real_ones() -> None:
    real = [imprint for name in ("us", "tw") for imprint in Catalog.load(name).imprint_tokens]
    for count in range(4):
        share = sum(len(imprint) == count for imprint in real) / len(real)
        drawn = sum(len(imprint) == count for imprint in LARGE.imprint_tokens) / len(LARGE)
        assert drawn == pytest.approx(share, abs=0.02)
    pill = LARGE.appearance(7)
    assert pill.products and LARGE.appearance(pill.appearance_id).imprint == pill.imprint


def test_costs_are_told_and_drawn() -> None:
    costs = dict.fromkeys(WAYS, Cost(0.05, 0.02))
    some = {way: costs[way] for way in WAYS[:-1]}
    text = table({1000: costs, 9000: some}, {1000: 500, 9000: 700}, pills=3)
    assert "| 1,000 | 500 | 50 (20) |" in text and "| 9,000 | 700 |" in text
    assert text.count(" - |") == 1 and "n=3" in text
    figure = plot({1000: costs, 9000: some})
    assert isinstance(figure, matplotlib.figure.Figure)
    assert len(figure.axes[0].lines) == len(WAYS)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux' /proc")
def test_memory_is_told_in_words() -> None:
    assert memory(1000).startswith("1,000 embeddings of 128: ")


def test_where_memory_cannot_be_told_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rxmm.evaluation.scale._STATUS", tmp_path / "status")
    assert memory(1000) == "Memory was not measured: that takes Linux.\n"


@pytest.mark.parametrize("option", ["--pills", "--repeats", "--size"])
def test_nothing_to_measure_is_refused(option: str) -> None:
    app = typer.Typer()
    app.command()(main)
    assert CliRunner().invoke(app, [option, "0"]).exit_code == 2
