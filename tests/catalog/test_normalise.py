"""The words that all importers share."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.sources import Report
from rxmm.catalog.sources.normalise import imprint, iso_date, number, score, segments, term
from rxmm.catalog.vocabulary import Color, Shape
from rxmm.errors import VocabularyError


@given(texts=st.lists(st.text(max_size=12), max_size=4))
def test_an_imprint_has_the_tokens_of_its_segments_or_is_empty(texts: list[str]) -> None:
    report = Report()
    joined = imprint(texts, report)
    assert tokens(joined) == tokens(texts)
    assert bool(joined) == bool(tokens(texts))
    assert report.normalised.total() == (bool(segments(texts)) and not joined)


@given(color=st.sampled_from(Color), shape=st.sampled_from(Shape))
def test_a_term_is_found_by_name_and_by_code(color: Color, shape: Shape) -> None:
    assert term(Color, color.nci_code) is term(Color, f" {color.lower()} (light)") is color
    assert term(Shape, shape.nci_code.lower()) is term(Shape, shape) is shape


@pytest.mark.parametrize("text", ["", "MAUVE", "C48336", "(WHITE)"])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(VocabularyError):
        term(Color, text)


@given(value=st.floats(min_value=0, max_value=1e6))
def test_a_number_is_read_with_point_or_comma(value: float) -> None:
    text = f"{value:.3f}"
    assert number(text) == number(text.replace(".", ",") + " mm") == float(text)


@given(text=st.text(max_size=12) | st.text(".,0123", max_size=3))
def test_a_number_starts_the_text(text: str) -> None:
    begins = text.strip().removeprefix(".")[:1]
    assert (number(text) is None) == (not begins or begins not in "0123456789")


@pytest.mark.parametrize(
    ("pieces", "kept"), [(None, None), (2.0, 2), (0.5, None), (9.0, None), (float("inf"), None)]
)
def test_a_score_is_a_small_whole_number(pieces: float | None, kept: int | None) -> None:
    report = Report()
    assert score(pieces, report) == kept
    assert report.normalised.total() == (pieces is not None and kept is None)


@given(day=st.dates())
def test_dates_of_all_forms_are_one(day: date) -> None:
    iso = day.isoformat()
    forms = [iso, f"{iso}T10:00:00", iso.replace("-", ""), f"{iso.replace('-', '')}120000+0000"]
    forms.append(f"{day.month}/{day.day}/{day.year:04d} 12:00:00 AM")
    assert {iso_date(form) for form in forms} == {iso}


@pytest.mark.parametrize("text", ["", "2021", "20210230", "2021-13-01", "2021-0102", "13/01/2021"])
def test_what_is_no_date_is_empty(text: str) -> None:
    assert iso_date(text) == ""
