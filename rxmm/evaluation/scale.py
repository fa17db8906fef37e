"""What the size of the catalogue costs: times against the number of appearances, and memory.

    python -m rxmm.evaluation.scale --output scale.md --plot scale.png

The catalogues are drawn, see `rxmm.evaluation.grown`; the pills are US reference photographs.
A time is taken several times for each pill: the best counts for that pill, the median pill for the
size.  Seconds of the processor are given beside those of the clock, since a busy machine makes the
clock run on.  Needs RXMM_REAL_DATA.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple

import numpy as np
import torch
import typer
from matplotlib.figure import Figure

from rxmm._command import told_in_one_line
from rxmm._files import writing
from rxmm.catalog.matching import Matcher
from rxmm.catalog.search import SearchQuery, search
from rxmm.catalog.table import Catalog
from rxmm.evaluation.grown import grown
from rxmm.evaluation.query import Query
from rxmm.evaluation.script import LabelledPills, OutputOption, PlotOption, publish
from rxmm.identifier import Identifier
from rxmm.imprint.reader import EasyOCRReader
from rxmm.models import embedding_file
from rxmm.models.ranker import FusionRanker
from rxmm.results import Seen
from rxmm.segmentation import PillSegmenter

SIZES = (5_000, 20_000, 100_000, 1_000_000)
FUSED = 100_000
"""Rows up to which the whole way from the photographs is timed: it needs every row's embedding."""
DIM = 128
"""Numbers of an embedding whose memory is measured."""
_STATUS = Path("/proc/self/status")
WAYS = ("texts", "beliefs", "both and looks", "look-up", "from the photos")


class Cost(NamedTuple):
    """Seconds of the median pill, best of several: by the clock, and of the processor."""

    clock: float
    processor: float


class Pill(NamedTuple):
    """One pill to identify, and what is seen of it."""

    query: Query
    seen: Seen


def read_pills(count: int) -> list[Pill]:
    """The first pills of the US reference set, each seen and read."""
    known = LabelledPills.of("us-reference", "validation", count)
    return [Pill(query, known.stages.see(query)) for query in known]


def best_of(work: Callable[[], object], repeats: int) -> Cost:
    """Of several runs, the least time of each clock."""
    clock, processor = [], []
    for _ in range(repeats):
        begun, worked = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - begun)
        processor.append(time.process_time() - worked)
    return Cost(min(clock), min(processor))


def ways(catalog: Catalog) -> dict[str, Callable[[Pill], object]]:
    """What is timed, by the names in `WAYS`; of a large catalogue not the whole way."""
    match = Matcher(catalog)
    timed: dict[str, Callable[[Pill], object]] = {
        "texts": lambda pill: match.by_texts(pill.seen.readings),
        "beliefs": lambda pill: match.by_beliefs(pill.seen.readings),
        "both and looks": lambda pill: match(pill.seen.readings, pill.seen.looks),
        "look-up": lambda pill: search(catalog, SearchQuery(" ".join(pill.query.label.imprint))),
    }
    if len(catalog) <= FUSED:
        fuse = FusionRanker.released(catalog)
        identifier = Identifier(catalog, PillSegmenter(), EasyOCRReader.released(), fuse)
        timed["from the photos"] = lambda pill: identifier.identify(*pill.query.photos())
    return timed


def costs(catalog: Catalog, pills: Sequence[Pill], repeats: int) -> dict[str, Cost]:
    """By way, see `WAYS`."""
    found: dict[str, Cost] = {}
    for way, work in ways(catalog).items():
        work(pills[0])  # what is indexed when first asked
        each = [best_of(partial(work, pill), repeats) for pill in pills]
        found[way] = Cost(*np.median(each, axis=0).tolist())
    return found


def memory(count: int) -> str:
    """In words: what a file of so many embeddings takes of this process's own memory.

    Only Linux tells it apart from that of mapped files.
    """
    if not _STATUS.is_file():
        return "Memory was not measured: that takes Linux.\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.safetensors"
        names = [f"us-{number:08x}" for number in range(count)]
        embedding_file.save(path, torch.zeros(count, DIM), names, "none")
        before = _own_mb()
        loaded = embedding_file.load(path)
        mapped = _own_mb() - before
        held = loaded.embedding.float()
        return (
            f"{len(held):,} embeddings of {DIM}: {mapped:.0f} MB of memory with the file mapped, "
            f"{_own_mb() - before:.0f} MB with all of them taken out of it, their names included.\n"
        )


def _own_mb() -> float:
    """Memory of this process in MB; pages of mapped files that were only read do not count."""
    status = _STATUS.read_text(encoding="utf-8")
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


def table(measured: dict[int, dict[str, Cost]], words: dict[int, int], pills: int) -> str:
    """The times as a Markdown table, ms by the clock and, in brackets, of the processor."""
    lines = [
        f"| appearances | distinct tokens | {' | '.join(WAYS)} |",
        "|" + "---|" * (2 + len(WAYS)),
    ]
    for size, of in measured.items():
        cells = [
            f"{1000 * of[way].clock:.0f} ({1000 * of[way].processor:.0f})" if way in of else "-"
            for way in WAYS
        ]
        lines.append(f"| {size:,} | {words[size]:,} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"ms by the clock (of the processor); n={pills} pills."]) + "\n"


def plot(measured: dict[int, dict[str, Cost]]) -> Figure:
    """Processor time against the number of appearances, both logarithmic."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for way in WAYS:
        known = [(size, of[way].processor) for size, of in measured.items() if way in of]
        axes.plot(*zip(*known, strict=True), marker="o", label=way)
    axes.set(xscale="log", yscale="log", xlabel="appearances", ylabel="processor seconds per pill")
    axes.grid(visible=True, which="both", color="0.9")
    axes.legend(fontsize=8)
    return figure


def main(
    pills: Annotated[int, typer.Option(min=1, help="How many pills, a fixed sample.")] = 20,
    repeats: Annotated[int, typer.Option(min=1, help="How often each is timed.")] = 5,
    sizes: Annotated[list[int] | None, typer.Option("--size", min=1, help="Appearances.")] = None,
    plot_file: PlotOption = None,
    output: OutputOption = None,
) -> None:
    """Print the table."""
    seen = read_pills(pills)
    measured: dict[int, dict[str, Cost]] = {}
    words: dict[int, int] = {}
    sizes = sizes or list(SIZES)
    for size in sizes:
        catalog = grown(size)
        words[size] = len({token for imprint in catalog.imprint_tokens for token in imprint})
        measured[size] = costs(catalog, seen, repeats)
        typer.echo(table(measured, words, len(seen)), err=True)
    publish(table(measured, words, len(seen)) + "\n" + memory(max(sizes)), output)
    if plot_file:
        with writing(plot_file):
            plot(measured).savefig(plot_file, dpi=120)


if __name__ == "__main__":
    with told_in_one_line("scale"):
        typer.run(main)
