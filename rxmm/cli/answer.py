"""An identification on the terminal, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from rxmm.advice import certainty, percent
from rxmm.catalog.token_sets import typed
from rxmm.cli.appearance import looks, substance
from rxmm.cli.tables import table_of
from rxmm.comparison import likely_colors, likely_shape
from rxmm.notice import NOTICE
from rxmm.results import (
    Appearance,
    Candidate,
    FaceEvidence,
    Identification,
    ImprintToken,
    LookAlike,
    Product,
)

_NUMBER = 24
"""Most that a product's number takes of a terminal's width before it is folded."""
_RANK_AND_LINES = 23
"""Of a terminal's width: the rank, and what lies between and around six columns."""
_HEADLINES = {
    "identified": "[bold green]Identified.[/] The first candidate fits what was seen.",
    "ambiguous": "[bold yellow]Ambiguous.[/] Not sure enough to name it: compare them with yours.",
    "unidentified": "[bold red]Not identified.[/] Nothing fits well enough to name it.",
}


def print_answer(identification: Identification, console: Console, sampling: str = "") -> None:
    """What was seen, the candidates, how sure that is, look-alikes, what to do, and the notice.

    Args:
        sampling: what asking with dropout gave, in a sentence, where that was asked for.
    """
    for number, evidence in enumerate(identification.evidence, start=1):
        console.print(f"[bold]Face {number}[/]: {_seen(evidence)}", highlight=False)
    console.print(_candidates(identification.candidates, console.width))
    console.print(_HEADLINES[identification.status], highlight=False)
    if sure := certainty(identification):
        console.print(sure, highlight=False)
    if identification.look_alikes:
        console.print("Looks nearly like the first candidate", style="italic")
        rows = [_look_alike(other) for other in identification.look_alikes]
        console.print(table_of(["Imprint", "Product", "Check"], rows, console.width, lines=False))
    for step in identification.next_steps:
        console.print(f"[bold]>[/] {escape(step)}", highlight=False)
    if sampling:
        console.print(sampling, highlight=False)
    console.print(f"[dim]{NOTICE}[/]", highlight=False)


def _candidates(candidates: Sequence[Candidate], width: int) -> Table:
    numbers = [_number(candidate.appearance.products[0]) for candidate in candidates]
    number = min(max(map(cell_len, numbers), default=0), _NUMBER)
    most = max(1, (width - _RANK_AND_LINES - number) // 4)
    imprint, seen, agrees, differs = (
        Column(head, max_width=most) for head in ("Imprint", "Looks", "Agrees", "Differs")
    )
    columns: list[Column | str] = [
        "",
        imprint,
        seen,
        Column("Product", min_width=number),
        agrees,
        differs,
    ]
    rows = [
        (
            f"{candidate.rank}\n{percent(candidate.probability)}",
            escape(" ".join(candidate.appearance.imprint)) or "none",
            looks(candidate.appearance),
            _products(candidate.appearance),
            escape("\n".join(candidate.agrees)),
            escape("\n".join(candidate.differs)),
        )
        for candidate in candidates
    ]
    return table_of(columns, rows, width)


def _look_alike(other: LookAlike) -> tuple[str, ...]:
    first = other.appearance.products[0]
    return (
        escape(" ".join(other.appearance.imprint)),
        f"[bold]{escape(first.title)}[/]",
        escape(other.check),
    )


def _seen(evidence: FaceEvidence) -> str:
    seen = evidence.looks
    by_hand = typed([evidence.reading])
    words = [
        f"{escape(token.text)} [dim]({'typed' if by_hand else _how_read(token)})[/]"
        for token in evidence.reading.tokens
    ]
    parts = [" ".join(words) or "no imprint read", likely_colors(seen)]
    parts.append(likely_shape(seen).lower())
    pieces = max(seen.score, key=lambda count: seen.score[count])
    parts.append("no score line" if pieces == 1 else f"scored into {pieces}")
    if seen.size_mm is not None:
        parts.append(f"{seen.size_mm:.1f} mm")
    return ", ".join(parts)


def _how_read(token: ImprintToken) -> str:
    if token.read is None or token.read == token.text:
        return percent(token.confidence)
    return f"read {escape(token.read)}" if token.read else "faint"


def _products(appearance: Appearance) -> str:
    first = appearance.products[0]
    facts = [f"[bold]{escape(first.name)}[/]", escape(substance(first))]
    facts.append(escape(_number(first)))
    more = len(appearance.products) - 1
    facts.append(f"and {more} more" if more else "")
    return "\n".join(fact for fact in facts if fact)


def _number(product: Product) -> str:
    return f"NDC {'-'.join(product.ndc)}" if product.ndc else product.licence
