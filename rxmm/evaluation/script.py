"""What the scripts that print one table share: their options, the pills that they ask about, and
where the table goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self, TypeVar

import typer
from rich.console import Console
from rich.progress import track

from rxmm._files import check_writable, writing
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.table import Catalog
from rxmm.evaluation.query import Query
from rxmm.evaluation.set_names import SetName, Split
from rxmm.evaluation.sets import SETS
from rxmm.evaluation.stages import Stages

T = TypeVar("T")

SetOption = Annotated[SetName, typer.Option("--set", help="Which pills.")]
SplitOption = Annotated[Split, typer.Option("--split", help="Which part, see docs/DATA.md.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="Of a fixed sample.")]


def _checked(path: Path | None) -> Path | None:
    if path:
        check_writable(path)
    return path


OutputOption = Annotated[
    Path | None,
    typer.Option("--output", callback=_checked, help="Also write what is printed to this file."),
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", callback=_checked, help="Also draw the curves.")
]


@dataclass(frozen=True)
class LabelledPills:
    """The queries of one part of a set; going through them shows a progress bar.

    Attributes:
        name: of the set.
        catalog: of its country.
        queries: at least one.
        title: what a table of them is about, in words.
    """

    name: SetName
    catalog: Catalog
    queries: Sequence[Query]
    title: str

    @classmethod
    def of(cls, name: SetName, split: Split, limit: int | None) -> Self:
        """Those of a part of a set, or a fixed sample.

        Raises:
            InputError: the photographs are not here, or there is none.
        """
        known = SETS[name]
        queries = known.queries(split, limit)
        title = f"{known.title(split)}, n = {len(queries)}"
        return cls(name, Catalog.load(known.catalog), queries, title)

    def strangers_to(self, catalog: Catalog) -> Self:
        """Those whose imprint another catalogue does not have, to be asked of that."""
        listed = set(catalog.imprint_keys)
        strangers = [
            query for query in self.queries if appearance_key(query.label.imprint) not in listed
        ]
        title = f"{self.title}: {len(strangers)} that the catalogue {catalog.name} does not have"
        return replace(self, catalog=catalog, queries=strangers, title=title)

    @cached_property
    def stages(self) -> Stages:
        """The released ones, for their catalogue.

        Raises:
            WeightsError: weights are missing or changed.
        """
        return Stages.released(self.catalog)

    @property
    def groups(self) -> list[str]:
        """Of each query."""
        return [query.group for query in self.queries]

    def __iter__(self) -> Iterator[Query]:
        yield from progress(self.queries, self.name)

    def publish(self, tables: str, output: Path | None) -> None:
        """Print tables under their title, see `publish`."""
        publish(f"## {self.title}\n\n{tables}", output)


def progress(items: Iterable[T], name: str) -> Iterable[T]:
    """The same items, with a bar that leaves alone what is printed."""
    return track(items, description=name, console=Console(stderr=True))


def publish(text: str, output: Path | None) -> None:
    """Print a text, and write it to a file where one is asked for.

    Raises:
        InputError: it cannot be written there.
    """
    typer.echo(text)
    if output:
        with writing(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(text, encoding="utf-8")
