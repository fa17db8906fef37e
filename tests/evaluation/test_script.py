"""What the scripts that print one table share."""

from importlib import import_module
from pathlib import Path

import pytest
import typer

from rxmm._command import told_in_one_line
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.evaluation.script import LabelledPills, OutputOption, publish


def run(monkeypatch: pytest.MonkeyPatch, output: Path) -> list[str]:
    """What a script did until it ended."""
    done = []

    def main(output: OutputOption = None) -> None:
        done.append("worked")
        publish("a table", output)

    monkeypatch.setattr("sys.argv", ["script", "--output", str(output)])
    with pytest.raises(SystemExit) as ended, told_in_one_line("script"):
        typer.run(main)
    return [*done, str(ended.value.code)]


def test_what_is_printed_is_also_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new/table.md"
    assert run(monkeypatch, file) == ["worked", "0"]
    assert file.read_text(encoding="utf-8") + "\n" == capsys.readouterr().out == "a table\n"


@pytest.mark.parametrize("name", ["", "file/table.md"])
def test_where_nothing_can_be_written_it_says_so_before_the_work(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    assert run(monkeypatch, tmp_path / name) == ["2"]
    told = capsys.readouterr().err
    assert "cannot be written" in told and told.count("\n") == 1


def test_a_place_that_is_gone_by_then_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        publish("a table", tmp_path)


def test_a_run_that_fails_leaves_no_file_behind_and_an_old_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("before", encoding="utf-8")

    def main(output: OutputOption = None) -> None:
        raise InputError("nothing to measure")

    for file in (old, new):
        monkeypatch.setattr("sys.argv", ["script", "--output", str(file)])
        with pytest.raises(SystemExit), told_in_one_line("script"):
            typer.run(main)
    assert old.read_text(encoding="utf-8") == "before" and not new.exists()


def test_strangers_are_the_pills_that_another_catalogue_does_not_have() -> None:
    pills, taiwan = LabelledPills.of("rendered", "all", None), Catalog.load("tw")
    strangers = pills.strangers_to(taiwan)
    assert 0 < len(strangers.queries) <= len(pills.queries)
    assert not set(taiwan.imprint_keys) & {
        appearance_key(query.label.imprint) for query in strangers.queries
    }
    assert strangers.catalog is taiwan is strangers.stages.catalog
    assert strangers.title.endswith(f"{len(strangers.queries)} that the catalogue tw does not have")


@pytest.mark.parametrize(
    "name", ["ablation", "attack", "certainty", "mixed", "modalities", "opinions", "typed"]
)
def test_each_prints_its_tables_under_their_title(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_module(f"rxmm.evaluation.{name}").main("rendered-single", "all", limit=2)
    title, empty, *lines = capsys.readouterr().out.splitlines()
    head, rule, row, *_ = [line for line in lines if line.startswith("|")]
    assert title.startswith("## rendered-single (all), two faces, two drawings, ")
    assert title.endswith(", n = 2") and not empty
    assert head.count("|") == rule.count("|") == row.count("|") > 2
