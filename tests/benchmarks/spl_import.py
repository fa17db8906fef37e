"""How fast an archive like DailyMed's full release is imported, and in how much memory.

    RXMM_REAL_DATA=… python -m tests.benchmarks.spl_import --documents 20000

The archive holds copies of the real documents, each with a set id, NDCs and imprints of its own.
The peer only unpacks and parses them with lxml.  Rates are per second of one core's time, so that
other work on the machine counts less.
"""

from __future__ import annotations

import io
import os
import re
import resource
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from lxml import etree
from rich.console import Console
from rich.table import Table

from rxmm.catalog.build import build
from rxmm.catalog.sources import Report, spl
from tests.catalog.spl_documents import release

_SET_ID = re.compile(rb'(?<=<setId root=")[^"]+')
_LABELER = re.compile(rb'(?<=code=")(\d{4,5})(?=-\d{3,4}(-\d\d)?")')
_IMPRINT = re.compile(rb"(?<=>)(PD|MYLAN|VGR)(?=[;\d])")


def copies(originals: list[bytes], count: int) -> Iterator[bytes]:
    """Copies of the documents in turn, no two of them alike."""
    for number in range(count):
        copy = originals[number % len(originals)]
        copy = _SET_ID.sub(str(uuid.UUID(int=number)).encode(), copy)
        copy = _LABELER.sub(b"%05d" % (number % 100_000), copy)
        yield _IMPRINT.sub(b"%c%c%d" % (65 + number % 26, 65 + number // 26 % 26, number), copy)


def parse_only(path: Path) -> int:
    """The peer: unpack and parse every document."""
    found = 0
    with zipfile.ZipFile(path) as outer:
        for name in outer.namelist():
            with zipfile.ZipFile(io.BytesIO(outer.read(name))) as inner:
                for entry in inner.namelist():
                    if entry.endswith(".xml"):
                        etree.fromstring(inner.read(entry))
                        found += 1
    return found


def importer(path: Path) -> int:
    """Read every row and keep none."""
    report = Report()
    for _ in spl.read(path, report):
        pass
    return report.rows_in - report.rejected.total()


def catalogue(path: Path) -> int:
    """Build a whole catalogue, with its data sheet."""
    report = Report()
    build("spl", path, path.with_suffix(".parquet"), report=report)
    return report.rows_in - report.rejected.total()


def main(
    documents: Annotated[int, typer.Option(help="How many documents.")] = 2000,
    pictures: Annotated[int, typer.Option(help="Bytes of the picture beside each.")] = 100_000,
) -> None:
    """Print rates, their ratio to the peer's, and the peak of memory after each."""
    folder = Path(os.environ["RXMM_REAL_DATA"]) / "us/spl"
    originals = [path.read_bytes() for path in sorted(folder.glob("*.xml"))]
    runs: dict[str, Callable[[Path], int]] = {
        "lxml alone": parse_only,
        "read": importer,
        "build": catalogue,
    }
    table = Table("", "documents", "per core and second", "ratio", "seconds", "peak MB")
    first = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "release.zip"
        release(path, copies(originals, documents), pictures)
        table.title = f"{path.stat().st_size / 2**20:,.0f} MB, peak before {_peak():.0f} MB"
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found = run(path)
            rate = found / (time.process_time() - cpu)
            first = first or rate
            seconds = f"{time.perf_counter() - wall:.0f}"
            table.add_row(
                name, f"{found}", f"{rate:.0f}", f"{rate / first:.2f}", seconds, f"{_peak():.0f}"
            )
    Console().print(table)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    typer.run(main)
