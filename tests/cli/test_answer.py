"""An answer as a person reads it on the terminal and in a picture."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from rxmm.catalog.table import Catalog
from rxmm.cli.answer import print_answer
from rxmm.identifier import Identifier
from rxmm.notice import NOTICE
from rxmm.picture import draw_result
from rxmm.results import Identification, PredictionSet
from tests.conftest import ScriptedReader, WholePhotoSegmenter

WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)


@pytest.fixture(scope="module")
def answer() -> Identification:
    reader = ScriptedReader("IP 465")
    found = Identifier(Catalog.load("us"), WholePhotoSegmenter(), reader).identify(WHITE)
    sets = (PredictionSet(0.95, 3, ("us-48ee2986",)),)
    return replace(found, not_listed=0.02, prediction_sets=sets)


def test_the_terminal_tells_status_certainty_look_alikes_and_steps(answer: Identification) -> None:
    told = StringIO()
    print_answer(answer, Console(file=told, width=160))
    printed = told.getvalue()
    assert "95% sure it is one of 3. 2% that it is not." in printed
    assert "Looks nearly like the first candidate" in printed
    assert "Is it 465 or 466?" in printed
    for step in answer.next_steps:
        assert step in printed
    assert printed.rstrip().endswith(NOTICE)


def test_the_notice_ends_an_answer_with_samples_too(answer: Identification) -> None:
    told = StringIO()
    print_answer(answer, Console(file=told, width=400), "Asked 4 times.")
    assert told.getvalue().splitlines()[-2:] == ["Asked 4 times.", NOTICE]


def test_a_candidate_tells_what_is_in_it_and_is_never_certain(answer: Identification) -> None:
    first, second = answer.candidates[:2]
    sure, unlikely = replace(first, probability=0.9996), replace(second, probability=0.0004)
    told = StringIO()
    answered = replace(answer, candidates=(sure, unlikely), evidence=())
    print_answer(answered, Console(file=told, width=400))
    printed = told.getvalue()
    product = first.appearance.products[0]
    assert f"{product.generic} {product.strength}, {product.labeler}" in printed
    assert ">99%" in printed and "<1%" in printed
    assert "100%" not in printed and " 0%" not in printed


@pytest.mark.parametrize("catalog", ["us", "tw"])
@pytest.mark.parametrize("width", [40, 72, 80, 160])
def test_no_terminal_cuts_anything_of_a_pill(catalog: str, width: int) -> None:
    reader = ScriptedReader("CTA 172")
    found = Identifier(Catalog.load(catalog), WholePhotoSegmenter(), reader).identify(WHITE)
    told = StringIO()
    print_answer(found, Console(file=told, width=width))
    printed = told.getvalue()
    assert "…" not in printed
    assert max(map(cell_len, printed.splitlines())) <= width
    for candidate in found.candidates:
        first = candidate.appearance.products[0]
        assert ("-".join(first.ndc) or first.licence) in printed


def test_the_picture_grows_with_what_it_tells(answer: Identification) -> None:
    bare = replace(answer, look_alikes=(), next_steps=(), prediction_sets=(), not_listed=0.0)
    assert draw_result(answer, [WHITE]).height > draw_result(bare, [WHITE]).height
