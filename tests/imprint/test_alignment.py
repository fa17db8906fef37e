"""Where the characters of an expected text stand on a line."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.imprint.alignment import align, evenly


def belief(columns: str, sure: float = 0.9) -> NDArray[np.float32]:
    """A line that reads ``columns``, ``-`` for blank, each with this probability."""
    left = (1 - sure) / len(IMPRINT_CHARACTERS)
    line = np.full((len(columns), len(IMPRINT_CHARACTERS) + 1), left, dtype=np.float32)
    for number, character in enumerate(columns):
        line[number, ("-" + IMPRINT_CHARACTERS).index(character)] = sure
    return line


def centers(text: str, columns: str) -> list[float]:
    """Of each character, in columns."""
    return [(p.start + p.end) / 2 * len(columns) for p in align(text, belief(columns))]


def test_each_character_stands_where_the_line_has_it() -> None:
    columns = "--4---1---6---5--"
    assert centers("4165", columns) == pytest.approx([2.5, 6.5, 10.5, 14.5])
    places = align("4165", belief(columns))
    assert all(place.support == pytest.approx(0.9) for place in places)
    assert all(one.end == after.start for one, after in pairwise(places))


def test_a_letter_twice_has_two_places() -> None:
    assert centers("LL", "---L---L---") == pytest.approx([3.5, 7.5])


def test_a_token_may_be_a_part_of_its_line() -> None:
    assert centers("10", "5-M--1-0--G-") == pytest.approx([5.5, 7.5])


def test_a_character_that_was_not_read_has_little_support() -> None:
    read, misread = align("4B", belief("--4---8--"))
    assert read.support == pytest.approx(0.9) and misread.support < 0.05
    assert read.end <= misread.start + 1e-9


def test_a_line_too_short_for_the_text_places_it_evenly_without_support() -> None:
    assert align("4165", belief("4-")) == evenly("4165", 0.0)
    (one,) = align("7", belief("-7-"))
    assert (one.start, one.end) == (0.0, 1.0)
