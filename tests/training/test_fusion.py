"""The fusion recipe on a query bank of a few plain pills; what is left out, and who is compared."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import lightning
import numpy as np
import pytest
import torch

from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.cli.export import export
from rxmm.errors import InputError
from rxmm.looks import describe
from rxmm.models.evidence import COLUMNS
from rxmm.models.fusion import open_fusion
from rxmm.models.ranker import FusionRanker
from rxmm.models.references import References
from rxmm.models.text_encoder import PAD
from rxmm.results import ImprintReading, PillFace, Seen
from rxmm.segmentation import PillSegmenter
from rxmm.training.color_augment import Augmentation
from rxmm.training.cutouts import held_back
from rxmm.training.fusion import FusionModule, found, listwise_loss
from rxmm.training.fusion_batch import FusionBatch, ModalityDropout
from rxmm.training.fusion_data import FusionDataModule, QuerySource
from rxmm.training.observe import CANDIDATES, WORSE_CAMERA, Observer, TrainingPill
from rxmm.training.queries import QueryBank, write_queries
from rxmm.training.query_bank import drawn, photographed
from tests.conftest import WholePhotoSegmenter, reading
from tests.training.tiny import TINY, trainer, val_loss

PILLS = 24


class FirstTokens:
    """Reads the first token of a pill on its first face, the others on the second, all at half."""

    version = "knows"

    def __init__(self) -> None:
        self.tokens: Sequence[str] = ()

    def __call__(self, faces: Sequence[PillFace]) -> list[ImprintReading]:
        first, others = self.tokens[:1], self.tokens[1:]
        return [
            reading(*text, confidence=0.6) for text, _ in zip((first, others), faces, strict=True)
        ]


def plain_photos(seed: int) -> tuple[np.ndarray, np.ndarray]:
    color = np.random.default_rng(seed).integers(40, 220, 3, dtype=np.uint8)
    return tuple(np.full((36, 36 + 12 * side, 3), color, dtype=np.uint8) for side in (0, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalog, reader = Catalog.load("us"), FirstTokens()
    observer = Observer(catalog, WholePhotoSegmenter(), reader, TINY.side)
    observed = []
    for row in range(PILLS):
        pill = catalog.appearance(100 * row)
        reader.tokens = catalog.imprint_tokens[100 * row]
        known = TrainingPill(pill, lambda row=row: plain_photos(row), f"us:{row // 2}", f"{row}")
        observed.append((known, *observer(known, np.random.default_rng(row))))
    folder = tmp_path_factory.mktemp("queries")
    assert write_queries(folder, catalog, "us", observed) == 3 * PILLS
    return folder


@pytest.fixture(scope="module")
def bank(folder: Path) -> QueryBank:
    return QueryBank.load(folder)


def data(folder: Path, **options: object) -> FusionDataModule:
    source = QuerySource(folder, gallery=True, **options)  # type: ignore[arg-type]
    return FusionDataModule([source], batch_size=16, workers=0)


@pytest.fixture
def batch(folder: Path) -> FusionBatch:
    torch.manual_seed(0)
    return next(iter(data(folder).train_dataloader()))


def test_a_bank_lists_the_pill_itself_among_its_rivals(bank: QueryBank) -> None:
    catalog = Catalog.load("us")
    assert bank.candidates.shape == (3 * PILLS, CANDIDATES)
    for query, candidates in enumerate(bank.candidates):
        own = 100 * (query // 3)
        assert own in candidates[bank.relation[query] == 2]
        assert len(set(candidates.tolist())) == CANDIDATES
        alike = {i for i, r in zip(candidates, bank.relation[query], strict=True) if r > 0}
        key = sorted(catalog.imprint_tokens[own])
        assert all(sorted(catalog.imprint_tokens[i]) == key for i in alike)
    stands_for = np.exp(bank.log_weight).sum(axis=1)
    np.testing.assert_allclose(stands_for, len(catalog), rtol=1e-4)
    assert bank.faces[:3].tolist() == [[0, 1], [0, -1], [1, -1]]
    assert bank.words[1] == [(catalog.imprint_tokens[0][0], 0.6)]


def test_nothing_read_of_one_face_costs_less_than_of_both(bank: QueryBank) -> None:
    both, one = bank.unread[0::3], bank.unread[1::3]
    assert (both.mean(axis=(0, 1)) < 2 * one.mean(axis=(0, 1))).all() and (one <= 0).all()


def test_a_bank_of_another_catalogue_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalog, "version", "another")
    with pytest.raises(InputError, match="make it again"):
        QueryBank.load(folder)


def test_a_bank_of_another_version_of_rxmm_is_refused(folder: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(folder, older)
    stored = dict(np.load(folder / "queries.npz"))
    for changed in (
        {name: array for name, array in stored.items() if name != "shots"},
        stored | {"table": stored["table"][..., :-1]},
    ):
        np.savez(older / "queries.npz", **changed)
        with pytest.raises(InputError, match="another version of rxmm"):
            QueryBank.load(older)


def test_a_drawn_pill_is_seen_like_a_photographed_one() -> None:
    catalog = Catalog.load("us")
    known = drawn(catalog, 2, seed=1)[0]
    reader = FirstTokens()
    observer = Observer(catalog, PillSegmenter(), reader, TINY.side)
    faces, queries = observer(known, np.random.default_rng(0))
    assert faces.shape == (2, 32, 32, 4)
    assert [query.faces for query in queries] == [(0, 1), (0,), (1,)]
    blank = TrainingPill(known.pill, lambda: [np.zeros((40, 40, 3), np.uint8)], "none", "none")
    assert observer(blank, np.random.default_rng(0))[1] == []


def test_a_worse_camera_sees_the_same_faces_less_well() -> None:
    catalog = Catalog.load("us")
    known = drawn(catalog, 2, seed=1)[0]

    def seen(camera: Augmentation | None, seed: int) -> np.ndarray:
        observer = Observer(catalog, PillSegmenter(), FirstTokens(), TINY.side, camera)
        return observer(known, np.random.default_rng(seed))[0].astype(int)

    clean, worse = seen(None, 0), seen(WORSE_CAMERA, 0)
    np.testing.assert_array_equal(worse[..., 3], clean[..., 3])
    assert np.abs(worse - clean)[..., :3].max() > 5
    np.testing.assert_array_equal(worse, seen(WORSE_CAMERA, 0))
    assert (worse != seen(WORSE_CAMERA, 1)).any()


def test_pills_that_share_photographs_are_one(real_data: Path) -> None:
    from rxmm.training import photos

    pills = photographed(photos.us_reference()[:40])
    assert len({pill.group for pill in pills}) == len(pills)
    assert all(1 <= len(list(pill.photos())) <= 2 for pill in pills)


def test_each_photograph_of_a_licence_is_a_shot(real_data: Path) -> None:
    from rxmm.training import photos

    pills = photographed(photos.tw_photos())
    assert len({pill.shot for pill in pills}) == len(pills)
    assert 50 < len(pills) - len({pill.group for pill in pills}) < 500


def test_sources_choose_their_faces_and_sides_do_not_mix(folder: Path, bank: QueryBank) -> None:
    for faces, per_pill in (("all", 3), ("together", 1), ("single", 2)):
        module = data(folder, faces=faces)
        training, validation = module.train_dataloader(), module.val_dataloader()
        counts = [sum(len(batch.present) for batch in side) for side in (training, validation)]
        assert sum(counts) == per_pill * PILLS
        assert counts[1] == per_pill * int(held_back(bank.groups[::3]).sum())


def test_references_are_of_training_groups_alone(folder: Path, bank: QueryBank) -> None:
    rows = torch.cat([row for _, row, _ in data(folder).references()])
    training = {100 * row for row in range(PILLS) if not held_back(bank.groups)[3 * row]}
    assert training <= set(rows.tolist())
    held = {100 * row for row in range(PILLS)} - training
    assert not held & set(rows.tolist())


def test_references_are_seen_where_the_pill_was_photographed_again(
    folder: Path, tmp_path: Path
) -> None:
    """Else whatever was photographed would always be another pill."""
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    stored = dict(np.load(again / "queries.npz"))
    stored["shots"] = np.array([f"again {shot}" for shot in stored["shots"]])
    np.savez(again / "queries.npz", **stored)

    def referred(*sources: QuerySource) -> list[bool]:
        loader = FusionDataModule(sources, batch_size=16, workers=0).train_dataloader()
        return [seen for batch in loader for seen in batch.referred.tolist()]

    assert not any(referred(QuerySource(folder, gallery=True)))
    assert not any(referred(QuerySource(folder, gallery=True), QuerySource(again)))
    assert all(referred(QuerySource(folder, gallery=True), QuerySource(again, gallery=True)))


def test_dropout_takes_every_trace_of_a_modality(batch: FusionBatch) -> None:
    unread = ModalityDropout(0, 0, 1, 0, 0)(batch)
    assert (unread.confidence == 0).all() and (unread.text.characters[:, 1:] == PAD).all()
    torch.testing.assert_close(unread.table[..., :2], batch.unread)
    torch.testing.assert_close(unread.table[..., 2:], batch.table[..., 2:])
    plain = ModalityDropout(0, 0, 0, 1, 0)(batch)
    assert (plain.looks == 0).all()
    assert (plain.table[..., 2 : COLUMNS.index("tokens")] == 0).all()
    blind = ModalityDropout(1, 0, 0, 0, 1)(batch)
    assert not blind.present.any() and not blind.referred.any()
    one = ModalityDropout(0, 1, 0, 0, 0)(batch)
    assert (one.present.sum(dim=1) == 1).all()
    everything = ModalityDropout(1, 0, 1, 1, 0)(batch)
    assert (everything.present == batch.present).all()
    nothing = ModalityDropout(0, 0, 0, 0, 0)(batch)
    torch.testing.assert_close(nothing.table, batch.table)


def test_an_epoch_runs_the_loss_falls_and_the_result_is_exported(
    folder: Path, tmp_path: Path
) -> None:
    lightning.seed_everything(0, verbose=False)
    module = FusionModule(settings=TINY, frozen=["text"], learning_rate=3e-3)
    module_data = data(folder)
    before = val_loss(tmp_path, module, module_data)
    run = trainer(tmp_path, 6)
    run.fit(module, module_data)
    assert val_loss(tmp_path, module, module_data) < before
    run.save_checkpoint(tmp_path / "epoch.ckpt")
    answers = trainer(tmp_path).predict(module, module_data)
    assert answers is not None
    torch.testing.assert_close(answers[0].sum(dim=1), torch.ones(len(answers[0])))
    export(tmp_path / "epoch.ckpt", tmp_path / "released")
    model, _ = open_fusion(tmp_path / "released")
    assert model.settings == TINY
    torch.testing.assert_close(
        model.head.weights.weight, module.network.head.weights.weight, atol=5e-3, rtol=5e-3
    )
    assert "million parameters" in (tmp_path / "released/fusion.md").read_text()
    with pytest.raises(InputError, match="no checkpoint"):
        export(tmp_path / "none.ckpt", None)


@pytest.mark.parametrize("frozen", [["text"], ["image", "text"]])
def test_a_run_goes_on_in_the_middle_of_an_epoch(
    folder: Path, tmp_path: Path, frozen: list[str]
) -> None:
    class Broken(lightning.Callback):
        def on_train_batch_end(self, run: lightning.Trainer, *_: object) -> None:
            run.save_checkpoint(tmp_path / "newest.ckpt")
            run.should_stop = True

    first = trainer(tmp_path, 2, limit_train_batches=2, callbacks=[Broken()])
    first.fit(FusionModule(settings=TINY, frozen=frozen), data(folder))
    second = trainer(tmp_path, 2, limit_train_batches=2)
    module = FusionModule(settings=TINY, frozen=frozen)
    second.fit(module, data(folder), ckpt_path=tmp_path / "newest.ckpt", weights_only=False)
    assert first.global_step == 1 and second.global_step == 4


def test_in_use_every_row_gets_the_score_that_training_gave_it(
    folder: Path, bank: QueryBank, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = FusionModule(settings=TINY).eval()
    with torch.no_grad():
        for parameter in module.network.head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    module_data = FusionDataModule([QuerySource(folder)], batch_size=99, workers=0)
    answers = trainer(tmp_path).predict(module, module_data)
    assert answers is not None
    query = int(np.flatnonzero(held_back(bank.groups))[0])
    catalog, reader = Catalog.load("us"), FirstTokens()
    row = 100 * (query // 3)
    reader.tokens = catalog.imprint_tokens[row]
    faces = [face for photo in plain_photos(row // 100) for face in WholePhotoSegmenter()(photo)]
    seen = Seen(faces, reader(faces), [describe(face) for face in faces])
    matches = Matcher(catalog)(seen.readings, seen.looks)
    rank = FusionRanker(module.network, catalog)
    logits = rank(seen, matches)
    assert logits.shape == (len(catalog) + 1,)
    weighed = np.append(logits[bank.candidates[query]] + bank.log_weight[query], logits[-1])
    expected = np.exp(weighed - weighed.max()) / np.exp(weighed - weighed.max()).sum()
    np.testing.assert_allclose(answers[0][0].numpy(), expected, atol=1e-4)
    blind = rank(replace(seen, faces=[]), matches)
    assert np.isfinite(blind).all() and not np.allclose(blind, logits)
    embedded = module.network.embed_faces(faces)
    nothing = References.none(TINY.dim, "unreleased")
    enrolled = nothing.with_faces(embedded, catalog.appearance(row).appearance_id)
    nearer = FusionRanker(module.network, catalog, enrolled)
    changed = nearer(seen, matches) != logits
    assert changed.nonzero()[0].tolist() == [row]


def test_it_runs_without_faces_readings_or_references(folder: Path, tmp_path: Path) -> None:
    for dropout in (
        ModalityDropout(1, 0, 0, 0, 1),
        ModalityDropout(0, 0, 1, 0, 0),
        ModalityDropout(0, 1, 1, 0, 1),
        ModalityDropout(0, 0, 0, 1, 0),
    ):
        module = FusionModule(settings=TINY, frozen=["image", "text"], dropout=dropout, absent=0.5)
        run = trainer(tmp_path, limit_train_batches=2)
        run.fit(module, data(folder))
        assert run.callback_metrics["train_loss"].isfinite()
        assert run.callback_metrics["val_loss"].isfinite()
        assert all(p.isfinite().all() for p in module.parameters())


def test_a_loss_over_lists() -> None:
    logits = torch.tensor([[2.0, 1.0, -torch.inf]])
    every = torch.ones(1, 3, dtype=torch.bool)
    first = torch.tensor([[True, False, False]])
    expected = torch.log1p(torch.tensor(-1.0).exp())
    torch.testing.assert_close(listwise_loss(logits, every, first), expected)
    torch.testing.assert_close(listwise_loss(logits, first, first), torch.tensor(0.0))
    assert listwise_loss(logits[:0], every[:0], first[:0]) == 0
    assert found(logits, first, 1) == 1 and found(-logits[:, :2], first[:, :2], 1) == 0


@pytest.mark.parametrize("workers", [0, 1])
def test_a_fixed_image_encoder_sees_each_face_once(
    folder: Path, tmp_path: Path, workers: int
) -> None:
    module = FusionModule(settings=TINY, frozen=["image", "text"])
    source = data(folder)
    source.workers = workers
    faces = len(np.load(folder / "faces.npy", mmap_mode="r"))
    seen: list[int] = []
    module.network.image.register_forward_hook(lambda _, inputs, __: seen.append(len(inputs[0])))
    trainer(tmp_path, epochs=2).fit(module, source)
    assert module._catalog is not None
    assert sum(seen) == faces * (1 + source.views) + len(module._catalog.gallery.row)
