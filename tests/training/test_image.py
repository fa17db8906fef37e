"""The image recipe on a few drawn pills: banks, augmentation, mixing, learning."""

from pathlib import Path

import lightning
import numpy as np
import pytest
import torch

from rxmm.errors import InputError
from rxmm.models.facts import NO_SHAPE
from rxmm.training.bank_data import BankSource
from rxmm.training.color_augment import Augmentation, Mixing
from rxmm.training.cutouts import CutoutBank, draw_cutouts, held_back
from rxmm.training.image import ImageModule, attribute_loss, load_model
from rxmm.training.image_data import Faces, ImageBatch, ImageDataModule, LikeTogether
from tests.training.tiny import TINY, trainer, val_loss

PILLS = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cutouts")
    draw_cutouts(folder, PILLS, side=32, seed=1, workers=0)
    return folder


@pytest.fixture(scope="module")
def bank(folder: Path) -> CutoutBank:
    return CutoutBank.load(folder)


def test_a_folder_without_a_bank_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rxmm\.training\.query_bank"):
        CutoutBank.load(tmp_path)


def data(folder: Path, **options: object) -> ImageDataModule:
    defaults = {"batch_size": 16, "workers": 0, "side": 32, "real": [BankSource(folder)]}
    return ImageDataModule(folder, PILLS, **(defaults | options))  # type: ignore[arg-type]


def test_a_bank_holds_both_faces_with_their_facts(bank: CutoutBank) -> None:
    assert bank.faces.shape == (2 * PILLS, 32, 32, 4)
    assert bank.imprints[0] == bank.imprints[1]
    assert (bank.facts.colors[0] == bank.facts.colors[1]).all()
    covered = (bank.faces[..., 3] > 127).mean(axis=(1, 2))
    assert (covered > 0.15).all() and (covered < 0.9).all()
    assert 0 < bank.held_back().sum() < PILLS


def test_groups_stay_on_one_side() -> None:
    names = np.array([f"us:{number // 2}" for number in range(2000)])
    back = held_back(names)
    assert (back[::2] == back[1::2]).all() and 0.03 < back.mean() < 0.1


def test_rare_kinds_come_more_often(folder: Path) -> None:
    def share_of_commonest(balance: float) -> float:
        torch.manual_seed(0)
        loader = data(folder, balance=balance).train_dataloader()
        kinds = loader.dataset.kinds()  # type: ignore[attr-defined]
        drawn = np.concatenate([kinds[list(loader.sampler)] for _ in range(20)])
        return float((drawn == np.bincount(kinds).argmax()).mean())

    assert share_of_commonest(1.0) < 0.8 * share_of_commonest(0.0)


def test_like_faces_come_together_and_none_is_lost() -> None:
    kind = np.random.default_rng(0).integers(0, 8, 100)
    drawn = range(100)

    def kinds_of_a_batch(batches: int) -> float:
        given = list(LikeTogether(drawn, kind, 10, batches))  # type: ignore[arg-type]
        assert sorted(given) == list(drawn)
        return float(np.mean([len(set(kind[given[n : n + 10]])) for n in range(0, 100, 10)]))

    assert list(LikeTogether(drawn, kind, 10, 1)) == list(drawn)  # type: ignore[arg-type]
    assert kinds_of_a_batch(10) < 3 < kinds_of_a_batch(1)


def test_augmentation_keeps_the_pill_and_no_augmentation_keeps_all(bank: CutoutBank) -> None:
    faces = torch.from_numpy(np.array(bank.faces[:16]))
    nothing = Augmentation(*[0.0] * 10)
    same = nothing(faces, torch.Generator().manual_seed(0))
    assert same.dtype == torch.uint8
    torch.testing.assert_close(same.float(), faces.float(), atol=1, rtol=0)
    varied = Augmentation()(faces, torch.Generator().manual_seed(0))
    area, before = (f[..., 3].float().mean(dim=(1, 2)) for f in (varied, faces))
    assert ((area / before - 1).abs() < 0.35).all()
    assert (varied != faces).any(dim=3).float().mean() > 0.2


def test_mixing_says_how_much_of_each_is_left() -> None:
    torch.manual_seed(0)
    images = torch.arange(4.0)[:, None, None, None].expand(4, 3, 20, 20).clone()
    for mixing in (Mixing(1.0, 0.4, 0.0), Mixing(1.0, 0.0, 1.0)):
        mixed, partner, share = mixing(images)
        expected = share * images.mean(dim=(1, 2, 3)) + (1 - share) * partner
        torch.testing.assert_close(mixed.mean(dim=(1, 2, 3)), expected, atol=1e-4, rtol=0)
    untouched, _, share = Mixing(share=0.0)(images)
    assert share == 1 and untouched is images


def test_a_picture_that_is_wholly_its_partners_costs_what_that_costs(folder: Path) -> None:
    """Also where two pills of the batch are the same, which are no negatives of each other."""
    faces = Faces([(CutoutBank.load(folder), 1)], None, 1, held_back=False)
    batch = faces.__getitems__(range(12))
    assert batch.same.sum() > 12
    partner = torch.randperm(12, generator=torch.Generator().manual_seed(0))

    class Exchanged(Mixing):
        def __call__(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
            return images[partner], partner, 0.0

    def loss(mixing: Mixing, batch: ImageBatch) -> torch.Tensor:
        torch.manual_seed(0)
        return ImageModule(settings=TINY, mixing=mixing).eval().training_step(batch)

    torch.testing.assert_close(loss(Exchanged(), batch), loss(Mixing(share=0.0), batch))


def test_an_epoch_runs_and_the_loss_falls(folder: Path, tmp_path: Path) -> None:
    lightning.seed_everything(0, verbose=False)
    module = ImageModule(settings=TINY, instance=0.2, learning_rate=3e-3)
    module_data = data(folder, views=2)
    before = val_loss(tmp_path, module, module_data)
    run = trainer(tmp_path, 4)
    run.fit(module, module_data)
    assert val_loss(tmp_path, module, module_data) < before
    run.save_checkpoint(tmp_path / "epoch.ckpt")
    model = load_model(tmp_path / "epoch.ckpt")
    assert model.settings == TINY and not model.training


def test_a_student_comes_nearer_to_its_teacher(folder: Path, tmp_path: Path) -> None:
    lightning.seed_everything(0, verbose=False)
    teacher = ImageModule(settings=TINY)
    trainer(tmp_path).fit(teacher, data(folder))
    teacher.trainer.save_checkpoint(tmp_path / "teacher.ckpt")
    student = ImageModule(settings=TINY, teacher=str(tmp_path / "teacher.ckpt"), distilled=10.0)
    known = load_model(tmp_path / "teacher.ckpt")
    faces = Faces([(CutoutBank.load(folder), 1)], None, 1, held_back=True)
    images = faces.__getitems__(range(len(faces))).images[0]

    def likeness() -> float:
        with torch.inference_mode():
            pairs = student.network.eval().image(images).embedding, known.image(images).embedding
        return float(torch.cosine_similarity(*pairs).mean())

    before = likeness()
    student.network.train()
    trainer(tmp_path, 4).fit(student, data(folder))
    assert likeness() > before + 0.1
    for name, value in known.image.state_dict().items():
        assert torch.equal(student.teacher.state_dict()[name], value), name


def test_frozen_parts_do_not_move(folder: Path, tmp_path: Path) -> None:
    module = ImageModule(settings=TINY, frozen=["text", "image.backbone"])
    before = {name: value.clone() for name, value in module.network.state_dict().items()}
    trainer(tmp_path).fit(module, data(folder))
    assert not module.network.text.training
    for name, value in module.network.state_dict().items():
        moved = name.startswith(("image.projection", "head.rows.mix"))
        still = name.startswith(("text", "image.backbone", "head.weights"))
        assert not moved or not torch.equal(value, before[name]), name
        assert not still or torch.equal(value, before[name]), name


def test_what_is_not_recorded_is_not_learned(bank: CutoutBank) -> None:
    module = ImageModule(settings=TINY)
    faces = module.network.image(torch.randn(2, 3, 32, 32))
    unknown = bank.facts.take(torch.tensor([0, 1]))._replace(
        shape=torch.full((2,), NO_SHAPE), score=torch.zeros(2, dtype=torch.long)
    )
    attribute_loss(faces, unknown).backward()
    assert module.network.image.shape.weight.grad is None or not (
        module.network.image.shape.weight.grad.any()
    )
    assert module.network.image.colors.weight.grad.any()
    module.zero_grad()
    faces = module.network.image(torch.randn(2, 3, 32, 32))
    attribute_loss(faces, unknown._replace(colors=torch.zeros(2, 12))).backward()
    assert not module.network.image.colors.weight.grad.any()
