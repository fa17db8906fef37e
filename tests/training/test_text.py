"""The text recipe: misreadings are what they say; both objectives learn."""

from pathlib import Path

import lightning
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.errors import InputError
from rxmm.models.text_encoder import spell_imprints
from rxmm.training.checkpoints import trained
from rxmm.training.misread import misread
from rxmm.training.release import release_checkpoint
from rxmm.training.text import TextModule, contrastive_loss
from rxmm.training.text_data import TextDataModule
from tests.training.tiny import TINY, trainer, val_loss

IMPRINT = st.lists(st.text(IMPRINT_CHARACTERS, min_size=1, max_size=8), min_size=1, max_size=4)


@given(IMPRINT, st.floats(0, 2), st.integers(0, 2**32))
def test_a_misreading_is_a_reading(tokens: list[str], noise: float, seed: int) -> None:
    read = misread(tuple(tokens), noise, np.random.default_rng(seed))
    assert all(text and set(text) <= set(IMPRINT_CHARACTERS) for text, _ in read)
    assert all(0 <= confidence <= 1 for _, confidence in read)


@given(IMPRINT, st.integers(0, 2**32))
def test_without_noise_all_is_read_in_some_order(tokens: list[str], seed: int) -> None:
    read = misread(tuple(tokens), 0.0, np.random.default_rng(seed))
    assert sorted(text for text, _ in read) == sorted(tokens)


def test_noise_makes_look_alikes_drops_and_turns() -> None:
    rng = np.random.default_rng(0)
    read = {" ".join(t for t, _ in misread(("W96", "AB5"), 1.5, rng)) for _ in range(400)}
    assert any("S" in text for text in read), "a look-alike"
    assert any("96M" in text for text in read), "turned by 180 degrees"
    assert any(len(text) < 6 for text in read), "dropped"
    assert any("W96AB5" in text or "AB5W96" in text for text in read), "run together"


def data(**options: object) -> TextDataModule:
    defaults = {"catalogs": ["us"], "batch_size": 16, "repeats": 1, "workers": 0, "limit": 64}
    return TextDataModule(**(defaults | options))  # type: ignore[arg-type]


def test_batches_hold_each_reading_its_imprint_and_near_ones() -> None:
    module = data(hard=2, made_up=0.25)
    batch = next(iter(module.train_dataloader()))
    count = len(batch.row)
    assert batch.same.shape == (count, len(batch.imprints.characters))
    assert batch.same.diagonal().all()
    assert batch.same.shape[1] == count + 2 * int((batch.row >= 0).sum())
    again = [next(iter(module.val_dataloader())).readings.characters for _ in range(2)]
    torch.testing.assert_close(again[0], again[1])


@pytest.mark.parametrize("objective", ["masked", "contrastive"])
def test_an_epoch_runs_and_the_loss_falls(objective: str, tmp_path: Path) -> None:
    lightning.seed_everything(0, verbose=False)
    module = TextModule(objective, settings=TINY, learning_rate=3e-3)  # type: ignore[arg-type]
    module_data = data(repeats=4)
    before = val_loss(tmp_path, module, module_data)
    run = trainer(tmp_path, 2)
    run.fit(module, module_data)
    assert val_loss(tmp_path, module, module_data) < before
    run.save_checkpoint(tmp_path / "epoch.ckpt")
    going_on = TextModule("contrastive", start=str(tmp_path / "epoch.ckpt"), settings=TINY)
    for name, value in trained(tmp_path / "epoch.ckpt").items():
        torch.testing.assert_close(going_on.network.state_dict()[name], value)
    with pytest.raises(InputError, match="text encoder is released within the fusion"):
        release_checkpoint(tmp_path / "epoch.ckpt", tmp_path / "released")


def test_the_same_characters_are_hidden_in_every_validation(tmp_path: Path) -> None:
    module, module_data = TextModule("masked", settings=TINY), data()
    assert val_loss(tmp_path, module, module_data) == val_loss(tmp_path, module, module_data)
    batch = next(iter(module_data.val_dataloader()))
    assert module.eval()._loss(batch) != module._loss(batch)


def test_readings_lie_beside_their_imprint_after_training(tmp_path: Path) -> None:
    lightning.seed_everything(0, verbose=False)
    module = TextModule(settings=TINY, learning_rate=5e-3)
    trainer(tmp_path, 8).fit(module, data(limit=24, repeats=6, noise=0.3, made_up=0.0))
    module.eval()
    embedded = module.network(spell_imprints([("IP465",), ("IP466",)]))
    assert (embedded[0] @ embedded[1]).item() < 0.98
    figures = trainer(tmp_path).test(module, data(limit=24, noise=0.3), verbose=False)[0]
    assert figures["test_top5"] > 0.5


def test_an_equal_imprint_is_no_negative() -> None:
    logits = torch.tensor([[9.0, 9.0, 0.0], [9.0, 9.0, 0.0]])
    apart = torch.tensor([[True, False, False], [False, True, False]])
    equal = torch.tensor([[True, True, False], [True, True, False]])
    assert contrastive_loss(logits, equal) < 0.01 < contrastive_loss(logits, apart)
