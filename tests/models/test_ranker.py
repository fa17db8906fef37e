"""The fusion against catalogues too large to score every row."""

import numpy as np
import pytest
import torch

from rxmm.catalog.matching import Matcher
from rxmm.catalog.table import Catalog
from rxmm.models import ranker
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.models.references import References
from rxmm.results import Seen
from tests.conftest import reading
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")


def test_of_a_large_catalogue_those_are_scored_that_can_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    model = FusionModel(TINY).eval()
    enrolled = References.none(TINY.dim, "unreleased").with_faces(
        torch.eye(TINY.dim)[:1], CATALOG.appearance(4000).appearance_id
    )
    seen = Seen(readings=[reading("54", "757")])
    matches = Matcher(CATALOG)(seen.readings, seen.looks)
    everything = FusionRanker(model, CATALOG, enrolled)(seen, matches)
    monkeypatch.setattr(ranker, "EXACT", 1000)
    monkeypatch.setattr("rxmm.models.shortlist.SHORTLIST", 50)
    rank = FusionRanker(model, CATALOG, enrolled)
    logits = rank(seen, matches)
    scored = {4000, len(CATALOG)}  # that which was photographed, and none of these
    for scores in (matches.score, rank.text_similarity(seen.readings)):
        least = np.sort(scores)[-50]
        assert (scores > least).sum() > 10
        scored |= set(np.flatnonzero(scores > least).tolist())
    chosen = sorted(scored)
    np.testing.assert_allclose(logits[chosen], everything[chosen], atol=1e-5)
    values, counts = np.unique(logits[:-1], return_counts=True)
    assert values[counts.argmax()] == values[0] and counts[0] >= len(CATALOG) - 101
    samples = rank.samples(seen, matches, 2)
    assert samples.shape == (2, len(CATALOG) + 1)
