"""The XML documents in a file, a folder or a zip of zips, one after the other.

Only the document at hand is in memory, and an inner archive on its way is a nameless temporary
file; entries other than XML are passed over unread, and names in an archive are only ever
reported.  What is damaged, encrypted or too large becomes a line in the report.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from rxmm.catalog.sources import Report
from rxmm.errors import CatalogError

DOCUMENT_BYTES = 64 * 2**20
ARCHIVE_BYTES = 2**30
"""Of an archive within an archive."""
DIRECTORY_BYTES = 16 * 2**20
"""Of an archive's list of entries: some 200,000 of them."""
EXPANSION = 200
"""Times the size of the archive in a folder or given by name: labels pack 5 to 10 times."""
ALWAYS_BYTES = 16 * 2**20
"""What even the smallest archive may unpack to."""

_CHUNK = 2**20
_NAME = 300  # letters of an entry's name that are reported
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class _RefusedError(Exception):
    """An entry that is left out; the message says why."""


def documents(path: Path, report: Report) -> Iterator[tuple[str, bytes]]:
    """Where each document stands, e.g. ``release.zip/rx/one.zip/label.xml``, and its bytes.

    Args:
        path: an .xml file, a .zip of them or of zips of them, or a folder of both at any depth.
        report: learns what is left out; its progress is in bytes of the files.

    Raises:
        CatalogError: there is no such path, or nothing of this kind.
    """
    files = _files(path)
    sizes = [file.stat().st_size for file in files]
    before, total = 0, sum(sizes)
    for file, size in zip(files, sizes, strict=True):
        where = file.relative_to(path if path.is_dir() else path.parent).as_posix()
        for place, document, share in _of_file(file, size, where, report):
            yield place, document
            report.progress(before + int(size * share), total)
        before += size
        report.progress(before, total)


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise CatalogError(f"There is no {path}.")
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    files = [file for file in inside if file.is_file() and _kind(file.name)]
    if not files:
        raise CatalogError(
            f"{path} holds no SPL documents: give an .xml file, a .zip, or a folder of them."
        )
    return files


def _kind(name: str) -> str:
    return next((kind for kind in (".xml", ".zip") if name.lower().endswith(kind)), "")


def _of_file(
    file: Path, size: int, where: str, report: Report
) -> Iterator[tuple[str, bytes, float]]:
    """Also tells the share of the file that is done."""
    try:
        if _kind(file.name) == ".zip":
            with file.open("rb", buffering=0) as opened:
                allowance = max(ALWAYS_BYTES, EXPANSION * size)
                yield from _Archives(report, allowance).read(opened, where, depth=1)
        elif size > DOCUMENT_BYTES:
            report.reject(where, "document too large")
        else:
            yield where, file.read_bytes(), 1.0
    except OSError:
        report.reject(where, "file that cannot be read")


@dataclass
class _Archives:
    """A zip and the zips in it.

    Attributes:
        allowance: bytes that may still be unpacked from all of them.
    """

    report: Report
    allowance: int

    def read(self, opened: IO[bytes], where: str, depth: int) -> Iterator[tuple[str, bytes, float]]:
        try:
            archive = zipfile.ZipFile(_Careful(cast(io.RawIOBase, opened)))
        except _DAMAGE:
            self.report.reject(where, "damaged archive")
            return
        entries = archive.infolist()
        for number, entry in enumerate(entries, start=1):
            if not (kind := _kind(entry.filename)):
                continue
            place, share = f"{where}/{entry.filename[:_NAME]}", number / len(entries)
            with SpooledTemporaryFile(max_size=DOCUMENT_BYTES) as unpacked:
                try:
                    self._unpack(archive, entry, kind, depth, unpacked)
                except _RefusedError as refused:
                    self.report.reject(place, str(refused))
                    continue
                unpacked.seek(0)
                if kind == ".xml":
                    yield place, unpacked.read(), share
                else:
                    for found, document, _ in self.read(unpacked, place, depth + 1):
                        yield found, document, share

    def _unpack(
        self,
        archive: zipfile.ZipFile,
        entry: zipfile.ZipInfo,
        kind: str,
        depth: int,
        into: IO[bytes],
    ) -> None:
        if kind == ".zip" and depth > 1:
            raise _RefusedError("archive in an archive in an archive")
        if entry.flag_bits & 1:
            raise _RefusedError("encrypted entry")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _RefusedError("entry packed in an unusual way")
        if entry.file_size > (DOCUMENT_BYTES if kind == ".xml" else ARCHIVE_BYTES):
            raise _RefusedError(
                "document too large" if kind == ".xml" else "inner archive too large"
            )
        if entry.file_size > self.allowance:
            raise _RefusedError("archive that unpacks to far more than its size")
        self.allowance -= entry.file_size
        try:
            with archive.open(entry) as stream:  # ends at file_size, whatever the data hold
                while chunk := stream.read(_CHUNK):
                    into.write(chunk)
        except _DAMAGE as error:
            raise _RefusedError("damaged entry") from error


class _Careful(io.BufferedReader):
    """A file that is not read in one go at whatever size an archive claims for its directory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its directory is too large")
        return super().read(DIRECTORY_BYTES if size is None or size < 0 else size)
