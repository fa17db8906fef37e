"""`rxmm evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from rxmm.branches import DEFAULT_RANKING
from rxmm.cli.options import RankingOption, ReaderOption
from rxmm.imprint import DEFAULT_READER


def evaluate(
    set_name: Annotated[
        Literal[
            "us-reference",
            "us-consumer",
            "tw-photos",
            "rendered",
            "rendered-single",
            "rendered-turned",
        ],
        typer.Option("--set", help="Which labelled pills."),
    ],
    report: Annotated[Path, typer.Option(help="Folder for the report, its plots and pictures.")],
    split: Annotated[
        Literal["validation", "tuning", "all"],
        typer.Option(help="Which part (see docs/DATA.md); us-consumer is always all."),
    ] = "validation",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take a fixed sample of this many queries.")
    ] = None,
    reader: ReaderOption = DEFAULT_READER,
    ranking: RankingOption = DEFAULT_RANKING,
) -> None:
    """Measure how well pills are identified, on labelled photographs (folder: RXMM_REAL_DATA)."""
    from rich.progress import track

    _check_extra()
    from rxmm.evaluation.plots import write_plots
    from rxmm.evaluation.report import heading, make_report, summary_row, write_report
    from rxmm.evaluation.run import measure
    from rxmm.evaluation.sets import SETS
    from rxmm.identifier import Identifier

    query_set = SETS[set_name]
    queries = query_set.queries(split, limit)
    identifier = Identifier.load(query_set.catalog, reader=reader, ranking=ranking)
    outcomes = list(
        track(
            measure(identifier, queries),
            total=len(queries),
            description=set_name,
            console=Console(stderr=True),
        )
    )
    result = make_report(query_set, split, identifier, outcomes)
    write_report(result, report)
    write_plots(result, outcomes, report)
    typer.echo(heading())
    typer.echo(summary_row(result))


def _check_extra() -> None:
    """Before minutes of work: is everything there that the report needs?"""
    from importlib.util import find_spec

    from rxmm.errors import RxmmError

    missing = [name for name in ("matplotlib", "sklearn", "torchmetrics") if not find_spec(name)]
    if missing:
        raise RxmmError(
            f"rxmm evaluate needs {', '.join(missing)}: install the extra with "
            "`pip install 'rxmm[evaluate]'`."
        )
