"""The fusion head: it starts from the matchers, faces have no order, and nothing is needed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from rxmm.catalog.matching import TEXT_SHARE, Matcher
from rxmm.catalog.table import Catalog
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import WeightsError
from rxmm.models import fusion
from rxmm.models.evidence import (
    COLUMNS,
    LOOKS_WIDTH,
    MATCH_UNIT,
    RowCounts,
    evidence_table,
    looks_vector,
)
from rxmm.models.facts import NO_SHAPE, PillFacts, facts_of, facts_of_catalog
from rxmm.models.fusion import FusionHead, FusionModel, FusionSettings, Query, open_fusion
from rxmm.models.image_encoder import FaceFeatures
from rxmm.models.rows import Candidates, Gallery
from rxmm.models.weights import release
from rxmm.results import Looks
from tests.training import tiny

DIM, ROWS = 16, 7
TINY = replace(tiny.TINY, dim=DIM)


def unit(*shape: int) -> Tensor:
    return torch.nn.functional.normalize(torch.randn(*shape, DIM), dim=-1)


@pytest.fixture
def head() -> FusionHead:
    torch.manual_seed(0)
    return FusionHead(DIM).eval()


@pytest.fixture
def trained_head(head: FusionHead) -> FusionHead:
    """One whose weights are anything but those of the start."""
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return head


@pytest.fixture
def query() -> Query:
    torch.manual_seed(1)
    faces = FaceFeatures(
        unit(2, 2), torch.randn(2, 2, 12), torch.randn(2, 2, 19), torch.randn(2, 2, 4)
    )
    present = torch.ones(2, 2, dtype=torch.bool)
    return Query(faces, present, unit(2), torch.tensor([0.9, 0.4]), torch.rand(2, LOOKS_WIDTH))


@pytest.fixture
def candidates() -> Candidates:
    torch.manual_seed(2)
    facts = PillFacts(
        (torch.rand(2, ROWS, 12) > 0.8).float(),
        torch.randint(NO_SHAPE + 1, (2, ROWS)),
        torch.randint(5, (2, ROWS)),
        20 * torch.rand(2, ROWS),
    )
    table = torch.randn(2, ROWS, len(COLUMNS))
    return Candidates(table, unit(2, ROWS), unit(2, ROWS), facts, torch.randn(2, ROWS))


def test_before_training_the_ranking_is_that_of_matchers_and_looks(
    head: FusionHead, query: Query, candidates: Candidates
) -> None:
    logits = head(query, candidates)
    assert logits.shape == (2, ROWS + 1)
    fuzzy, lattice, looks = candidates.table[..., :3].unbind(dim=2)
    matches = TEXT_SHARE * fuzzy + (1 - TEXT_SHARE) * lattice
    expected = MATCH_UNIT * matches + looks
    assert (logits[:, :-1].argsort(dim=1) == expected.argsort(dim=1)).all()


def test_the_order_of_faces_does_not_matter(
    trained_head: FusionHead, query: Query, candidates: Candidates
) -> None:
    flipped = query._replace(faces=FaceFeatures(*(part.flip(1) for part in query.faces)))
    torch.testing.assert_close(trained_head(query, candidates), trained_head(flipped, candidates))
    torch.testing.assert_close(trained_head.embed(query), trained_head.embed(flipped))


def test_a_missing_face_says_nothing(
    trained_head: FusionHead, query: Query, candidates: Candidates
) -> None:
    present = torch.tensor([[True, False], [True, False]])
    one = query._replace(present=present)
    other_pixels = one._replace(
        faces=FaceFeatures(*(part * torch.tensor([1.0, -3.0])[:, None] for part in one.faces))
    )
    torch.testing.assert_close(
        trained_head(one, candidates), trained_head(other_pixels, candidates)
    )
    assert not torch.allclose(trained_head(one, candidates), trained_head(query, candidates))


def test_nothing_at_all_still_gives_finite_scores(
    trained_head: FusionHead, query: Query, candidates: Candidates
) -> None:
    nothing = query._replace(
        present=torch.zeros(2, 2, dtype=torch.bool),
        confidence=torch.zeros(2),
        looks=torch.zeros(2, LOOKS_WIDTH),
    )
    assert trained_head(nothing, candidates).isfinite().all()
    # A text of which nothing was read is no evidence, whatever its embedding.
    first = trained_head.features(nothing, candidates)
    second = trained_head.features(nothing._replace(text=query.text), candidates)
    torch.testing.assert_close(first, second)


def test_photographs_of_a_row_speak_for_it_and_none_speak_against_no_row() -> None:
    torch.manual_seed(3)
    face = unit(1, 1)
    gallery = Gallery(torch.cat([face[0], unit(4)]), torch.tensor([2, 2, 0, 1, 1]))
    present = torch.ones(1, 1, dtype=torch.bool)
    rows = torch.tensor([[0, 1, 2, 3, -1]])
    typical = gallery.typical()
    near = gallery.similarity(face, present, rows, typical)[0]
    assert near[2] == near.max() > 0 and near[3] == 0
    banned = torch.tensor([[True, False, False, False, False]])
    assert gallery.similarity(face, present, rows, typical, banned)[0, 2] < near[2]
    nobody = gallery.similarity(face, ~present, rows, typical)
    assert (nobody == 0).all()
    empty = Gallery(torch.zeros(0, DIM), torch.zeros(0, dtype=torch.long))
    assert (empty.similarity(face, present, rows, typical) == 0).all()


def test_evidence_favours_the_row_that_fits() -> None:
    catalog = Catalog.load("us")
    facts = facts_of_catalog(catalog)
    sample = [catalog.appearance(row) for row in (0, 1, 2, 700)]
    for own, listed in zip(facts_of(sample), facts.take(torch.tensor([0, 1, 2, 700])), strict=True):
        torch.testing.assert_close(own, listed)
    pill = sample[0]
    assert pill.shape is not None and pill.size_mm is not None
    looks = Looks(
        tuple({color: 0.9, Color.BLACK: 0.1} for color in pill.colors),
        {pill.shape: 0.8, Shape.GEAR: 0.2},
        {1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25},
        1.5,
        pill.size_mm,
    )
    match, counts = Matcher(catalog), RowCounts.of(catalog)
    seen = evidence_table(facts, counts, match([], [looks]), [looks])
    for name in ("color", "shape", "size"):
        column = seen[:, COLUMNS.index(name)]
        assert column[0] == column.max() and column.min() < column[0]
    unseen = evidence_table(facts, counts, match([], []), [])
    assert (unseen[:, 2:7] == 0).all() and np.isfinite(unseen).all()
    sold = np.exp(seen[:, COLUMNS.index("products")])
    assert sold.sum() == pytest.approx(len(catalog.products), rel=1e-5) and sold.min() == 1
    assert counts.take(np.array([700])).tokens == [len(set(sample[3].imprint))]
    assert looks_vector([looks]).shape == looks_vector([]).shape == (LOOKS_WIDTH,)


def test_a_rows_evidence_does_not_depend_on_the_rows_beside_it() -> None:
    catalog = Catalog.load("tw")
    facts, counts = facts_of_catalog(catalog), RowCounts.of(catalog)
    unmeasured = np.flatnonzero(facts.size.numpy() == 0)[:3]
    rows = np.append(unmeasured, 0)
    looks = [Looks(({Color.WHITE: 1.0},), {Shape.ROUND: 1.0}, {1: 1.0}, 1.0, 8.0)]
    matches = Matcher(catalog)([], looks)
    everything = evidence_table(facts, counts, matches, looks)
    some = facts.take(torch.from_numpy(rows))
    np.testing.assert_array_equal(
        evidence_table(some, counts.take(rows), matches.take(rows), looks), everything[rows]
    )


def test_released_weights_are_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = FusionModel(TINY).eval()
    release(model, fusion.WEIGHTS, "Apache-2.0", tmp_path, **model.preprocessing())
    opened, entry = open_fusion(tmp_path)
    assert opened.settings.side == 32 and entry.name == "fusion"
    images = torch.randn(1, 2, 3, 32, 32)
    torch.testing.assert_close(
        opened.see(images).embedding, model.see(images).embedding,
        atol=5e-3, rtol=0,
    )  # fmt: skip
    monkeypatch.setattr(fusion, "vocabulary_hash", lambda: "of another vocabulary")
    with pytest.raises(WeightsError, match="vocabulary"):
        open_fusion(tmp_path)


def test_the_default_model_is_small() -> None:
    model = FusionModel(FusionSettings())
    assert sum(p.numel() for p in model.image.parameters()) < 4_000_000
    assert sum(p.numel() for p in model.parameters()) < 6_000_000
