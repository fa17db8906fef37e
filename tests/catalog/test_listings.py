"""What a listing adds to a catalogue, and what it leaves as it is."""

from rxmm.catalog.group import group
from rxmm.catalog.listings import Listing, with_listings
from rxmm.catalog.sources import Report
from rxmm.catalog.sources.normalise import product
from rxmm.catalog.table import Catalog
from rxmm.catalog.validate import problems

LISTED = Listing(
    product_key="000002-3228",
    name="Strattera",
    generic="Atomoxetine hydrochloride",
    labeler="Eli Lilly and Company",
    packages=("0002-3228-30", "0002-3228-07"),
    dosage_form="CAPSULE",
    ingredients=("ATOMOXETINE HYDROCHLORIDE 25 mg [57WVB6I2W0]",),
    rxcui="352319",
)


def _catalog(**changes: str) -> Catalog:
    row = product(
        imprint="Lilly;3228", ndc="00002-3228-30", name="STRATTERA CAP 25 MG", country="US"
    )
    other = product(imprint="B", ndc="00555-0001-02", name="B", country="US")
    korean = product(imprint="C", licence="1", name="C", country="KR")
    return Catalog(group([row | changes, other, korean]), name="x", country="US+KR", source="x")


def test_a_listing_fills_in_what_is_lacking() -> None:
    catalog, report = _catalog(), Report()
    filled = with_listings(catalog, [Listing("000555-0009", name="another"), LISTED], report)
    (found,) = filled.appearance(0).products
    assert found.name == "STRATTERA CAP 25 MG"
    assert (found.generic, found.labeler) == (LISTED.generic, LISTED.labeler)
    assert (found.packages, found.ingredients) == (LISTED.packages, LISTED.ingredients)
    assert (found.rxcui, found.dosage_form, found.discontinued) == ("352319", "CAPSULE", "")
    assert report.normalised["product found in the listing"] == 1
    assert filled.appearances.equals(catalog.appearances)
    assert filled.products[1:].equals(catalog.products[1:])
    assert not problems(filled)


def test_what_is_recorded_stands() -> None:
    known = {
        "rxcui": "1",
        "labeler": "L",
        "packages": "00002-3228-30",
        "discontinued": "2020-01-01",
    }
    over = Listing("000002-3228", rxcui="2", labeler="M", discontinued="2026-01-01")
    both = Listing("000002-3228", packages=LISTED.packages, discontinued="2026-01-01")
    (found,) = with_listings(_catalog(**known), [over, both], Report()).appearance(0).products
    assert (found.rxcui, found.labeler, found.discontinued) == ("1", "L", "2020-01-01")
    assert found.packages == ("00002-3228-30", "0002-3228-07")


def test_a_product_is_over_when_all_its_listings_are() -> None:
    ended = Listing("000002-3228", discontinued="2026-01-01")
    later = Listing("000002-3228", discontinued="2026-02-01")
    (found,) = with_listings(_catalog(), [ended, later], Report()).appearance(0).products
    assert found.discontinued == "2026-02-01"
    (found,) = with_listings(_catalog(), [ended, LISTED], Report()).appearance(0).products
    assert (found.discontinued, found.generic) == ("", LISTED.generic)


def test_the_ingredients_of_a_kit_are_not_those_of_one_pill() -> None:
    kit = Listing("000002-3228", generic="A and B", labeler="L", ingredients=("A", "B"), kit=True)
    (found,) = with_listings(_catalog(), [kit], Report()).appearance(0).products
    assert (found.generic, found.ingredients, found.labeler) == ("", (), "L")


def test_filling_in_twice_changes_nothing_more() -> None:
    once = with_listings(_catalog(), [LISTED], Report())
    assert with_listings(once, [LISTED], Report()).version == once.version
    assert list(once.products.columns) == list(_catalog().products.columns)
