"""When two products are the same medicine."""

import pytest

from rxmm.catalog.same_product import Medicine, doses, substances


def medicine(name: str, strength: str = "", rxcui: str = "") -> Medicine:
    return Medicine.of("A BRAND", name, strength, rxcui)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (medicine("IBUPROFEN", "600 MG"), medicine("ibuprofen tablets, USP", "600 MG"), True),
        (medicine("IBUPROFEN", "600 MG"), medicine("IBUPROFEN", "800 MG"), False),
        (medicine("LEVOTHYROXINE", "50 MCG"), medicine("LEVOTHYROXINE", "0.05 MG"), True),
        (medicine("AMLODIPINE", "5 MG"), medicine("AMLODIPINE AND VALSARTAN", "5 MG"), False),
        (medicine("VITAMIN B12"), medicine("VITAMIN B6"), False),
        (medicine("LOVASTATIN"), medicine("LOVASTATIN", "20 MG"), True),
        (medicine("LOVASTATIN", "", "1"), medicine("LOVASTATIN", "20 MG", "2"), False),
        (medicine("ADVIL", "200 MG", "7"), medicine("IBUPROFEN", "", "7"), True),
    ],
)
def test_same_substances_in_the_same_strength(one: Medicine, other: Medicine, same: bool) -> None:
    assert one.same(other) is other.same(one) is same


def test_a_taiwan_name_without_maker_form_and_amount() -> None:
    assert substances('Nimed F.C. Tablets 100mg "S.C." · 十全') == {"NIMED"}
    assert substances("100mg") == {"100MG"}


def test_doses_of_combinations() -> None:
    assert doses("500/125 MG") == doses("125 MG / 500 MG") == ((125.0, "MG"), (500.0, "MG"))
    assert doses("12,000 UNT") == ((12000.0, "UNT"),)
    assert doses("9. MG") == ((9.0, "MG"),)
    assert doses("1,234,567.5 UNT") == ((1234567.5, "UNT"),)
    assert doses("2,5 MG") == doses("2.5 MG") == ((2.5, "MG"),)
    assert doses("0,125 MG") == doses(".125 MG") == ((0.125, "MG"),)
    assert doses("5,10,20 MG")[-1] == (20.0, "MG")
    assert doses("") == ()
