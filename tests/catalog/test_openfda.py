"""openFDA's NDC directory, as published, spoilt and hostile."""

import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rxmm.catalog.listings import Listing
from rxmm.catalog.sources import Report
from rxmm.catalog.sources.openfda import read
from rxmm.errors import CatalogError
from tests.catalog.test_listings import LISTED

META = {"disclaimer": "…", "last_updated": "2026-11-18", "results": {"total": 1}}
STRATTERA: dict[str, Any] = {
    "product_ndc": "0002-3228",
    "generic_name": "Atomoxetine hydrochloride",
    "labeler_name": "Eli Lilly and Company",
    "brand_name": "Strattera",
    "active_ingredients": [{"name": "ATOMOXETINE HYDROCHLORIDE", "strength": "25 mg/1"}],
    "finished": True,
    "packaging": [
        {
            "package_ndc": "0002-3228-30",
            "description": "30 CAPSULE in 1 BOTTLE (0002-3228-30)",
            "marketing_start_date": "20021126",
            "sample": False,
        },
        {"package_ndc": "0002-3228-07", "description": "7 CAPSULE in 1 BOTTLE", "sample": True},
    ],
    "listing_expiration_date": "20271231",
    "openfda": {
        "manufacturer_name": ["Eli Lilly and Company"],
        "rxcui": ["352319"],
        "spl_set_id": ["309de576-c318-404a-bc15-660c2b1876fb"],
        "unii": ["57WVB6I2W0"],
    },
    "dosage_form": "CAPSULE",
    "product_type": "HUMAN PRESCRIPTION DRUG",
    "route": ["ORAL"],
}


def _directory(folder: Path, *products: Any, meta: Any = META) -> Path:
    path = folder / "drug-ndc-0001-of-0001.json"
    path.write_text(json.dumps({"meta": meta, "results": list(products)}))
    return path


def _read_one(folder: Path, **changes: Any) -> Listing:
    (listing,) = read(_directory(folder, STRATTERA | changes), Report())
    return listing


def test_a_product(tmp_path: Path) -> None:
    assert _read_one(tmp_path) == LISTED


def test_a_zip_is_read_as_it_is(tmp_path: Path) -> None:
    path = _directory(tmp_path, STRATTERA, STRATTERA)
    zipped = tmp_path / "drug-ndc-0001-of-0001.json.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    report = Report()
    assert list(read(zipped, report)) == [LISTED, LISTED]
    assert report.rows_in == 2


def test_codes_that_could_belong_to_several_are_left_out(tmp_path: Path) -> None:
    both = [{"name": "A;B", "strength": "5 mg/1"}, {"name": "C", "strength": "1 mg/mL"}]
    listing = _read_one(tmp_path, active_ingredients=both)
    assert listing.ingredients == ("A,B 5 mg", "C 1 mg/mL")
    listing = _read_one(tmp_path, openfda={"unii": ["X", "Y"], "rxcui": ["1", "2"]})
    assert listing.ingredients == ("ATOMOXETINE HYDROCHLORIDE 25 mg",)
    assert listing.rxcui == ""


@pytest.mark.parametrize(
    ("dates", "discontinued"),
    [
        ({"listing_expiration_date": "20271231"}, ""),
        ({"listing_expiration_date": "20251231"}, "2025-12-31"),
        ({"marketing_end_date": "20240630"}, "2024-06-30"),
        ({"marketing_end_date": "20261118", "listing_expiration_date": "20261001"}, "2026-10-01"),
        ({"marketing_end_date": "20261119", "listing_expiration_date": "nonsense"}, ""),
    ],
)
def test_what_is_over_is_over_on_the_day_of_the_directory(
    tmp_path: Path, dates: dict[str, str], discontinued: str
) -> None:
    assert _read_one(tmp_path, **dates).discontinued == discontinued


def test_dirt(tmp_path: Path) -> None:
    report = Report()
    dirty: dict[str, Any] = {
        "product_ndc": " 0002-3228 ",
        "active_ingredients": [None, {}],
        "packaging": {},
    }
    listings = list(read(_directory(tmp_path, 7, {}, {"product_ndc": "N/A"}, dirty), report))
    assert listings == [Listing("000002-3228")]
    assert report.rejects == [
        (f"product {number}", "product_ndc is not an NDC") for number in (1, 2, 3)
    ]


WHOLE = json.dumps({"meta": META, "results": [STRATTERA]}).encode()
START = b'{"meta": {"last_updated": "2026-11-18"}, "results": ['


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (b"[]", "does not begin with openFDA's"),
        (b'{"meta": {"last_updated": "soon"}}', "does not begin with openFDA's"),
        (b'{"meta": {"last_updated": "2026-11-18"}}', "no product under"),
        (START + b"]}", "no product under"),
        (WHOLE[:-40], "cannot be read"),
        (WHOLE.replace(b"Eli", b"\xff\xfe"), "cannot be read"),
        (WHOLE + b"x", "cannot be read"),
        (b"<html>", "cannot be read"),
        (START + b"[" * 3_000_000, "nests deeper"),
        (START + b'"' + b"x" * 9_000_000, "without a product"),
        (b'{"meta": ' + b'{"a":' * 3_000_000, "nests deeper"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=message):
        list(read(path, Report()))


def test_archives_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", START + b" " * 50_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(CatalogError, match="without a product"):
        list(read(path, Report()))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "")
    with pytest.raises(CatalogError, match="0 JSON files"):
        list(read(path, Report()))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CatalogError, match="cannot be read"):
        list(read(path, Report()))
    with pytest.raises(CatalogError, match="cannot be read"):
        list(read(tmp_path, Report()))
    with pytest.raises(CatalogError, match="cannot be read"):
        list(read(tmp_path / "absent.json", Report()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(WHOLE) - 1), noise=st.binary(max_size=8))
def test_a_spoilt_directory_gives_its_products_or_one_error(
    cut: int, noise: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "spoilt.json"
    path.write_bytes(WHOLE[:cut] + noise + WHOLE[cut + len(noise) :])
    report = Report()
    try:
        listings = list(read(path, report))
    except CatalogError:
        return
    assert len(listings) + report.rejected.total() == report.rows_in


def test_memory_does_not_grow_with_the_directory(tmp_path: Path) -> None:
    large = STRATTERA | {"description": "x" * 10_000}
    path = _directory(tmp_path, *[large] * 1000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(path, Report())) == 1000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 5
