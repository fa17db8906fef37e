"""Tables of pills of which no terminal, however narrow, cuts anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Column, Table

NARROW = 72
"""Width of a terminal below which the cells of a row stand below each other."""


def table_of(
    columns: Sequence[Column | str],
    rows: Iterable[Sequence[str]],
    width: int,
    *,
    lines: bool = True,
) -> Table:
    """A table for a terminal of this width; what is too long for a line goes on in the next.

    Args:
        rows: a cell of markup for each column.
        lines: whether to part the rows by lines.
    """
    heads = [Column(head) if isinstance(head, str) else head for head in columns]
    narrow = width < NARROW
    if narrow:
        names = [f"{head.header}: " if head.header else "" for head in heads]
        rows = [
            ["\n".join(name + cell for name, cell in zip(names, cells, strict=True) if cell)]
            for cells in rows
        ]
        heads = [Column()]
    for head in heads:
        head.overflow = "fold"
    table = Table(*heads, show_lines=lines or narrow, show_header=not narrow)
    for cells in rows:
        table.add_row(*cells)
    return table
