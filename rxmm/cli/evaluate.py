"""`rxmm evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from rxmm._extras import need
from rxmm._files import writing
from rxmm.branches import DEFAULT_RANKING
from rxmm.cli.options import RankingOption, ReaderOption
from rxmm.evaluation.set_names import SetName, Split
from rxmm.imprint import DEFAULT_READER

if TYPE_CHECKING:
    from rxmm.evaluation.corruptions import Peer
    from rxmm.evaluation.query import Query
    from rxmm.identifier import Identifier


def evaluate(
    set_name: Annotated[
        SetName,
        typer.Option("--set", help="Which labelled pills."),
    ],
    report: Annotated[Path, typer.Option(help="Folder for the report, its plots and pictures.")],
    split: Annotated[
        Split,
        typer.Option(help="Which part (see docs/DATA.md); us-consumer is always all."),
    ] = "validation",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take a fixed sample of this many queries.")
    ] = None,
    reader: ReaderOption = DEFAULT_READER,
    ranking: RankingOption = DEFAULT_RANKING,
    corruptions: Annotated[
        bool, typer.Option("--corruptions", help="Also on the photographs spoilt in 105 ways.")
    ] = False,
    peer_limit: Annotated[
        int,
        typer.Option(
            min=0,
            help="With --corruptions: EasyOCR is asked, too, about this many pills that it gets "
            "right on the photographs as they are.",
        ),
    ] = 8,
) -> None:
    """Measure how well pills are identified, on labelled photographs (folder: RXMM_REAL_DATA)."""
    from rich.progress import track

    # Now: a missing package is to be told before minutes of work.
    need("rxmm evaluate", "evaluate", "matplotlib", "sklearn", "torchmetrics")
    if corruptions:
        need("rxmm evaluate --corruptions", "corruptions", "imagecorruptions")
    from rxmm.evaluation.corruptions import easyocr_and_rapidfuzz
    from rxmm.evaluation.plots import write_plots
    from rxmm.evaluation.report import heading, make_report, summary_row, write_report
    from rxmm.evaluation.run import measure
    from rxmm.evaluation.sets import SETS
    from rxmm.identifier import Identifier

    query_set = SETS[set_name]
    queries = query_set.queries(split, limit)
    with writing(report):
        report.mkdir(parents=True, exist_ok=True)
    identifier = Identifier.load(query_set.catalog, reader=reader, ranking=ranking)
    # Opened now: a missing part is to be told before minutes of work.
    peer = easyocr_and_rapidfuzz(identifier) if corruptions and peer_limit else None
    outcomes = list(
        track(
            measure(identifier, queries),
            total=len(queries),
            description=set_name,
            console=Console(stderr=True),
        )
    )
    result = make_report(query_set, split, identifier, outcomes)
    with writing(report):
        write_report(result, report)
        write_plots(result, outcomes, report)
    typer.echo(heading())
    typer.echo(summary_row(result))
    if corruptions:
        _spoil(identifier, queries, peer, peer_limit, query_set.title(split), report)


def _spoil(
    identifier: Identifier,
    queries: Sequence[Query],
    peer: Peer | None,
    peer_limit: int,
    title: str,
    folder: Path,
) -> None:
    from rich.progress import track

    from rxmm.evaluation import corruption_report
    from rxmm.evaluation.corruptions import conditions, run

    asked = track(
        run(identifier, queries, peer, peer_limit),
        total=len(queries) * len(conditions()),
        description="spoilt photographs",
        console=Console(stderr=True),
    )
    result = corruption_report.make_report(title, [trial for trials in asked for trial in trials])
    with writing(folder):
        corruption_report.write_report(result, folder)
    over_all = result["systems"]["rxmm"]["families"]["all"]["relative_accuracy"]
    typer.echo(f"relative accuracy on spoilt photographs: {over_all}")
