"""The encoders as ONNX give what torch gives, whatever the batch and the length."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from rxmm.cli.export import export
from rxmm.errors import InputError
from rxmm.models import onnx
from rxmm.models.fusion import FusionModel, open_fusion
from rxmm.models.text_encoder import MAX_LENGTH, MAX_TOKENS, Text, spell
from tests.training.tiny import TINY

ATOL = 1e-5
"""Of embeddings of length 1 and of logits: single precision, summed in another order."""


@pytest.fixture(scope="module")
def model() -> FusionModel:
    torch.manual_seed(0)
    return FusionModel(TINY).eval()


@pytest.fixture(scope="module")
def files(model: FusionModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    pytest.importorskip("onnxscript", reason="ONNX is written with the onnx extra")
    return onnx.write_encoders(model, tmp_path_factory.mktemp("onnx"))


def run(path: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    runtime = pytest.importorskip("onnxruntime", reason="ONNX is run with the onnx extra")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs), strict=True))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_faces_are_seen_alike(model: FusionModel, files: tuple[Path, Path], count: int) -> None:
    images = torch.rand(count, 3, TINY.side, TINY.side) * 2 - 1
    answers = run(files[0], {"images": images.numpy()})
    with torch.inference_mode():
        expected = model.image(images)._asdict()
    assert answers.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(answers[name], value, atol=ATOL, rtol=0)


LONGEST = [("X" * MAX_LENGTH, 0.7)] * MAX_TOKENS


@pytest.mark.parametrize(
    "texts", [[[]], [LONGEST], [[("A", 0.1), ("BC", 0.2)], [], [("1", 1.0)]], [[], LONGEST]]
)
def test_texts_are_read_alike(
    model: FusionModel, files: tuple[Path, Path], texts: list[Text]
) -> None:
    batch = spell(texts)
    answers = run(files[1], {name: part.numpy() for name, part in batch._asdict().items()})
    with torch.inference_mode():
        expected = model.text(batch)
    np.testing.assert_allclose(answers["text_embedding"], expected, atol=ATOL, rtol=0)


def test_it_is_written_beside_the_weights_of_a_checkpoint(
    model: FusionModel, tmp_path: Path
) -> None:
    pytest.importorskip("onnxscript", reason="ONNX is written with the onnx extra")
    state = {f"network.{name}": value for name, value in model.state_dict().items()}
    torch.save({"state_dict": state, "settings": asdict(TINY)}, tmp_path / "run.ckpt")
    export(tmp_path / "run.ckpt", tmp_path / "released", onnx=True)
    released, _ = open_fusion(tmp_path / "released")
    batch = spell([[("AB12", 0.4)]])
    inputs = {name: part.numpy() for name, part in batch._asdict().items()}
    answers = run(tmp_path / "released/text_encoder.onnx", inputs)
    with torch.inference_mode():
        expected = released.text(batch)
    np.testing.assert_allclose(answers["text_embedding"], expected, atol=ATOL, rtol=0)
    torch.save({"state_dict": {}}, tmp_path / "finder.ckpt")
    with pytest.raises(InputError, match="no encoders"):
        export(tmp_path / "finder.ckpt", tmp_path / "other", onnx=True)
    assert not (tmp_path / "other").exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "NEEDED", ("onnx", "no_such_package"))
    with pytest.raises(InputError, match=r"no_such_package: install with .*rxmm\[onnx\]"):
        onnx.check_installed()
