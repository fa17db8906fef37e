import contextlib
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxmm._resources import data_dir
from rxmm.catalog import file
from rxmm.catalog.file import APPEARANCE_COLUMNS, SCHEMA_VERSION
from rxmm.catalog.table import Catalog
from rxmm.catalog.validate import problems
from rxmm.errors import CatalogError
from rxmm.results import Product
from tests.conftest import products


@pytest.fixture(scope="module")
def us() -> Catalog:
    return Catalog.load("us")


@pytest.mark.parametrize(("name", "country"), [("us", "US"), ("tw", "TW")])
def test_the_built_catalogues_are_sound(name: str, country: str) -> None:
    catalog = Catalog.load(name)
    assert (catalog.name, catalog.country) == (name, country)
    assert len(catalog) == len(catalog.appearances) == len(catalog.imprint_tokens) > 4000
    assert list(catalog.appearances.columns) == APPEARANCE_COLUMNS
    assert problems(catalog) == []


def test_an_appearance_by_row_and_by_id(us: Catalog) -> None:
    row = us.imprint_tokens.index(("54", "757"))
    pill = us.appearance(row)
    assert pill == us.appearance(pill.appearance_id)
    assert pill.appearance_id.startswith("us-")
    assert pill.imprint == ("54", "757")
    assert [(c.value, c.nci_code) for c in pill.colors] == [("WHITE", "C48325")]
    assert pill.shape is not None
    assert (pill.shape.nci_code, pill.score, pill.size_mm) == ("C48348", 1, 8.0)
    assert pill.products == (
        Product(
            name="CILOSTAZOL Tablets USP",
            generic="CILOSTAZOL",
            strength="100 MG",
            labeler="ROXANE LABORATORIES INC.",
            ndc=("00054", "0044", "21"),
            rxcui="242461",
            source="c3pi",
            document="pill table",
            document_version="4723f2fbfada",
        ),
    )


def test_every_product_stands_under_one_appearance(us: Catalog) -> None:
    names = [product.name for row in range(len(us)) for product in us.appearance(row).products]
    assert names == us.products["name"].tolist()


@pytest.mark.parametrize("missing", ["us-00000000", -1, 10**6])
def test_an_unknown_appearance(us: Catalog, missing: int | str) -> None:
    with pytest.raises(CatalogError, match="no appearance"):
        us.appearance(missing)


def test_saving_keeps_everything(us: Catalog, tmp_path: Path) -> None:
    us.save(tmp_path / "deep" / "copy.parquet")
    copy = Catalog.load(tmp_path / "deep" / "copy.parquet")
    pd.testing.assert_frame_equal(copy.appearances, us.appearances)
    assert (copy.name, copy.source, copy.version) == (us.name, us.source, us.version)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["copy.parquet"]


def test_the_version_follows_the_facts(us: Catalog, tmp_path: Path) -> None:
    changed = products(us).copy()
    changed.loc[0, "name"] = "SOMETHING ELSE"
    other = Catalog(changed, name="us", country="US", source="")
    assert other.version != us.version


def test_what_is_no_catalogue_is_refused(us: Catalog, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="Give one of: tw, us"):
        Catalog.load("atlantis")
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 or so")
    with pytest.raises(CatalogError, match="not an rxmm catalogue"):
        Catalog.load(path)
    products(us).to_parquet(path)
    with pytest.raises(CatalogError, match="not an rxmm catalogue: make one"):
        Catalog.load(path)
    us.save(path)
    info = json.loads(pq.read_schema(path).metadata[b"rxmm"])
    _write(products(us), info | {"schema_version": SCHEMA_VERSION - 1}, path)
    with pytest.raises(CatalogError, match=r"schema 1, .* Import it again"):
        Catalog.load(path)
    _write(products(us), info | {"country": "TW"}, path)
    with pytest.raises(CatalogError, match="is damaged"):
        Catalog.load(path)
    _write(products(us).drop(columns="color"), info, path)
    with pytest.raises(CatalogError, match="missing color"):
        Catalog.load(path)
    _write(products(us).iloc[:0], info, path)
    with pytest.raises(CatalogError, match="missing all rows"):
        Catalog.load(path)
    _write(products(us).sort_values("name"), info, path)
    with pytest.raises(CatalogError, match="out of order"):
        Catalog.load(path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"size_mm": "8 mm"}, "'8 mm'"),
        ({"score": 300}, "300 not in range"),
        ({"imprint": None}, "imprint should hold text"),
        ({"imprint": 5}, "imprint should hold text"),
        ({"imprint": [None, *["A"] * 4]}, "a row has no imprint"),
        ({"note": "further columns are not read"}, ""),
    ],
)
def test_a_file_with_other_values(
    us: Catalog, tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    path = tmp_path / "x.parquet"
    us.save(path)
    info = json.loads(pq.read_schema(path).metadata[b"rxmm"])
    _write(products(us).head(5).assign(**changed), info, path)
    with pytest.raises(CatalogError, match=message) if message else contextlib.nullcontext():
        Catalog.load(path)


@pytest.mark.parametrize(("limit", "most"), [("MOST_ROWS", 199), ("MOST_BYTES", 1_000_000)])
def test_a_small_file_that_holds_far_too_much(
    us: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    path = tmp_path / "x.parquet"
    rows = products(us).head(200).assign(name="x" * 10_000)
    Catalog(rows, name="x", country="US", source="").save(path)
    assert path.stat().st_size < 50_000
    assert len(Catalog.load(path)) > 100
    monkeypatch.setattr(file, limit, most)
    with pytest.raises(CatalogError, match="larger than any catalogue"):
        Catalog.load(path)


@pytest.mark.parametrize("info", [[], "[" * 100_000, {"schema_version": SCHEMA_VERSION}])
def test_a_file_with_another_description(us: Catalog, tmp_path: Path, info: Any) -> None:
    _write(products(us).head(5), info, tmp_path / "x.parquet")
    with pytest.raises(CatalogError, match=r"not an rxmm catalogue|missing name"):
        Catalog.load(tmp_path / "x.parquet")


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(CatalogError, match="cannot be opened"):
        Catalog.load("x" * 300)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_says_the_same(data: st.DataObject) -> None:
    pristine = (data_dir() / "catalog" / "us.parquet").read_bytes()
    place = data.draw(st.integers(0, len(pristine) - 1))
    spoilt = bytearray(pristine)
    spoilt[place] ^= data.draw(st.integers(1, 255))
    with TemporaryDirectory() as folder:
        path = Path(folder, "spoilt.parquet")
        path.write_bytes(spoilt)
        with contextlib.suppress(CatalogError):
            assert Catalog.load(path).version == Catalog.load("us").version


def test_a_killed_import_leaves_the_old_catalogue(us: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "us.parquet"
    us.save(path)
    code = (
        "import os, sys, pyarrow.parquet as pq\n"
        "from rxmm.catalog.table import Catalog\n"
        "tw, write = Catalog.load('tw'), pq.write_table\n"
        "def killed(table, where, **options):\n"
        "    write(table, where, **options)\n"
        "    os._exit(9)\n"
        "pq.write_table = killed\n"
        "tw.save(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 9
    assert Catalog.load(path).version == us.version


def _write(rows: pd.DataFrame, info: Any, path: Path) -> None:
    rows.to_parquet(path, index=False)
    said = info if isinstance(info, str) else json.dumps(info)
    table = pq.read_table(path).replace_schema_metadata({"rxmm": said})
    pq.write_table(table, path)


def test_validate_names_each_problem(us: Catalog) -> None:
    rows = products(us).head(3).copy()
    rows["color"] = ["MAUVE", "WHITE", "WHITE"]
    rows["shape"] = ["BLOB", "ROUND", "ROUND"]
    rows["size_mm"] = [500.0, 8.0, 8.0]
    rows["score"] = [0, 9, 1]
    rows["imprint_type"] = ["PAINTED", "", ""]
    rows["ndc"] = ["2-2", "", "00002-3228-30"]
    rows["name"] = ["A", "B", ""]
    found = "\n".join(problems(Catalog(rows, name="x", country="US", source="")))
    for what in (
        "'MAUVE' is not an FDA colour", "'BLOB' is not an FDA shape", "a size of 500 mm",
        "a score of 0 pieces", "a score of 9 pieces", "'PAINTED' is not an imprint type",
        "id does not belong",
        "A: '2-2' is no NDC", "B: neither NDC nor licence", "without a name",
    ):  # fmt: skip
        assert what in found
