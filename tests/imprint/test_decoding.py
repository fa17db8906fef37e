"""What can be read when the imprint is known."""

import pytest

from rxmm.imprint.decoding import Decoder
from rxmm.imprint.reading import assemble
from rxmm.results import ImprintReading
from tests.conftest import reading
from tests.imprint.test_reading import line


def decoded(imprint: tuple[str, ...], *readings: ImprintReading) -> list[list[str]]:
    spelt = Decoder(readings, [imprint])(imprint)
    return [[token.text for token in face.tokens] for face in spelt]


def test_a_misread_line_is_spelt_by_the_imprint_and_tells_what_was_read() -> None:
    seen = assemble([line("TEVB", 10, 10, 90, 40, sure=0.75)])
    (spelt,) = Decoder([seen], [("TEVA",)])(("TEVA",))
    (token,) = spelt.tokens
    assert (token.text, token.read) == ("TEVA", "TEVB")
    assert 0 < token.confidence < seen.tokens[0].confidence
    assert token.quad == seen.tokens[0].quad
    assert spelt.hypotheses == seen.hypotheses and spelt.beliefs == seen.beliefs


def test_a_character_that_is_surely_another_one_is_not_spelt_away() -> None:
    sure = assemble([line("4165", 10, 10, 90, 40, sure=0.9999)])
    assert decoded(("8165",), sure) == [["4165"]]


def test_what_no_line_supports_is_not_shown() -> None:
    seen = assemble([line("93", 10, 10, 60, 40, sure=0.999)])
    assert decoded(("TEVA", "7243"), seen) == [["93"]]
    assert decoded(("TEVA", "7243"), ImprintReading()) == [[]]


def test_a_line_of_two_tokens_stands_for_both_but_one_token_needs_its_own_line() -> None:
    both = assemble([line("10MG", 10, 10, 90, 40)])
    assert sorted(decoded(("10", "MG"), both)[0]) == ["10", "MG"]
    assert decoded(("LI",), assemble([line("LILLY", 10, 10, 90, 40, sure=0.999)])) == [["LILLY"]]
    five = assemble([line("5", 10, 10, 30, 40)])
    assert decoded(("5", "5"), five) == [["5"]]
    assert decoded(("5", "5"), five, five) == [["5"], ["5"]]


def test_a_faint_line_speaks_when_it_is_asked() -> None:
    worn = line("5", 10, 10, 30, 40)
    worn.posterior[1] *= 0.1 / worn.posterior[1].sum()
    worn.posterior[1, 0] = 0.9
    faint = assemble([worn])
    assert faint.tokens == () and faint.hypotheses[0].text == ""
    (spelt,) = Decoder([faint], [("5",)])(("5",))
    assert [(token.text, token.read) for token in spelt.tokens] == [("5", "")]


@pytest.mark.parametrize("sure", [0.5, 0.999])
def test_of_other_lines_only_the_sure_ones_stay(sure: float) -> None:
    seen = assemble([line("TEVA", 10, 10, 90, 40), line("XYZ", 10, 60, 90, 90, sure=sure)])
    assert decoded(("TEVA",), seen) == [["TEVA", "XYZ"] if sure > 0.9 else ["TEVA"]]


def test_typed_text_stays_as_it_was_typed() -> None:
    assert decoded(("TEVA", "5"), reading("74"), reading("TEVA")) == [["74"], ["TEVA"]]
