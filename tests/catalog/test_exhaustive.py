"""Both matches against all pairs worked out one by one: no index may change or lose anything."""

import numpy as np
import pandas as pd
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from rxmm.catalog.fuzzy_match import FuzzyMatcher
from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS, fold_look_alikes
from rxmm.catalog.lattice_match import LatticeMatcher
from rxmm.catalog.rows import CatalogRows
from rxmm.catalog.table import Catalog
from rxmm.catalog.token_index import TokenIndex
from rxmm.imprint.reading import LineBelief, assemble
from rxmm.results import ImprintReading, ImprintToken
from tests.catalog.exhaustive import beliefs_score, texts_score
from tests.conftest import token

US = Catalog.load("us")
TOKENS = st.one_of(
    st.text("0O16B9", min_size=1, max_size=6),
    st.text(IMPRINT_CHARACTERS, min_size=1, max_size=9),
    st.sampled_from(sorted({token for imprint in US.imprint_tokens for token in imprint})),
)
IMPRINTS = st.lists(st.lists(TOKENS, max_size=5), min_size=1, max_size=25)


def catalog_of(imprints: list[list[str]]) -> Catalog:
    """Of these imprints, the looks those of the first pill of the US catalogue."""
    facts = pd.concat([US.appearances.iloc[[0] * len(imprints)].reset_index(drop=True)])
    facts["imprint"] = [";".join(imprint) for imprint in imprints]
    facts["appearance_id"] = [f"us-{number:08d}" for number in range(len(imprints))]
    products = US.products.iloc[[0] * len(imprints)].reset_index(drop=True)
    rows = pd.concat([facts, products], axis=1)
    return Catalog(rows, name="drawn", country="US", source="")


@st.composite
def readings(draw: st.DrawFn, tokens: list[str]) -> list[ImprintReading]:
    """Two faces or one, with lines near tokens of the catalogue and others, sure and unsure."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        texts = draw(st.lists(st.one_of(st.sampled_from(tokens), TOKENS), max_size=4))
        sure = [draw(st.floats(0.01, 1.0)) for _ in texts]
        lines: list[ImprintToken] = [token(t, c) for t, c in zip(texts, sure, strict=True)]
        found.append(ImprintReading(tuple(lines[:2]), tuple(lines)))
    return found


@given(st.data(), IMPRINTS)
@settings(max_examples=60)
def test_texts_lose_nothing(data: st.DataObject, imprints: list[list[str]]) -> None:
    known = [token for imprint in imprints for token in imprint] or ["A"]
    read = data.draw(readings(known))
    catalog = catalog_of(imprints)
    rows = CatalogRows(catalog)
    score = rows.imprint_score(FuzzyMatcher(rows)(read))
    np.testing.assert_allclose(score, texts_score(catalog, read), atol=1e-9)


@given(
    st.sets(TOKENS, min_size=1, max_size=30), st.lists(TOKENS, min_size=1, max_size=4), st.data()
)
def test_every_token_within_reach_is_found(
    vocabulary: set[str], texts: list[str], data: st.DataObject
) -> None:
    tokens = sorted(vocabulary, key=lambda one: (len(one), one))
    index = TokenIndex(tokens)
    reach = np.array([[data.draw(st.integers(-1, 9)) for _ in index.lengths] for _ in texts])
    found = {
        (int(text), near.tokens.start + place): (int(edits[place]), int(unlike[place]))
        for near in index.near(texts, reach)
        for text, edits, unlike in zip(near.texts, near.edits, near.unlike, strict=True)
        for place in range(len(edits))
    }
    for number, text in enumerate(texts):
        for place, word in enumerate(tokens):
            unlike = Levenshtein.distance(fold_look_alikes(text), fold_look_alikes(word))
            limit = reach[number, index.lengths.index(len(word))]
            if unlike <= limit:
                assert found[number, place] == (Levenshtein.distance(text, word), unlike)
            elif (number, place) in found:
                assert found[number, place][1] > limit


def believed(text: str, sharpness: float, seed: int) -> LineBelief:
    """A line in which a text stands, more or less sure, and other characters beside it."""
    random = torch.Generator().manual_seed(seed)
    columns = []
    for character in text:
        column = torch.randn(37, generator=random)
        column[IMPRINT_CHARACTERS.index(character) + 1] += sharpness
        columns += [column, torch.randn(37, generator=random).index_fill(0, torch.tensor(0), 6.0)]
    ribbon = torch.tensor([[[1.0, 1.0], [1.0, 5.0]], [[9.0, 1.0], [9.0, 5.0]]])
    ribbon = ribbon + 40.0 * seed  # lines apart, so that several may be shown
    return LineBelief(ribbon, torch.stack(columns).softmax(dim=1))


@given(st.data(), IMPRINTS, st.floats(0, 9), st.integers(0, 99))
@settings(max_examples=60)
def test_beliefs_lose_nothing(
    data: st.DataObject, imprints: list[list[str]], sharpness: float, seed: int
) -> None:
    known = [token for imprint in imprints for token in imprint] or ["A"]
    texts = st.lists(st.one_of(st.sampled_from(known), TOKENS), max_size=4)
    read = [
        assemble(
            [
                believed(text, sharpness, seed + number)
                for number, text in enumerate(data.draw(texts))
            ]
        )
        for _ in range(data.draw(st.integers(1, 2)))
    ]
    catalog = catalog_of(imprints)
    rows = CatalogRows(catalog)
    score = rows.imprint_score(LatticeMatcher(rows)(read))
    if any(reading.beliefs for reading in read):
        np.testing.assert_allclose(score, beliefs_score(catalog, read), atol=1e-4)
    else:
        assert score.max() <= 0
