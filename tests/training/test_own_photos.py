"""From a formulary with photographs to weights that identify its pills, with a tiny model."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from typer.testing import CliRunner

from rxmm.catalog.build import build
from rxmm.catalog.table import Catalog
from rxmm.errors import CatalogError, InputError
from rxmm.formulary import TABLE, Formulary
from rxmm.identifier import Identifier
from rxmm.models.fusion import WEIGHTS, FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.models.weights import release
from rxmm.training import query_bank
from rxmm.training.cutouts import held_back
from rxmm.training.fusion import FusionModule
from rxmm.training.fusion_data import FusionDataModule, QuerySource
from rxmm.training.observe import Observer
from rxmm.training.own_photos import own_pills
from rxmm.training.queries import QueryBank, write_queries
from rxmm.training.release import release_checkpoint
from tests.conftest import WholePhotoSegmenter
from tests.evaluation.folder import GRAY_STEP, GrayReader
from tests.training.tiny import TINY, trainer

IMPRINTS = ("QX;11", "QX;22", "QX;33", "QX;44", "QX;55", "QX;66")


@pytest.fixture
def mine(tmp_path: Path) -> Formulary:
    """Six pills in grey, of front and back in two photographs, and of both in one."""
    folder = tmp_path / "mine"
    folder.mkdir()
    lines = ["imprint,color,shape,name,photos"]
    for pill, imprint in enumerate(IMPRINTS):
        for place in "abc":
            gray = np.full((40, 40), (pill + 1) * GRAY_STEP, dtype=np.uint8)
            Image.fromarray(gray).save(folder / f"{pill}{place}.png")
        lines.append(f"{imprint},GRAY,round,Pill {pill},{pill}a.png+{pill}b.png; {pill}c.png")
    lines.append("QX;77,GRAY,round,Rival,")
    (folder / TABLE).write_text("\n".join(lines) + "\n")
    return Formulary(folder)


def test_own_photographs_are_trained_on_and_the_weights_identify(
    mine: Formulary, tmp_path: Path
) -> None:
    path = tmp_path / "bank/formulary.parquet"
    catalog = build("formulary", mine.folder / TABLE, path)
    pills = own_pills(mine.folder, catalog)
    assert [pill.group for pill in pills[:3]] == ["own:2", "own:2", "own:3"]
    assert [len(pill.photos()) for pill in pills[:3]] == [2, 1, 2]

    segmenter, reader = WholePhotoSegmenter(), GrayReader(IMPRINTS)
    observer = Observer(catalog, segmenter, reader, TINY.side)
    observed = [(pill, *observer(pill, np.random.default_rng(0))) for pill in pills]
    assert write_queries(path.parent, catalog, str(path), observed) == 4 * len(IMPRINTS)
    bank = QueryBank.load(path.parent)
    assert bank.catalog == str(path) and not held_back(bank.groups).all()

    torch.manual_seed(0)
    model = FusionModel(TINY)
    release(model, WEIGHTS, "Apache-2.0", tmp_path / "first", **model.preprocessing())
    module = FusionModule(start=str(tmp_path / "first"), frozen=["image", "text"])
    assert module.network.settings == TINY and module.network.head.training
    before = module.network.head.weights.weight.detach().clone()
    run = trainer(tmp_path)
    run.fit(module, FusionDataModule([QuerySource(path.parent)], batch_size=8, workers=0))
    assert not torch.equal(module.network.head.weights.weight, before)
    run.save_checkpoint(tmp_path / "epoch.ckpt")
    release_checkpoint(tmp_path / "epoch.ckpt", tmp_path / "released")

    joined = mine.catalog(Catalog.load("us"))
    ranker = FusionRanker.released(joined, tmp_path / "released")
    answer = Identifier(joined, segmenter, reader, ranker).identify(mine.folder / "2c.png")
    assert answer.candidates[0].appearance.products[0].name == "Pill 2"
    assert answer.versions["fusion"] == ranker.version


def test_a_script_tells_errors_in_one_line(
    mine: Formulary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (mine.folder / "3c.png").unlink()
    arguments = ["query_bank", "--photos", str(mine.folder), "--out", str(tmp_path / "bank")]
    monkeypatch.setattr("sys.argv", arguments)
    monkeypatch.delitem(sys.modules, "rxmm.training.query_bank")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("rxmm.training.query_bank", run_name="__main__")
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("query_bank: Line 5 of ")


def test_a_bank_of_no_pills_is_refused(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(query_bank.main)
    refused = CliRunner().invoke(app, ["--set", "us", "--pills", "0", "--out", str(tmp_path)])
    assert refused.exit_code == 2
    assert "--pills" in refused.output


def test_a_bank_is_of_one_set_or_of_one_formulary(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="either by --set or by --photos"):
        query_bank.main(tmp_path)
    with pytest.raises(InputError, match="either by --set or by --photos"):
        query_bank.main(tmp_path, "us", tmp_path)


def test_options_that_do_not_apply_to_the_pills_are_refused(tmp_path: Path) -> None:
    for chosen in ({"which": "drawn-us"}, {"formulary": tmp_path}):
        with pytest.raises(InputError, match="leave --half out"):
            query_bank.main(tmp_path, half="first", **chosen)  # type: ignore[arg-type]
    for chosen in ({"which": "laid-us"}, {"formulary": tmp_path}):
        with pytest.raises(InputError, match="Only drawn sets have a --seed"):
            query_bank.main(tmp_path, seed=1, **chosen)  # type: ignore[arg-type]


def test_tables_that_cannot_be_trained_on(mine: Formulary, tmp_path: Path) -> None:
    path = mine.folder / TABLE
    catalog = build("formulary", path, tmp_path / "mine.parquet")
    (mine.folder / "3c.png").unlink()
    with pytest.raises(InputError, match=r"Line 5 of .*3c\.png"):
        own_pills(mine.folder, catalog)
    lines = path.read_text().splitlines()
    path.write_text(f"{lines[0]}\n{lines[-1]}\n")
    with pytest.raises(InputError, match="names no photograph"):
        own_pills(mine.folder, catalog)
    path.write_text("imprint,color,shape,name\nQX;77,GRAY,round,Rival\n")
    with pytest.raises(CatalogError, match="photos"):
        own_pills(mine.folder, catalog)
    with pytest.raises(InputError, match="no bank of queries"):
        QueryBank.load(mine.folder)
