"""Agreement of several opinions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rxmm.catalog.table import Catalog
from rxmm.errors import InputError
from rxmm.identifier import Identifier
from rxmm.models.fusion import FusionModel
from rxmm.models.ranker import FusionRanker
from rxmm.uncertainty import Opinions, sampled
from tests.conftest import ScriptedReader, WholePhotoSegmenter, first_products
from tests.training.tiny import TINY

US = Catalog.load("us")
CATALOG = first_products(US, 300)
WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
OFF_WHITE = WHITE - 1


def test_opinions_that_agree_leave_nothing_to_learn() -> None:
    found = Opinions.of(np.tile([0.7, 0.2, 0.1], (5, 1)))
    assert found.mean == pytest.approx([0.7, 0.2, 0.1])
    assert found.deviation == pytest.approx(0, abs=1e-12)
    assert found.mutual_information == pytest.approx(0, abs=1e-9)


def test_opinions_that_are_sure_of_different_pills_share_one_bit() -> None:
    found = Opinions.of(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert found.mean == pytest.approx([0.5, 0.5])
    assert found.deviation == pytest.approx([0.5, 0.5])
    assert found.mutual_information == pytest.approx(np.log(2))


@given(arrays(float, (4, 6), elements=st.floats(0.01, 1)))
def test_mutual_information_is_between_nothing_and_the_entropy_of_the_mean(raw: np.ndarray) -> None:
    probability = raw / raw.sum(axis=1, keepdims=True)
    found = Opinions.of(probability)
    entropy = -(found.mean * np.log(found.mean)).sum()
    assert 0 <= found.mutual_information <= entropy + 1e-9
    assert found.mean.sum() == pytest.approx(1)


def test_an_answer_of_the_fusion_can_be_sampled_and_one_of_the_match_cannot() -> None:
    imprint = " ".join(CATALOG.imprint_tokens[40])
    fusion = FusionRanker(FusionModel(TINY).eval(), CATALOG)
    reader = ScriptedReader(imprint, "")
    asked = Identifier(CATALOG, WholePhotoSegmenter(), reader, fusion)
    found = sampled(asked, asked.identify(WHITE, OFF_WHITE), 5)
    assert found.mean.shape == (len(CATALOG) + 1,)
    assert set(found.to_dict()) == {"mean", "deviation", "mutual_information"}
    assert "nats" in str(found)
    alone = Identifier(CATALOG, WholePhotoSegmenter(), ScriptedReader(imprint, ""))
    with pytest.raises(InputError, match="--ranking fusion"):
        sampled(alone, alone.identify(WHITE, OFF_WHITE), 5)
