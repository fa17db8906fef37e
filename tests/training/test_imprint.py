"""The imprint recipes on a tiny bank: they run, they learn, and their data is what it says."""

from dataclasses import replace
from pathlib import Path

import cv2
import lightning
import numpy as np
import pytest
import torch
from torch.utils.data import Subset

from rxmm.errors import InputError
from rxmm.imprint.face import FacePicture
from rxmm.imprint.geometry import angle_of, quad_ribbon
from rxmm.imprint.lattice import Alphabet, best_path
from rxmm.imprint.network import CHARACTERS, LineFinder, Recognizer
from rxmm.imprint.reader import EasyOCRReader
from rxmm.imprint.regions import FINDER_WEIGHTS
from rxmm.models.weights import load_into
from rxmm.training.batches import batches_of
from rxmm.training.curves import draw_curves
from rxmm.training.face_bank import CANVAS, SIDE, FaceBank, draw_bank, write_bank
from rxmm.training.finder_data import FaceMaps, FinderDataModule, _at_random, _placed
from rxmm.training.imprint import (
    RELEASED,
    FinderModule,
    RecognizerModule,
    ctc_loss,
    load_network,
)
from rxmm.training.line_data import LikeInLength, LineBatch, LineDataModule, Lines, _mislead
from rxmm.training.ppocr import start_from_ppocr
from tests.training.tiny import trainer, val_loss

FACES = 32


@pytest.fixture(scope="module")
def bank_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bank")
    draw_bank(folder, FACES, seed=3, workers=0, made_up=0.5)
    return folder


@pytest.fixture(scope="module")
def bank(bank_folder: Path) -> FaceBank:
    return FaceBank.load(bank_folder)


def test_a_bank_holds_faces_and_lines_inside_them(bank: FaceBank) -> None:
    assert bank.faces.shape == (FACES, CANVAS, CANVAS)
    assert len(bank.owner) == len(bank.texts) == len(bank.ribbons) > FACES // 2
    assert bank.complete.all()
    middle = bank.ribbons.mean(axis=(1, 2))
    assert (middle > 0).all() and (middle < bank.sizes[bank.owner][:, ::-1]).all()


def test_an_existing_bank_is_kept(bank_folder: Path) -> None:
    before = (bank_folder / "lines.npz").stat().st_mtime_ns
    draw_bank(bank_folder, 3, seed=9, workers=0, made_up=0.5)
    assert (bank_folder / "lines.npz").stat().st_mtime_ns == before


def line_batches(bank: FaceBank, *, epoch: int = 0, validation: bool = False) -> list[LineBatch]:
    lines = Lines([(bank, 1)], validation=validation)
    order = LikeInLength(lines, 8, seed=1)
    order.set_epoch(epoch)
    return [lines[drawn] for drawn in order]


def test_line_batches_cover_each_side_once(bank: FaceBank) -> None:
    training, validation = line_batches(bank), line_batches(bank, validation=True)
    counts = [sum(len(batch.texts) for batch in batches) for batches in (training, validation)]
    readable = sum(set(text.upper()) <= set(CHARACTERS) for text in bank.texts)
    assert sum(counts) == readable and counts[0] > counts[1]
    for batch in training:
        assert batch.strips.shape[:3] == (len(batch.texts), 1, 48)
        assert batch.strips.abs().max() <= 1
        assert all(set(text) <= set(CHARACTERS) for text in batch.texts)


def test_line_batches_are_new_each_epoch_and_repeatable(bank: FaceBank) -> None:
    first, second, again = (line_batches(bank, epoch=epoch) for epoch in (0, 1, 0))
    assert [b.texts for b in first] != [b.texts for b in second]
    assert [b.texts for b in first] == [b.texts for b in again]
    assert all(torch.equal(a.strips, b.strips) for a, b in zip(first, again, strict=True))


def test_lines_held_back_are_the_same_each_epoch(bank: FaceBank) -> None:
    first, second = (line_batches(bank, epoch=epoch, validation=True) for epoch in (0, 1))
    assert [b.texts for b in first] == [b.texts for b in second]
    assert all(torch.equal(a.strips, b.strips) for a, b in zip(first, second, strict=True))


def test_of_two_processes_each_gets_as_many_batches_of_its_own(
    bank: FaceBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = Lines([(bank, 1)])
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 2)
    for batch_size in range(4, 8):
        shares: list[list[list[int]]] = []
        for rank in (0, 1):
            monkeypatch.setattr("torch.distributed.get_rank", lambda rank=rank: rank)
            order = LikeInLength(lines, batch_size, seed=1)
            shares.append([drawn.lines.tolist() for drawn in order])
            assert len(order) == len(shares[-1])
        assert len(shares[0]) == len(shares[1])
        every = [tuple(batch) for share in shares for batch in share]
        assert len(set(every)) >= len(every) - 1
        assert {line for batch in every for line in batch} == set(range(len(lines)))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_run_that_goes_on_sees_other_batches_than_before(
    bank_folder: Path, tmp_path: Path, workers: int
) -> None:
    class Seen(RecognizerModule):
        def on_train_batch_start(self, batch: LineBatch, batch_idx: int) -> None:
            seen.append(float(batch.strips.sum()))

    def fit(epochs: int, start: Path | None = None) -> lightning.Trainer:
        data = LineDataModule(bank_folder, FACES, (), 8, workers=workers)
        run = trainer(tmp_path, epochs, limit_val_batches=0)
        run.fit(Seen(), data, ckpt_path=start, weights_only=False)
        return run

    seen: list[float] = []
    fit(2)
    whole, seen = seen, []
    fit(1).save_checkpoint(tmp_path / "epoch.ckpt")
    assert seen == whole[: len(whole) // 2]
    fit(2, tmp_path / "epoch.ckpt")
    assert seen == whole and len(set(whole)) == len(whole)


def test_maps_turn_with_their_faces(bank: FaceBank) -> None:
    batch = FaceMaps([(bank, 1)]).__getitems__(list(range(16)))
    assert batch.faces.shape == (16, 1, SIDE, SIDE)
    on = batch.core[:, 0] > 0
    length = batch.direction.norm(dim=1)
    torch.testing.assert_close(length[on], torch.ones_like(length[on]), atol=1e-4, rtol=0)
    assert (length[~on] == 0).all()


def test_a_face_and_its_lines_move_together(bank: FaceBank) -> None:
    """The grey level at a line's middle is found where the line was moved to."""
    face = int(bank.owner[0])
    size, ribbons = bank.sizes[face], bank.ribbons[bank.owner == face]
    height, width = size
    marked = np.zeros_like(bank.faces[face])
    x, y = ribbons[0].mean(axis=(0, 1))
    marked[:height, :width] = 50
    marked[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4] = 250
    random = torch.Generator().manual_seed(2)
    seen = 0
    for _ in range(20):
        window, moved = _placed(marked, ribbons, _at_random(size, random))
        new_x, new_y = moved[0].mean(axis=(0, 1)).round().astype(int)
        if 0 <= new_x < SIDE and 0 <= new_y < SIDE:
            assert window[new_y, new_x] > 150
            seen += 1
    assert seen > 5


def test_incomplete_faces_do_not_teach_the_finder(bank: FaceBank, tmp_path: Path) -> None:
    lines = list(zip(bank.owner.tolist(), bank.ribbons, bank.texts.tolist(), strict=True))
    complete = np.arange(FACES) % 2 == 0
    pictures = [
        FacePicture(
            np.repeat(face[:h, :w, None], 3, axis=2), np.ones((h, w), bool), face[-1, -1:], 1.0
        )
        for face, (h, w) in zip(bank.faces, bank.sizes, strict=True)
    ]
    write_bank(tmp_path, pictures, lines, complete)
    assert len(FaceMaps([(FaceBank.load(tmp_path), 1)])) < FACES / 2 + 1


def test_no_two_processes_vary_faces_in_the_same_way(bank: FaceBank) -> None:
    twice = Subset(FaceMaps([(bank, 1)]), [0, 0])
    one, other = batches_of(twice, 1, workers=2)  # a batch from each process
    assert not torch.equal(one.faces, other.faces)


def test_a_folder_without_a_bank_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rxmm\.training\.align"):
        FaceBank.load(tmp_path)
    with pytest.raises(InputError, match="No line was found"):
        write_bank(tmp_path, [], [], np.array([]))
    assert not list(tmp_path.iterdir())


def test_lines_without_a_text_teach_the_recogniser_only(bank: FaceBank) -> None:
    wordless = replace(bank, texts=np.where(bank.owner == 0, "", bank.texts))
    assert (bank.owner == 0).any()
    assert FaceMaps([(bank, 1)]).__getitems__([0]).core.any()
    assert not FaceMaps([(wordless, 1)]).__getitems__([0]).core.any()
    shown = [text for batch in line_batches(wordless) for text in batch.texts]
    assert len(shown) == sum(len(batch.texts) for batch in line_batches(bank))
    assert shown.count("") >= (bank.owner == 0).sum()


def test_a_line_on_its_side_or_head_holds_nothing_to_read() -> None:
    letters = ["A", "6", "H", "O", "25"] * 200
    upright = quad_ribbon(torch.tensor([[[40.0, 30], [56, 30], [56, 50], [40, 50]]]))
    shown, texts = _mislead(
        upright.repeat(len(letters), 1, 1, 1), letters, torch.Generator().manual_seed(1)
    )
    angles = [round(angle) % 360 for angle in angle_of(shown).tolist()]
    turned = set(zip(letters, texts, angles, strict=True))
    assert {("A", "", 180), ("A", "", 90), ("A", "", 270), ("25", "", 90)} <= turned
    # 6 on its head is 9, H and O stay what they are, and on their sides they are I and O.
    assert {letter for letter, _, angle in turned if angle == 180} == {"A", "25"}
    assert {letter for letter, _, angle in turned if angle in (90, 270)} == {"A", "6", "25"}
    assert all(said == letter for letter, said, angle in turned if angle == 0)


@pytest.mark.parametrize("recipe", ["recognizer", "finder"])
def test_an_epoch_runs_and_the_loss_falls(recipe: str, bank_folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    if recipe == "recognizer":
        module: lightning.LightningModule = RecognizerModule(learning_rate=1e-3)
        data: lightning.LightningDataModule = LineDataModule(bank_folder, FACES, (), 8, workers=0)
    else:
        module = FinderModule(learning_rate=3e-3)
        data = FinderDataModule(bank_folder, FACES, (), 8, workers=0)
    before = val_loss(tmp_path, module, data)
    trainer(tmp_path, 10).fit(module, data)
    assert val_loss(tmp_path, module, data) < before


def test_a_checkpoint_loads_into_the_plain_network(tmp_path: Path) -> None:
    module = FinderModule()
    state = {f"network.{k}": v for k, v in module.network.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "epoch.ckpt")
    network = LineFinder()
    load_network(network, tmp_path / "epoch.ckpt")
    torch.testing.assert_close(network.head.weight, module.network.head.weight)


def test_training_goes_on_from_the_released_weights() -> None:
    reader = EasyOCRReader.released()
    strips = torch.randn(2, 1, 48, 100).clamp(-1, 1)
    module = RecognizerModule(start=RELEASED)
    assert module.network.training
    with torch.inference_mode():
        torch.testing.assert_close(
            module.network.eval()(strips), reader.recognizer(strips, None), atol=1e-4, rtol=1e-4
        )
    finder = LineFinder()
    name, preprocessing = FINDER_WEIGHTS
    load_into(finder, name, **preprocessing)
    begun = FinderModule(start=RELEASED).network
    assert begun.training
    torch.testing.assert_close(begun.state_dict(), finder.state_dict())


def test_starting_from_ppocr_reads_what_is_printed() -> None:
    pytest.importorskip("rapidocr", reason="PP-OCR's weights: pip install --no-deps rapidocr")
    network = RecognizerModule(start="ppocr").network.eval()
    strip = np.full((48, 180), 255, np.uint8)
    cv2.putText(strip, "TEVA 5728", (4, 34), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2, cv2.LINE_AA)
    pixels = torch.from_numpy(strip)[None, None] / 127.5 - 1
    with torch.inference_mode():
        (line,) = Alphabet(["", *CHARACTERS]).fold(network(pixels).softmax(dim=2))
    assert best_path(line)[0] == "TEVA5728"


def test_without_the_weights_of_ppocr_it_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install --no-deps rapidocr"):
        start_from_ppocr(Recognizer())


def test_ctc_loss_is_lowest_for_what_is_written() -> None:
    logits = torch.full((1, 6, len(CHARACTERS) + 1), -5.0)
    for column, klass in enumerate([CHARACTERS.index("7") + 1, 0, CHARACTERS.index("A") + 1, 0]):
        logits[0, column, klass] = 5.0
    logits[0, 4:, 0] = 5.0
    written = ctc_loss(logits, ["7A"])
    assert written < 1
    assert all(ctc_loss(logits, [text]) > written + 3 for text in ("7", "A7", "9X"))


def test_learning_curves_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,step,train_loss,val_loss\n0,1,2.0,\n0,2,,1.5\n")
    draw_curves(tmp_path / "metrics.csv", tmp_path / "out" / "curves.png")
    assert (tmp_path / "out" / "curves.png").stat().st_size > 1000
    draw_curves(tmp_path / "none.csv", tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_the_network_is_small_and_takes_any_height() -> None:
    network = Recognizer().eval()
    assert sum(p.numel() for p in network.parameters()) < 6_000_000
    assert sum(p.numel() for p in LineFinder().parameters()) < 2_000_000
    with torch.inference_mode():
        assert network(torch.zeros(1, 1, 32, 64)).shape[2] == len(CHARACTERS) + 1
