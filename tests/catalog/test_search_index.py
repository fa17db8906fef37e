"""The index of a look-up against asking every imprint: nothing that fits may be left out."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rxmm.catalog.imprint_match import ImprintQuery
from rxmm.catalog.search_index import SearchIndex
from rxmm.catalog.table import Catalog

US = Catalog.load("us")
TOKENS = st.one_of(
    st.text("0O16B9M", min_size=1, max_size=5),
    st.sampled_from(sorted({token for imprint in US.imprint_tokens for token in imprint})),
)
IMPRINTS = st.lists(st.lists(TOKENS, max_size=4), min_size=1, max_size=20)


@st.composite
def typed(draw: st.DrawFn, imprints: list[list[str]]) -> str:
    """What a person may type: pieces of an imprint, some with other characters or wildcards."""
    pieces = draw(st.permutations(draw(st.sampled_from(imprints)) or ["A1"]))
    text = " ".join(pieces[: draw(st.integers(1, len(pieces)))])
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from("*0O8 ")) + text[place + 1 :]
    return text if any(sign.isalnum() for sign in text) else text + "M"


@given(IMPRINTS, st.data())
@settings(max_examples=150)
def test_what_fits_is_possible(imprints: list[list[str]], data: st.DataObject) -> None:
    query = ImprintQuery(data.draw(typed(imprints)))
    count = len(imprints)
    facts = US.appearances.iloc[[0] * count].reset_index(drop=True)
    facts["imprint"] = [";".join(imprint) for imprint in imprints]
    facts["appearance_id"] = [f"us-{number:08d}" for number in range(count)]
    products = US.products.iloc[[0] * count].reset_index(drop=True)
    drawn = Catalog(pd.concat([facts, products], axis=1), name="drawn", country="US", source="")
    index = SearchIndex(drawn)
    possible = set(index.possible(query).tolist())
    fitting = {number for number, imprint in enumerate(index.imprints) if query.fit(imprint)}
    assert fitting <= possible


def test_rows_have_their_own_imprint_and_looks() -> None:
    index = SearchIndex.of(US)
    assert [index.imprints[number] for number in index.imprint] == US.imprint_tokens
    facts = US.appearances[["color", "shape", "score", "size_mm"]].fillna(-1)
    known = pd.DataFrame([index.looks[number] for number in index.look], columns=facts.columns)
    assert facts.equals(known.fillna(-1))
    assert len(set(map(str, index.looks))) == len(index.looks)
    assert SearchIndex.of(US) is index
