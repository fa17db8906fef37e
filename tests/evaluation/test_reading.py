"""Reading figures against hand-worked cases and a search through all assignments."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from rxmm.evaluation.reading import assign, character_errors, confusions, tokens_found

token_lists = st.lists(st.text("A1B8", min_size=1, max_size=4), max_size=3)


@pytest.mark.parametrize(
    ("truth", "read", "found", "errors"),
    [
        (["TEVA", "4067"], ["4067", "TEVA"], 2, 0),
        (["TEVA", "4067"], ["TEVA"], 1, 4),
        (["TEVA", "4067"], ["TEVA", "4O67", "X"], 1, 2),
        (["93", "7386", "93", "7386"], ["93", "7386"], 2, 6),
        (["93", "7386"], ["937386"], 0, 4),  # two tokens read as one line
        (["M"], [], 0, 1),
        (["M"], ["W", "NNN"], 0, 4),
        ([], ["X"], 0, 1),
        ([], [], 0, 0),
    ],
)
def test_by_hand(truth: list[str], read: list[str], found: int, errors: int) -> None:
    assert tokens_found(truth, read) == found
    assert character_errors(truth, read) == errors


@given(token_lists, token_lists)
@settings(deadline=None)
def test_assignment_is_the_best_of_all(truth: list[str], read: list[str]) -> None:
    size = len(truth) + len(read)
    rows = truth + [""] * (size - len(truth))
    columns = read + [""] * (size - len(read))
    cheapest = min(
        sum(map(Levenshtein.distance, rows, order)) for order in set(permutations(columns))
    )
    assert character_errors(truth, read) == cheapest


@given(token_lists, token_lists, st.randoms(use_true_random=False))
def test_bounds_and_order(truth, read, random) -> None:  # type: ignore[no-untyped-def]
    errors, found = character_errors(truth, read), tokens_found(truth, read)
    assert 0 <= errors <= sum(map(len, truth)) + sum(map(len, read))
    assert 0 <= found <= min(len(truth), len(read))
    assert (errors == 0) == (Counter(truth) == Counter(read))
    shuffled = random.sample(read, len(read))
    assert character_errors(truth, shuffled) == errors
    assert tokens_found(truth, shuffled) == found
    paired = assign(truth, read)
    assert Counter(t for t, _ in paired if t) == Counter(truth)
    assert Counter(r for _, r in paired if r) == Counter(read)


def test_confusions_name_the_true_and_the_read_character() -> None:
    assert confusions(["351", "TEVA"], ["361", "TEVA"]) == {("5", "6"): 1}
    assert confusions(["853"], ["B53", "X"]) == {("8", "B"): 1}
    assert confusions(["AB"], ["XY"]) == {}  # nothing in common: no character stands for another
