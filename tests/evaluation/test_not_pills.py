"""Photographs without a pill: the drawings, and the table of how they are answered."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner

from rxmm.errors import InputError, NoPillFoundError
from rxmm.evaluation import not_pills
from rxmm.evaluation.not_pills import KINDS, Reply, ask, draw, table
from rxmm.identifier import Identifier
from rxmm.results import Appearance, Candidate, Identification, Status


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_a_photograph_and_always_the_same(kind: str) -> None:
    first, again, other = draw(kind, 3), draw(kind, 3), draw(kind, 4)
    assert first.dtype == np.uint8 and first.ndim == 3 and first.shape[2] == 3
    assert min(first.shape[:2]) >= 380 and max(first.shape[:2]) <= 640
    assert first.std() > 0.5
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_kinds_differ_and_others_are_refused() -> None:
    assert len({draw(kind, 0).tobytes() for kind in KINDS}) == len(KINDS)
    with pytest.raises(InputError, match=r"spoon.*coin"):
        draw("spoon", 0)


def answer(status: Status, probability: float) -> Identification:
    first = Candidate(1, Appearance("us-1", ("M", "5")), probability)
    return Identification(status=status, source="fusion", candidates=(first,), evidence=())


def test_what_is_said_to_a_drawing_is_noted() -> None:
    def blind(photo: NDArray[np.uint8]) -> Identification:
        raise NoPillFoundError("none")

    assert ask(blind, "coin", 2) == Reply("coin", 2, "no pill found")
    said = ask(lambda photo: answer("ambiguous", 0.25), "coin", 2)
    assert said == Reply("coin", 2, "ambiguous", 0.25, ("M", "5"))


def test_the_table_counts_by_kind_and_names_what_was_identified() -> None:
    replies = [
        Reply("coin", 0, "no pill found"),
        Reply("coin", 1, "unidentified", 0.05),
        Reply("sweet", 0, "ambiguous", 0.5),
        Reply("sweet", 1, "identified", 0.875, ("M", "5")),
    ]
    text = table(replies)
    assert "| coin | 2 | 1 | 1 | 0 | 0 | 0.050 |" in text
    assert "| sweet | 2 | 0 | 0 | 1 | 1 | 0.875 |" in text
    assert "| all | 4 | 1 | 1 | 1 | 1 | 0.875 |" in text
    assert text.endswith("- sweet, seed 1: M 5 (0.875)")
    assert table(replies[:3]).endswith("Identified:\n\nnone")


class Stub:
    """An identifier that knows one answer."""

    catalog = SimpleNamespace(name="stub", version="1")

    def identify(self, photo: NDArray[np.uint8]) -> Identification:
        return answer("unidentified", 0.01)


def test_the_script_asks_every_kind_and_writes_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Identifier, "load", lambda catalog: Stub())
    app = typer.Typer()
    app.command()(not_pills.main)
    file = tmp_path / "folder/table.md"
    result = CliRunner().invoke(app, ["--limit", "1", "--output", str(file)])
    assert result.exit_code == 0, result.output
    text = file.read_text(encoding="utf-8")
    assert "catalogue stub 1" in text.splitlines()[0]
    assert all(f"| {kind} | 1 | 0 | 1 | 0 | 0 | 0.010 |" in text for kind in KINDS)
    assert f"| all | {len(KINDS)} |" in text
