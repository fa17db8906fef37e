"""An identification on the terminal, for a person."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rxmm.advice import certainty, percent
from rxmm.cli.appearance import looks, substance
from rxmm.comparison import likely_colors, likely_shape
from rxmm.notice import NOTICE
from rxmm.results import Appearance, FaceEvidence, Identification, ImprintToken

_HEADLINES = {
    "identified": "[bold green]Identified.[/] The first candidate fits what was seen.",
    "ambiguous": "[bold yellow]Ambiguous.[/] Several pills fit: compare them with yours.",
    "unidentified": "[bold red]Not identified.[/] Nothing fits well enough to name it.",
}


def print_answer(identification: Identification, console: Console, sampling: str = "") -> None:
    """What was seen, the candidates, how sure that is, look-alikes, what to do, and the notice.

    Args:
        sampling: what asking with dropout gave, in a sentence, where that was asked for.
    """
    for number, evidence in enumerate(identification.evidence, start=1):
        console.print(f"[bold]Face {number}[/]: {_seen(evidence)}", highlight=False)
    table = Table("", "Imprint", "Looks", "Product", "Agrees", "Differs", show_lines=True)
    for candidate in identification.candidates:
        appearance = candidate.appearance
        table.add_row(
            f"{candidate.rank}\n{percent(candidate.probability)}",
            escape(" ".join(appearance.imprint)) or "none",
            looks(appearance),
            _products(appearance),
            escape("\n".join(candidate.agrees)),
            escape("\n".join(candidate.differs)),
        )
    console.print(table)
    console.print(_HEADLINES[identification.status], highlight=False)
    if sure := certainty(identification):
        console.print(sure, highlight=False)
    if identification.look_alikes:
        console.print(_look_alikes(identification))
    for step in identification.next_steps:
        console.print(f"[bold]>[/] {escape(step)}", highlight=False)
    if sampling:
        console.print(sampling, highlight=False)
    console.print(f"[dim]{NOTICE}[/]", highlight=False)


def _look_alikes(identification: Identification) -> Table:
    table = Table("Imprint", "Product", "Check", title="Looks nearly like the first candidate")
    table.title_justify = "left"
    for other in identification.look_alikes:
        first = other.appearance.products[0]
        table.add_row(
            escape(" ".join(other.appearance.imprint)),
            f"[bold]{escape(first.name)}[/]\n{escape(first.strength)}".rstrip(),
            escape(other.check),
        )
    return table


def _seen(evidence: FaceEvidence) -> str:
    seen = evidence.looks
    words = [
        f"{escape(token.text)} [dim]({_how_read(token)})[/]" for token in evidence.reading.tokens
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
    facts.append(f"NDC {'-'.join(first.ndc)}" if first.ndc else escape(first.licence))
    more = len(appearance.products) - 1
    facts.append(f"and {more} more" if more else "")
    return "\n".join(fact for fact in facts if fact)
