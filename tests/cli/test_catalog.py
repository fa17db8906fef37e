"""The command line as a person meets it: what is printed and the exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rxmm.catalog.table import Catalog
from rxmm.models.fusion import open_fusion
from rxmm.models.row_texts import row_texts
from rxmm.models.text_encoder import embed_imprints
from rxmm.notice import NOTICE
from tests.conftest import first_products, products


def rxmm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rxmm.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_search_prints_the_pill_and_the_notice() -> None:
    done = rxmm("search", "--imprint", "54 757", "--color", "white", "--shape", "round")
    assert done.returncode == 0
    assert "CILOSTAZOL" in done.stdout
    assert "exact" in done.stdout
    assert done.stdout.rstrip().endswith(NOTICE)


def test_search_as_json() -> None:
    done = rxmm("search", "--imprint", "54757", "--size", "9", "--top", "1", "--json")
    answer = json.loads(done.stdout)
    assert answer["schema"] == "rxmm.search/1"
    assert answer["catalog"] == {"name": "us", "version": Catalog.load("us").version}
    assert answer["notice"] == NOTICE
    (hit,) = answer["hits"]
    assert (hit["rank"], hit["band"], hit["differs"]) == (1, "exact", ["size 8 mm"])
    assert (hit["imprint"], hit["color"], hit["shape"]) == (["54", "757"], ["WHITE"], "ROUND")
    assert hit["products"][0]["ndc"] == "00054-0044-21"


def test_search_in_taiwan() -> None:
    done = rxmm("search", "--imprint", "CTA 172", "--color", "black,yellow", "--catalog", "tw")
    assert done.returncode == 0
    assert "SOLAX" in done.stdout


@pytest.mark.parametrize("command", ["search", "show"])
@pytest.mark.parametrize("width", ["40", "80"])
def test_no_terminal_cuts_anything_of_a_pill(
    command: str, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    asked = {
        "search": ["search", "--imprint", "LILLY 4165", "--top", "2"],
        "show": ["catalog", "show", "us-2b432b345f95"],
    }
    told = rxmm(*asked[command]).stdout
    assert "us-2b432b345f95" in told and "4165" in told and "…" not in told
    assert command == "search" or "00002-4165-02" in told


def test_search_says_first_that_no_recorded_imprint_fits() -> None:
    alone = rxmm("search", "--imprint", "ZZZQQ 99").stdout
    assert alone.startswith("No recorded pill bears this imprint. These have no recorded imprint:")
    told = rxmm("search", "--imprint", "ZZZQQ 99", "--color", "white").stdout
    assert told.startswith("No recorded pill bears this imprint and fits the rest.")
    assert "8 not recorded" in told


def test_search_that_finds_nothing_says_what_to_relax() -> None:
    done = rxmm("search", "--imprint", "54 757", "--shape", "gear")
    assert done.returncode == 0
    assert "without --shape: 19 would fit" in done.stdout
    assert NOTICE in done.stdout
    assert "Not found" in rxmm("search", "--shape", "gear").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search"], "Nothing to look for"),
        (["search", "--color", "mauve"], "'mauve' is not an FDA color"),
        (["search", "--imprint", "--"], "no letter A-Z or digit"),
        (["search", "--imprint", "A", "--catalog", "mars"], "No catalogue 'mars'"),
        (["catalog", "show", "us-nothing"], "no appearance 'us-nothing'"),
        (["catalog", "info", "pyproject.toml"], "is not an rxmm catalogue"),
        (
            ["catalog", "import", "no.csv", "--source", "c3pi", "--out", "x.parquet"],
            "cannot be read",
        ),
        (
            ["catalog", "import", "no.csv", "--source", "nlm", "--out", "x.parquet"],
            "No source 'nlm'. Use one of: c3pi",
        ),
        (
            ["catalog", "import", "x", "--source", "csv", "--out", "x.parquet", "--country", "USA"],
            "two letters of ISO 3166",
        ),
        (
            ["catalog", "update", "x", "y", "--source", "tfda", "--date", "soon"],
            "No catalogue 'x'",
        ),
        (["catalog", "update", "us", "y", "--source", "tfda"], "travels with rxmm"),
        (
            ["catalog", "import", "no.csv", "--source", "c3pi", "--out", "/proc/none/x.parquet"],
            "/proc/none/x.parquet cannot be written",
        ),
        (["catalog", "merge", "us", "tw", "--out", "x.csv"], "ends in .parquet"),
        (["catalog", "export", "us", "/proc/none/x.csv"], "/proc/none/x.csv cannot be written"),
        (["catalog", "embed", "us"], "travels with rxmm"),
        (["catalog", "merge", "us", "--out", "x.parquet"], "at least two catalogues"),
        (["catalog", "export", "us", "x.xlsx"], "ending in .csv, .jsonl, .parquet"),
        (["catalog", "export", "us", "x.csv", "--country", "TW"], "no product of 'TW', but of US"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], message: str) -> None:
    done = rxmm(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


TFDA = "licence_id,name_en,name_zh,color,shape,score,size_mm,mark1,mark2\n"


def test_import_info_show_validate(tmp_path: Path) -> None:
    published = tmp_path / "pills.csv"
    published.write_text(
        TFDA + "L1,PILL [A] 5MG,藥,WHITE,ROUND,直線,7,AB,5\nL2,SYRUP,水,BROWN,,無,,,\n"
    )
    out = tmp_path / "mine.parquet"
    made = rxmm("catalog", "import", str(published), "--source", "tfda", "--out", str(out))
    assert made.returncode == 0, made.stderr
    assert "1 appearances, 1 products" in made.stdout
    assert "left out: neither shape nor mark" in made.stdout
    assert "L2" in (tmp_path / "mine.rejects.csv").read_text()
    assert "Open Government Data License" in (tmp_path / "mine.md").read_text()

    assert "TFDA" in rxmm("catalog", "info", str(out)).stdout
    valid = rxmm("catalog", "validate", str(out))
    assert (valid.returncode, "0 problem(s)" in valid.stdout) == (0, True)

    appearance_id = Catalog.load(out).appearance(0).appearance_id
    shown = rxmm("catalog", "show", appearance_id, "--catalog", str(out))
    assert shown.returncode == 0
    for text in ("AB · 5", "WHITE (C48325)", "ROUND (C48348)", "PILL [A]", "L1", NOTICE):
        assert text in shown.stdout


def test_a_text_of_the_users_is_not_overwritten_by_a_data_sheet(tmp_path: Path) -> None:
    notes, out = tmp_path / "mine.md", tmp_path / "mine.parquet"
    notes.write_text("my notes")
    for arguments in (["import", "no.csv", "--source", "tfda"], ["merge", "us", "tw"]):
        done = rxmm("catalog", *arguments, "--out", str(out))
        assert (done.returncode, "mine.md is not a catalogue's" in done.stderr) == (2, True)
    assert notes.read_text() == "my notes" and not out.exists()


def test_what_an_import_reads_is_not_replaced_by_what_it_writes(tmp_path: Path) -> None:
    published, out = tmp_path / "mine.rejects.csv", tmp_path / "mine.parquet"
    published.write_text(TFDA + "L1,PILL,藥,WHITE,ROUND,直線,7,AB,5\n")
    done = rxmm("catalog", "import", str(published), "--source", "tfda", "--out", str(out))
    assert (done.returncode, "would overwrite what is to be read" in done.stderr) == (2, True)
    assert published.exists() and not out.exists()


def test_a_place_where_no_catalogue_can_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "mine.parquet").mkdir()
    out = str(tmp_path / "mine.parquet")
    done = rxmm("catalog", "import", "no.csv", "--source", "tfda", "--out", out)
    assert (done.returncode, "it is no regular file" in done.stderr) == (2, True)


def test_markup_in_a_catalogues_name_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = products(Catalog.load("us")).head(2)
    Catalog(rows, name="[/x]", country="US", source="").save(path)
    for command in ("info", "validate"):
        done = rxmm("catalog", command, str(path))
        assert (done.returncode, "[/x]" in done.stdout) == (0, True)


def test_update_diff_merge_export(tmp_path: Path) -> None:
    published, catalog = tmp_path / "pills.csv", str(tmp_path / "mine.parquet")
    first, second = "L1,PILL 5MG,藥,WHITE,ROUND,直線,7,AB,5\n", "L2,OTHER,丸,BLUE,OVAL,無,9,CD,\n"
    published.write_text(TFDA + first + second)
    rxmm("catalog", "import", str(published), "--source", "tfda", "--out", catalog)
    old = str(tmp_path / "old.parquet")
    assert rxmm("catalog", "export", catalog, old).returncode == 0

    published.write_text(TFDA + first.replace("WHITE", "PINK"))
    arguments = ["update", catalog, str(published), "--source", "tfda", "--date", "2026-10-01"]
    done = rxmm("catalog", *arguments)
    assert done.returncode == 0, done.stderr
    assert "2 products differ: 1 looks, 1 discontinued." in done.stdout
    changes = (tmp_path / "mine.changes.csv").read_text()
    assert "looks,TW,tfda,,L1,PILL 5MG · 藥,AB;5,color,WHITE,PINK" in changes
    assert "2 products differ" in rxmm("catalog", "diff", old, catalog).stdout
    told = json.loads(rxmm("catalog", "diff", old, catalog, "--json").stdout)
    assert (told["schema"], told["count"]) == ("rxmm.diff/1", {"looks": 1, "discontinued": 1})
    assert "Nothing differs" in rxmm("catalog", "diff", catalog, catalog).stdout

    both, listed = str(tmp_path / "both.parquet"), tmp_path / "both.csv"
    merged = rxmm("catalog", "merge", "us", catalog, "--out", both)
    assert "5,014 of US, 2 of TW" in merged.stdout
    assert "public domain; Open Government Data" in (tmp_path / "both.md").read_text()
    assert rxmm("catalog", "export", both, str(listed), "--country", "tw").returncode == 0
    lines = listed.read_text().splitlines()
    assert len(lines) == 3 and lines[0].startswith("appearance_id,imprint,color,shape,score")
    assert rxmm("catalog", "export", catalog, str(tmp_path / "x.jsonl")).returncode == 0
    pills = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert [pill["products"][0]["discontinued"] for pill in pills] == ["2026-10-01", ""]
    assert "1 of" not in rxmm("catalog", "validate", both).stdout


def test_a_catalogue_is_not_overwritten_by_what_is_made_of_it(tmp_path: Path) -> None:
    file = tmp_path / "own.parquet"
    Catalog.load("us").of_country("US").save(file)
    (tmp_path / "link.parquet").symlink_to(file)
    before = file.read_bytes()
    for arguments in (
        ["diff", str(file), "us", "--out", str(file)],
        ["diff", "us", str(file), "--out", str(tmp_path / "link.parquet")],
        ["export", str(file), str(file), "--country", "us"],
        ["merge", str(file), "tw", "--out", str(file)],
    ):
        done = rxmm("catalog", *arguments)
        assert done.returncode == 2, done.stderr
        assert "catalogue: give another file name" in done.stderr
    assert file.read_bytes() == before


def test_update_from_the_openfda_directory(tmp_path: Path) -> None:
    catalog, listing = str(tmp_path / "us.parquet"), tmp_path / "ndc.json"
    product = {
        "product_ndc": "0054-0044",
        "brand_name": "Cilostazol",
        "dosage_form": "TABLET",
        "active_ingredients": [{"name": "CILOSTAZOL", "strength": "100 mg/1"}],
        "packaging": [{"package_ndc": "0054-0044-21"}],
    }
    listing.write_text(json.dumps({"meta": {"last_updated": "2026-11-01"}, "results": [product]}))
    arguments = ["update", "us", str(listing), "--source", "openfda", "--out", catalog]
    done = rxmm("catalog", *arguments)
    assert done.returncode == 0, done.stderr
    assert "1 products differ: 1 facts." in done.stdout
    shown = rxmm("search", "--imprint", "54 757", "--catalog", catalog, "--json", "--top", "1")
    (hit,) = json.loads(shown.stdout)["hits"]
    assert hit["products"][0]["ingredients"] == ["CILOSTAZOL 100 mg"]

    alone = rxmm("catalog", "import", str(listing), "--source", "openfda", "--out", catalog)
    assert (alone.returncode, "without their looks" in alone.stderr) == (2, True)


def test_a_table_of_anybodys_with_a_map_beside_it(tmp_path: Path) -> None:
    table, out = tmp_path / "pillen.csv", tmp_path / "de.parquet"
    table.write_text("Prägung;Farbe;Form;Name\nAB 1;weiß;rund;Eins 5 mg\n", encoding="utf-8")
    (tmp_path / "pillen.columns.yaml").write_text(
        "title: Pillen\nlicence: CC0-1.0\ncountry: DE\nseparator: ';'\ncolumns:\n"
        "  imprint: Prägung\n  name: Name\n"
        "  color: {column: Farbe, values: {weiß: WHITE}}\n"
        "  shape: {column: Form, values: {rund: ROUND}}\n",
        encoding="utf-8",
    )
    done = rxmm("catalog", "import", str(table), "--source", "csv", "--out", str(out))
    assert done.returncode == 0, done.stderr
    loaded = Catalog.load(out)
    assert (loaded.source, loaded.country, len(loaded)) == ("Pillen", "DE", 1)
    assert "| Licence | CC0-1.0 |" in (tmp_path / "de.md").read_text()


def test_embedded_imprints_lie_beside_their_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "few.parquet"
    first_products(Catalog.load("us"), 9).save(path)
    done = rxmm("catalog", "embed", str(path))
    assert done.returncode == 0, done.stderr
    assert "few.rows.safetensors" in done.stdout

    encoder = open_fusion()[0].text
    catalog = Catalog.load(path)
    found = row_texts(encoder, catalog, open_fusion()[1].version)
    assert len(found.stored) == len(set(catalog.imprint_tokens)) and not len(found.others)
    computed = embed_imprints(encoder, catalog.imprint_tokens)
    torch.testing.assert_close(found.take(torch.arange(9)), computed, atol=2e-3, rtol=0)


def test_validate_fails_on_an_unsound_catalogue(tmp_path: Path) -> None:
    sound = Catalog.load("us")
    rows = products(sound).head(2).assign(color="MAUVE")
    Catalog(rows, name="bad", country="US", source="").save(tmp_path / "bad.parquet")
    done = rxmm("catalog", "validate", str(tmp_path / "bad.parquet"))
    assert done.returncode == 1
    assert "'MAUVE' is not an FDA colour" in done.stdout


def test_lookalikes_prints_pairs_and_how_many_there_are() -> None:
    done = rxmm("catalog", "lookalikes", "--limit", "3")
    assert done.returncode == 0, done.stderr
    assert "pairs of different medicines differ in one character" in done.stdout
    assert done.stdout.count("us-") == 6


def test_lookalikes_as_json() -> None:
    written = json.loads(rxmm("catalog", "lookalikes", "--limit", "1400", "--json").stdout)
    assert written["schema"] == "rxmm.lookalikes/1"
    count = written["count"]
    assert 0 < count["same_looks_and_character_looks_alike"] < count["same_looks"] < count["pairs"]
    pairs = [[one["imprint"] for one in pair["appearances"]] for pair in written["pairs"]]
    assert [["IP", "465"], ["IP", "466"]] in pairs
    assert rxmm("catalog", "lookalikes", "--limit", "0").stdout.count("\n") == 1


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, contextlib\n"
        "from rxmm.cli import app\n"
        "with contextlib.suppress(SystemExit): app(['--help'])\n"
        "print(sorted({'torch', 'pandas', 'numpy', 'lightning'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
