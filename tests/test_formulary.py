"""A user's own pills beside a catalogue: facts and photographs, with a tiny model."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rxmm.catalog.build import build
from rxmm.catalog.merge import merge
from rxmm.catalog.table import Catalog
from rxmm.catalog.validate import problems
from rxmm.errors import CatalogError, InputError, NoPillFoundError, PhotoError, WeightsError
from rxmm.formulary import TABLE, Enrolled, Formulary
from rxmm.identifier import Identifier
from rxmm.models.fusion import FEATURES, WEIGHTS, FusionModel, open_fusion
from rxmm.models.ranker import FusionRanker
from rxmm.models.references import References
from rxmm.models.weights import release
from rxmm.segmentation import PillSegmenter
from tests.conftest import ScriptedReader, WholePhotoSegmenter
from tests.drawn import BLUE, PINK, RED, WHITE, lay, table
from tests.training.tiny import TINY

US = Catalog.load("us")
MINE = {"imprint": "QX 77", "color": "WHITE", "shape": "round", "name": "Mine 600 mg"}
WHOLE = WholePhotoSegmenter()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    model, folder = FusionModel(TINY), tmp_path_factory.mktemp("weights")
    with torch.no_grad():  # likeness to photographs counts
        model.head.weights.weight[0, FEATURES.index("prototype")] = 20.0
    release(model, WEIGHTS, "Apache-2.0", folder, **model.preprocessing())
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Formulary:
    return Formulary(tmp_path / "mine")


def photo(path: Path, *colors: tuple[int, int, int]) -> Path:
    """A table with a disc of each colour."""
    picture = table(240, 240 * max(1, len(colors)), (90, 110, 90))
    for number, color in enumerate(colors):
        lay(picture, (120 + 240 * number, 120), (130, 130), color)
    Image.fromarray(picture).save(path)
    return path


def test_facts_alone_make_a_pill_of_the_base_catalogues_country(mine: Formulary) -> None:
    assert mine.enrol(MINE | {"score": "2", "size_mm": "9.50"}) == Enrolled(True, 0, 0)
    assert (mine.folder / TABLE).read_text().splitlines() == [
        "imprint,color,shape,name,score,size_mm",
        "QX 77,WHITE,ROUND,Mine 600 mg,2,9.5",
    ]
    joined = Formulary.open(mine.folder).catalog(US)
    assert len(joined) == len(US) + 1 and joined.name == "us"
    assert joined.version != US.version
    assert joined.imprint_tokens[:-1] == US.imprint_tokens
    pill = joined.appearance(len(US))
    assert (pill.imprint, pill.score, pill.size_mm) == (("QX 77",), 2, 9.5)
    assert (pill.products[0].name, pill.products[0].strength) == ("Mine 600 mg", "600 MG")
    assert pill.products[0].country == "US" and pill.appearance_id.startswith("us-")
    answer = Identifier(joined, WHOLE, ScriptedReader("QX 77")).identify(
        np.full((64, 64, 3), 235, np.uint8)
    )
    assert answer.candidates[0].appearance == pill


def test_a_look_that_the_catalogue_has_gets_one_more_product(mine: Formulary) -> None:
    taiwan = Catalog.load("tw")
    sizes = taiwan.appearances["size_mm"].isna() & (taiwan.appearances["imprint"] != "")
    known = taiwan.appearance(int(sizes.to_numpy().argmax()))
    row = {"imprint": " ".join(reversed(known.imprint)), "color": ";".join(known.colors)}
    mine.enrol(row | {"shape": known.shape or "", "name": "Mine", "size_mm": "7"})
    joined = mine.catalog(taiwan)
    assert len(joined) == len(taiwan)
    pill = joined.appearance(known.appearance_id)
    assert [product.name for product in pill.products[len(known.products) :]] == ["Mine"]
    assert pill.imprint == known.imprint and pill.size_mm == 7


def test_what_a_user_wrote_stays_and_the_same_row_comes_once(mine: Formulary) -> None:
    mine.folder.mkdir()
    written = "name,color,imprint,shape,note\nOther,white; blue,OTH 1,Capsule,on shelf 3\n"
    (mine.folder / TABLE).write_text("\ufeff" + written, "utf-8")
    assert mine.enrol(MINE).new
    assert not mine.enrol(MINE | {"shape": " Round ", "imprint": " QX  77;"}).new
    assert not mine.enrol(MINE | {"name": "Mine\n600  mg"}).new
    assert not mine.enrol(MINE | {"size_mm": "9"}).new
    lines = (mine.folder / TABLE).read_text("utf-8").splitlines()
    assert lines[1].startswith("Other,white; blue,OTH 1,Capsule,on shelf 3")
    assert len(lines) == 4
    joined = mine.catalog(US)
    assert len(joined) == len(US) + 2
    assert joined.appearance(len(US) + 1).size_mm == 9


@pytest.mark.parametrize(
    "written",
    [
        "imprint,color,shape,name\nA 1,BLUE,ROUND,One,\n",
        "imprint, color, shape, name\r\nA 1, BLUE, ROUND, One\r\n",
        "imprint,color,shape,name\n\nA 1,BLUE,ROUND,One\nB 2,RED,OVAL,Two,,\n",
        '\ufeffname,shape,color,imprint,shelf\nOne,ROUND,BLUE,"A 1","3, left"',
    ],
    ids=["comma at the end", "spaces", "longer row", "no last line end"],
)
def test_a_table_edited_by_hand_stays_as_it_is(mine: Formulary, written: str) -> None:
    def pills() -> list[tuple[str, str, str]]:
        own = mine.catalog(US).rows()[len(US.products) :]
        return [(row["name"], row["imprint"], row["color"]) for row in own]

    mine.folder.mkdir()
    (mine.folder / TABLE).write_bytes(written.encode())
    before = pills()
    assert mine.enrol(MINE).new
    assert (mine.folder / TABLE).read_bytes().startswith(written.encode())
    assert not mine.enrol(MINE | {"score": "2", "size_mm": "9.123456789"}).new
    heading, *rows = written.splitlines()
    now = (mine.folder / TABLE).read_bytes().decode().splitlines()
    assert now[0] == f"{heading},score,size_mm" and now[1 : 1 + len(rows)] == rows
    assert pills() == [*before, ("Mine 600 mg", "QX 77", "WHITE")]
    assert mine.catalog(US).appearance(len(US) + len(before)).size_mm == 9.123456789


def test_a_quotation_mark_left_open_does_not_swallow_the_new_pill(
    mine: Formulary, weights: Path, tmp_path: Path
) -> None:
    mine.folder.mkdir()
    written = 'imprint,color,shape,name\nA 1,BLUE,ROUND,"One\n'
    (mine.folder / TABLE).write_text(written)
    with pytest.raises(CatalogError, match="opens a quotation mark"):
        mine.enrol(MINE, [photo(tmp_path / "front.png", PINK)], weights=weights)
    assert (mine.folder / TABLE).read_text() == written
    assert [path.name for path in mine.folder.iterdir()] == [TABLE]


def test_photographs_that_cannot_be_written_leave_the_table(
    mine: Formulary, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(references: References, path: Path) -> None:
        raise OSError("no space left on device")

    mine.enrol(MINE)
    before = (mine.folder / TABLE).read_bytes()
    monkeypatch.setattr(References, "save", full)
    with pytest.raises(InputError, match="no space left"):
        front = photo(tmp_path / "front.png", PINK)
        mine.enrol(MINE | {"name": "Another"}, [front], weights=weights)
    assert (mine.folder / TABLE).read_bytes() == before
    assert [path.name for path in mine.folder.iterdir()] == [TABLE]


def test_a_formulary_is_a_catalogue_of_its_own(mine: Formulary, tmp_path: Path) -> None:
    mine.enrol(MINE)
    mine.enrol(MINE | {"imprint": "", "shape": "oval", "name": "Plain"})
    own = build("formulary", mine.folder / TABLE, tmp_path / "own.parquet")
    assert (own.country, len(own)) == ("ZZ", 2) and not problems(own)
    assert mine.catalog(own).imprint_tokens == own.imprint_tokens
    other = Formulary(tmp_path / "other")
    other.enrol(MINE | {"imprint": "OTH 1"})
    both = merge([own, build("formulary", other.folder / TABLE, tmp_path / "o.parquet")], "both")
    assert sorted(row["document"] for row in both.rows()) == ["mine", "mine", "other"]


def test_photographs_make_the_pill_likelier(mine: Formulary, weights: Path, tmp_path: Path) -> None:
    both = photo(tmp_path / "both.png", PINK, RED)
    front, again = photo(tmp_path / "front.png", WHITE), photo(tmp_path / "again.png", BLUE)
    assert mine.enrol(MINE, [both], weights=weights) == Enrolled(True, 2, 2)
    assert mine.enrol(MINE, [front], weights=weights) == Enrolled(False, 1, 3)
    joined = mine.catalog(US)
    shown = joined.appearance(len(US)).appearance_id
    assert mine.enrol(shown, [again], weights=weights) == Enrolled(False, 1, 4)
    version = open_fusion(weights)[1].version
    references = mine.references(joined, TINY.dim, version)
    assert references.gallery(joined).row.tolist() == [len(US)] * 4

    def chance(ranker: FusionRanker) -> float:
        identifier = Identifier(joined, PillSegmenter(), ScriptedReader("QX 77"), ranker)
        answer = identifier.identify(front)
        first = answer.candidates[0]
        assert first.appearance.products[0].name == MINE["name"]
        return first.probability

    plain = FusionRanker.released(joined, weights)
    enrolled = plain.with_references(references)
    assert enrolled.photographed == {len(US)} and not plain.photographed
    assert enrolled.without_references().photographed == set()
    assert chance(enrolled) > chance(plain)


def test_a_photograph_counts_once_however_often_it_is_given(
    mine: Formulary, weights: Path, tmp_path: Path
) -> None:
    white, pink = photo(tmp_path / "white.png", WHITE), photo(tmp_path / "pink.png", PINK)
    assert mine.enrol(MINE, [white, white], weights=weights) == Enrolled(True, 1, 1, 1)
    assert mine.enrol(MINE, [white, pink], weights=weights) == Enrolled(False, 1, 2, 1)
    assert mine.enrol(MINE, [pink], weights=weights) == Enrolled(False, 0, 2, 1)
    other = MINE | {"imprint": "QX 78"}
    assert mine.enrol(other, [pink], weights=weights) == Enrolled(True, 1, 1)


def test_photographs_of_a_pill_that_the_catalogue_has(
    mine: Formulary, weights: Path, tmp_path: Path
) -> None:
    known = US.appearance(5).appearance_id
    photos = [photo(tmp_path / f"{sum(color)}.png", color) for color in (WHITE, PINK)]
    assert mine.enrol(known, photos, weights=weights) == Enrolled(False, 2, 2)
    assert Formulary.open(mine.folder).catalog(US) is US
    version = open_fusion(weights)[1].version
    assert mine.references(US, TINY.dim, version).gallery(US).row.tolist() == [5, 5]
    taiwan = Catalog.load("tw")
    assert len(mine.references(taiwan, TINY.dim, version).gallery(taiwan).row) == 0
    with pytest.raises(WeightsError, match="enroll the pills again"):
        mine.references(US, TINY.dim, "other weights")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": " "}, "needs a name"),
        ({"imprint": " ;", "color": ";", "shape": " "}, "imprint, color or shape"),
        ({"imprint": "", "color": "", "shape": ""}, "imprint, color or shape"),
        ({"color": "mauve"}, "'mauve' is not an FDA color"),
        ({"imprint": "--"}, "no letter"),
        ({"score": "two"}, "'two' is not a number"),
        ({"size_mm": "nan"}, "no pill's"),
        ({"size_mm": "0.2"}, "give 1 to 50"),
    ],
)
def test_facts_that_cannot_be_used_change_nothing(
    changed: dict[str, str], message: str, mine: Formulary
) -> None:
    with pytest.raises(InputError, match=message):
        mine.enrol(MINE | changed)
    assert not mine.folder.exists()


def test_photographs_that_cannot_be_used_change_nothing(
    mine: Formulary, weights: Path, tmp_path: Path
) -> None:
    fine = photo(tmp_path / "fine.png", PINK)
    blank = photo(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("not a photo")
    three = photo(tmp_path / "three.png", PINK, PINK, PINK)
    for bad, error in (
        (tmp_path / "text.png", PhotoError),
        (tmp_path / "none.png", PhotoError),
        (blank, NoPillFoundError),
        (three, InputError),
    ):
        with pytest.raises(error, match=bad.name):
            mine.enrol(MINE, [fine, bad], weights=weights)
    with pytest.raises(WeightsError):
        mine.enrol(MINE, [fine], weights=tmp_path)
    assert not mine.folder.exists()


def test_folders_and_tables_that_cannot_be_used(mine: Formulary, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="rxmm enroll"):
        Formulary.open(mine.folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        Formulary(tmp_path / "file").enrol(MINE)
    mine.enrol(MINE)
    with (mine.folder / TABLE).open("a") as lines:
        lines.write("\nA,BLACK,GEARS,Bad,,\n")
    with pytest.raises(CatalogError, match=r"Line 4 of .*'GEARS'"):
        mine.catalog(US)
    with pytest.raises(CatalogError, match="Line 4"):
        mine.enrol(MINE | {"name": "Another"})
    assert [path.name for path in mine.folder.iterdir()] == [TABLE]
    (mine.folder / TABLE).write_text("imprint,color,shape,name\nA,BLACK,ROUND,Mine, 5 mg\n")
    with pytest.raises(CatalogError, match="in quotes"):
        mine.catalog(US)


def test_loading_an_identifier_with_a_formulary(mine: Formulary) -> None:
    mine.enrol(MINE)
    identifier = Identifier.load("us", formulary=mine.folder)
    assert len(identifier.catalog) == len(US) + 1


def test_loading_an_identifier_with_photographs(
    mine: Formulary, weights: Path, tmp_path: Path
) -> None:
    mine.enrol(MINE, [photo(tmp_path / "front.png", PINK)], weights=weights)
    identifier = Identifier.load("us", formulary=mine.folder, weights=weights, ranking="fusion")
    assert identifier._fuse is not None and identifier._fuse.photographed == {len(US)}
