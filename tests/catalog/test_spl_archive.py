"""Archives of labels: all documents are found, and nothing in an archive can do harm."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rxmm.catalog.sources import Report, spl, spl_archive
from rxmm.errors import CatalogError
from tests.catalog.spl_documents import Drug, document, looks, release, zipped

GOOD = document(Drug(looks=looks("GOOD")), set_id="good")


def labels(count: int) -> list[bytes]:
    return [
        document(Drug(name=f"Drug {n}", looks=looks(f"M {n}")), set_id=f"set-{n}")
        for n in range(count)
    ]


def names(path: Path, report: Report | None = None) -> list[str]:
    """What the products are called whose rows are read."""
    return [row["name"] for row in spl.read(path, report or Report())]


def rejects(path: Path, content: bytes) -> list[tuple[str, str]]:
    """What is left out of an archive of this content and one good document after it."""
    path.write_bytes(content)
    report = Report()
    names(path, report)
    return report.rejects


def test_every_form_in_which_documents_come(tmp_path: Path) -> None:
    alone, plain, nested, deep = labels(4)
    (tmp_path / "in/a/folder").mkdir(parents=True)
    (tmp_path / "in/a/folder/ALONE.XML").write_bytes(alone)
    (tmp_path / "in/a/notes.txt").write_text("no label")
    (tmp_path / "in/plain.zip").write_bytes(zipped({"x.xml": plain, "x.jpg": b"no picture"}))
    inner = zipped({"y.XML": nested, "more/z.xml": deep})
    (tmp_path / "in/release.zip").write_bytes(zipped({"rx/y.Zip": inner, "readme": b""}))
    done: list[tuple[int, int]] = []
    report = Report(progress=lambda *seen: done.append(seen))
    assert sorted(names(tmp_path / "in", report)) == [f"Drug {n}" for n in range(4)]
    assert report.rows_in == 4 and not report.rejects
    assert done == sorted(done) and done[-1][0] == done[-1][1] > 0
    places = [place for place, _ in spl_archive.documents(tmp_path / "in", Report())]
    assert places == [
        "a/folder/ALONE.XML", "plain.zip/x.xml", "release.zip/rx/y.Zip/y.XML",
        "release.zip/rx/y.Zip/more/z.xml",
    ]  # fmt: skip


def test_release_of_many_labels(tmp_path: Path) -> None:
    release(tmp_path / "release.zip", labels(30), pictures=1000)
    assert names(tmp_path / "release.zip") == [f"Drug {n}" for n in range(30)]


@pytest.mark.parametrize("name", ["missing.zip", "empty", "table.csv"])
def test_paths_that_hold_no_labels(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.csv").write_text("name\n")
    with pytest.raises(CatalogError):
        names(tmp_path / name)


def test_a_bad_document_does_not_stop_the_import(tmp_path: Path) -> None:
    broken = {"1.xml": b"<document", "2.zip": b"PK nothing", "3.zip": zipped({"a.xml": GOOD[:-9]})}
    assert rejects(tmp_path / "all.zip", zipped(broken | {"4.xml": GOOD})) == [
        ("all.zip/1.xml, line 1", "not well-formed XML"),
        ("all.zip/2.zip", "damaged archive"),
        ("all.zip/3.zip/a.xml, line 1", "not well-formed XML"),
    ]
    assert names(tmp_path / "all.zip") == ["Examplin"]


def test_archives_go_two_deep(tmp_path: Path) -> None:
    three = zipped({"1.zip": zipped({"2.zip": zipped({"3.zip": zipped({"a.xml": GOOD})})})})
    (where, why), *others = rejects(tmp_path / "a.zip", three)
    assert (where, why) == ("a.zip/1.zip/2.zip", "archive in an archive in an archive")
    assert not others


def test_pictures_are_not_read(tmp_path: Path) -> None:
    content = bytearray(zipped({"pill.jpg": bytes(range(256)), "a.xml": GOOD}))
    content[45:60] = bytes(15)  # would be found damaged
    (tmp_path / "a.zip").write_bytes(content)
    report = Report()
    assert names(tmp_path / "a.zip", report) == ["Examplin"] and not report.rejects


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    entries = dict(zip(("../../up.xml", "/root.xml", "C:\\x.xml"), labels(3), strict=True))
    (tmp_path / "in/a.zip").write_bytes(zipped(entries))
    assert names(tmp_path / "in/a.zip") == ["Drug 0", "Drug 1", "Drug 2"]
    assert [found.name for found in tmp_path.rglob("*") if found.is_file()] == ["a.zip"]


def test_entries_that_cannot_be_unpacked(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("secret.xml", GOOD)
        archive.writestr("rare.xml", GOOD, zipfile.ZIP_BZIP2)
        archive.writestr("lying.xml", GOOD)
        archive.writestr("good.xml", GOOD)
        secret, _, lying, _ = archive.infolist()
        secret.flag_bits |= 1
        lying.file_size = 10
    assert rejects(tmp_path / "a.zip", file.getvalue()) == [
        ("a.zip/secret.xml", "encrypted entry"),
        ("a.zip/rare.xml", "entry packed in an unusual way"),
        ("a.zip/lying.xml", "damaged entry"),
    ]


def test_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spl_archive, "DOCUMENT_BYTES", len(GOOD))
    monkeypatch.setattr(spl_archive, "ARCHIVE_BYTES", 5000)
    entries = {"a.xml": GOOD + b" ", "b.xml": GOOD, "c.zip": bytes(5001)}
    (tmp_path / "alone.xml").write_bytes(GOOD + b" ")
    (tmp_path / "many.zip").write_bytes(zipped(entries))
    report = Report()
    assert names(tmp_path, report) == ["Examplin"]
    assert report.rejects == [
        ("alone.xml", "document too large"),
        ("many.zip/a.xml", "document too large"),
        ("many.zip/c.zip", "inner archive too large"),
    ]
    monkeypatch.setattr(spl_archive, "DIRECTORY_BYTES", 100)
    assert rejects(tmp_path / "many.zip", zipped(entries)) == [("many.zip", "damaged archive")]


def test_archives_that_grow_without_end(tmp_path: Path) -> None:
    packed = zipped({f"{n}.xml": bytes(6 * 2**20) for n in range(4)} | {"good.xml": GOOD})
    why = "archive that unpacks to far more than its size"
    bomb = zipped({"1.zip": packed, "2.zip": packed})
    assert [found for found in rejects(tmp_path / "a.zip", bomb) if found[1] == why] == [
        (f"a.zip/{place}.xml", why)
        for place in ("1.zip/2", "1.zip/3", "2.zip/0", "2.zip/1", "2.zip/2", "2.zip/3")
    ]


WHOLE = zipped({"1.zip": zipped({"a.xml": GOOD, "a.jpg": b"picture"}), "b.xml": GOOD})


@given(cut=st.integers(0, len(WHOLE)))
@example(cut=len(WHOLE) - 1)
def test_an_archive_cut_off_anywhere(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.zip"
    assert bool(rejects(path, WHOLE[:cut])) or cut == len(WHOLE)


@given(changes=st.dictionaries(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), max_size=8))
def test_an_archive_with_bytes_changed(
    changes: dict[int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(WHOLE)
    for place, byte in changes.items():
        content[place] = byte
    path = tmp_path_factory.getbasetemp() / "changed.zip"
    path.write_bytes(content)
    assert set(names(path)) <= {"Examplin"}


@given(content=st.binary(max_size=200))
def test_an_archive_of_any_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert rejects(tmp_path_factory.getbasetemp() / "any.zip", content)
