"""The attack on the image encoder stays small, and finds something on the example photographs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from rxmm.calibration import Calibrations
from rxmm.catalog.table import Catalog
from rxmm.evaluation.attack import EPSILON, Answer, Attack, cut_outs, pgd, shown, to_markdown
from rxmm.looks import describe
from rxmm.models.ranker import FusionRanker
from rxmm.photo import read_photo
from rxmm.results import PillFace, Seen
from rxmm.segmentation import PillSegmenter
from tests.conftest import reading


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load("us")


@pytest.fixture(scope="module")
def ranker(catalog: Catalog) -> FusionRanker:
    return FusionRanker.released(catalog)


@pytest.fixture
def faces(examples: tuple[Path, Path]) -> list[PillFace]:
    return [face for path in examples for face in PillSegmenter()(read_photo(path))]


def test_pgd_stays_within_its_bounds_and_lowers_the_margin() -> None:
    pixels = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    pixels[0, 0, 0, 0], pixels[0, 0, 0, 1] = 0.0, 1.0
    weights = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(2))

    def margin(now: Tensor) -> Tensor:
        return (now * weights).sum()

    attacked = pgd(pixels, margin)
    assert (attacked - pixels).abs().max() <= EPSILON + 1e-6
    assert attacked.min() >= 0 and attacked.max() <= 1
    best = torch.where(weights > 0, pixels - EPSILON, pixels + EPSILON).clamp(0, 1)
    assert torch.allclose(attacked, best, atol=1e-6)
    assert torch.equal(attacked, pgd(pixels, margin))


def test_pgd_never_makes_it_worse_for_itself() -> None:
    pixels = torch.full((1, 3, 4, 4), 0.5)
    attacked = pgd(pixels, lambda now: (now - 0.5).abs().sum())
    assert torch.equal(attacked, pixels)


def test_unchanged_pixels_are_what_the_ranker_is_shown(
    ranker: FusionRanker, faces: list[PillFace]
) -> None:
    images = ranker.images(faces)
    again = shown(*cut_outs(faces, images.shape[-1]))
    assert torch.allclose(images[0], again, atol=1e-5)


def test_the_example_photographs(
    catalog: Catalog, ranker: FusionRanker, faces: list[PillFace], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[Tensor, Tensor]] = []

    def watched(pixels: Tensor, margin, seed: int = 0) -> Tensor:  # type: ignore[no-untyped-def]
        attacked = pgd(pixels, margin, seed)
        assert margin(attacked) < margin(pixels)
        tried.append((pixels, attacked))
        return attacked

    monkeypatch.setattr("rxmm.evaluation.attack.pgd", watched)
    # Nothing was read: the pixels count for most.
    seen = Seen(faces, [reading()] * len(faces), [describe(face) for face in faces])
    before, after = Attack(catalog, ranker, Calibrations())(seen)
    ((pixels, attacked),) = tried
    assert pixels.shape[0] == len(faces)
    assert (attacked - pixels).abs().max() <= EPSILON + 1e-6
    assert attacked.min() >= 0 and attacked.max() <= 1
    assert after.key != before.key or after.margin < before.margin
    assert np.isfinite([before.margin, after.margin]).all()


def test_the_table_counts_what_changed() -> None:
    a, b = ("A",), ("B",)
    answers = [
        (Answer(a, "identified", 3.0), Answer(b, "identified", 1.0)),
        (Answer(a, "identified", 3.0), Answer(a, "ambiguous", 1.0)),
        (Answer(b, "ambiguous", 1.0), Answer(b, "identified", 1.0)),
    ]
    text = to_markdown([a, a, a], answers)
    assert "| answers changed | 1 of 3 | 0.333 |" in text
    assert "| identified, then not | 1 of 2 | 0.500 |" in text
    assert "| top-1 before | 2 of 3 | 0.667 |" in text
    assert "| top-1 after | 1 of 3 | 0.333 |" in text
    assert "| wrong and identified before | 0 of 3 | 0.000 |" in text
    assert "| wrong and identified after | 2 of 3 | 0.667 |" in text
