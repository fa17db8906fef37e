"""National Drug Codes: their forms are one number, and what is no code or several is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxmm.catalog.ndc import Ndc
from rxmm.errors import InputError

TEN = [(4, 4, 2), (5, 3, 2), (5, 4, 1)]


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def codes(*forms: tuple[int, ...]) -> st.SearchStrategy[str]:
    """Codes with hyphens, of forms such as 4-4-2."""
    return st.sampled_from(forms).flatmap(lambda form: st.tuples(*map(digits, form))).map("-".join)


@pytest.mark.parametrize(
    ("written", "twelve", "product_key"),
    [
        ("0002-3228-30", "000002-3228-30", "000002-3228"),
        ("60429-023-30", "060429-0023-30", "060429-0023"),
        ("12345-6789-1", "012345-6789-01", "012345-6789"),
        ("00002322830", "000002-3228-30", "000002-3228"),
        ("000002322830", "000002-3228-30", "000002-3228"),
        ("0002-3228", "000002-3228", "000002-3228"),
        ("60429-023", "060429-0023", "060429-0023"),
        ("000023228", "000002-3228", "000002-3228"),
    ],
)
def test_forms(written: str, twelve: str, product_key: str) -> None:
    code = Ndc.parse(f" {written}\n")
    assert (code.twelve, code.product_key) == (twelve, product_key)


def test_tables_of_different_publishers_meet() -> None:
    assert Ndc.parse("00002-3228-30").product_key == Ndc.parse("0002-3228").product_key
    assert Ndc.parse("60429-0023-30").product_key == Ndc.parse("60429-023").product_key


@given(codes(*TEN, (5, 4, 2), (6, 4, 2), (4, 4), (5, 3), (5, 4), (6, 4)))
def test_a_code_with_hyphens_keeps_its_segments(written: str) -> None:
    assert str(Ndc.parse(written)) == written


@given(codes(*TEN, (5, 4, 2)))
def test_every_way_leads_to_one_number(written: str) -> None:
    code = Ndc.parse(written)
    digits = code.twelve.replace("-", "")
    assert len(digits) == 12 and digits[0] == "0"
    for form in (code.twelve, code.twelve[1:], digits, digits[1:]):
        again = Ndc.parse(form)
        assert (again.twelve, again.product_key) == (code.twelve, code.product_key)


@given(codes((4, 4), (5, 3), (5, 4)), digits(2))
def test_a_product_is_its_packages_without_the_package(product: str, package: str) -> None:
    packed = Ndc.parse(f"{Ndc.parse(product).twelve}-{package}")
    assert packed.product_key == Ndc.parse(product).product_key
    assert packed.twelve == f"{Ndc.parse(product).twelve}-{package}"


@given(codes((6, 4, 2), (6, 4)))
def test_the_longest_form_stays_as_it_is(written: str) -> None:
    assert Ndc.parse(written).twelve == written


@given(digits(10) | digits(8))
def test_digits_that_could_be_several_codes(text: str) -> None:
    with pytest.raises(InputError, match="several"):
        Ndc.parse(text)


@pytest.mark.parametrize(
    "text", ["", "-", "12345", "123-4567-89", "1234-567-89", "٠٠٠٠٢٣٢٢٨", "abc"]
)
def test_no_code(text: str) -> None:
    with pytest.raises(InputError, match="no NDC"):
        Ndc.parse(text)


@given(st.text() | st.text("0123456789-"))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        code = Ndc.parse(text)
    except InputError:
        return
    assert Ndc.parse(str(code)) == code
