"""One importer per publisher: its table in, rows of rxmm's own schema out.

An importer is a `Source`: who publishes, under which licence, and a function that reads the
published file, row by row.  Values pass through `rxmm.catalog.sources.normalise`;
`rxmm.catalog.build` does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from rxmm._files import printable

Row = dict[str, Any]
"""A product and its looks, keyed by the catalogue's columns; see `normalise.product`."""


def _unseen(done: int, total: int) -> None:
    pass


@dataclass
class Report:
    """What happens to a published file on its way in.

    Attributes:
        rows_in: rows, or documents, of the published file that were read.
        line: of a table, on which the row at hand ends, from 1 on.
        rejected: why rows were left out → how many.
        normalised: what was changed in the others → how many.
        rejects: where in the file each of the first `MOST_REJECTS` of them stands, and why it was
            left out.
        progress: called with how much is done and how much there is in all, in any unit.
    """

    MOST_REJECTS: ClassVar[int] = 100_000

    rows_in: int = 0
    line: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    normalised: Counter[str] = field(default_factory=Counter)
    rejects: list[tuple[str, str]] = field(default_factory=list)
    progress: Callable[[int, int], None] = _unseen

    def reject(self, where: str, why: str) -> None:
        """Count something that is left out.

        Args:
            where: what a person needs to find it: a number, a file, a line.
            why: the reason, the same words for the same reason.
        """
        self.rejected[why] += 1
        if len(self.rejects) < self.MOST_REJECTS:
            self.rejects.append((printable(where), why))


@dataclass(frozen=True)
class Source:
    """A publisher of pill appearances.

    Attributes:
        name: by which it is called in commands and in catalogues.
        document: what its one table is called; "" where rows name their own documents.
        read: yields the rows of a published file while it reads, and reports the rest; raises
            `CatalogError` when it is not that publisher's.
        country: ISO 3166 alpha-2 code of the market.
        notes: what its tables cannot say.
    """

    name: str
    title: str
    licence: str
    country: str
    document: str
    read: Callable[[Path, Report], Iterator[Row]]
    notes: tuple[str, ...] = ()
