"""What each modality is worth: image, text, looks and both matches, alone and left out.

    python -m rxmm.evaluation.modalities --set us-reference --output runs/modalities.md

Every photo is segmented, described and read once; only what the ranking may look at differs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import typer

from rxmm._command import told_in_one_line
from rxmm.calibration import Calibrations
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.matching import Matcher
from rxmm.catalog.rows import Floats
from rxmm.catalog.table import Catalog
from rxmm.decision import decide
from rxmm.evaluation.query import Query
from rxmm.evaluation.ranks import Ranks, rank_of, table
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
)
from rxmm.models.ranker import FusionRanker
from rxmm.results import ImprintReading, Seen

Way = Callable[[Seen], Floats]
"""From what was seen to a score of every row, (N,)."""


def ways(match: Matcher, fuse: FusionRanker, calibrations: Calibrations) -> dict[str, Way]:
    """Every way of ranking that the table compares, by name."""

    no_references = fuse.without_references()

    def fused(seen: Seen, fuse: FusionRanker = fuse) -> Floats:
        return fuse(seen, match(seen.readings, seen.looks))[:-1]

    def unread(seen: Seen) -> Seen:
        return replace(seen, readings=[ImprintReading()] * len(seen.faces))

    def with_fallback(seen: Seen) -> Floats:
        matches = match(seen.readings, seen.looks)
        return decide(fuse(seen, matches), matches, seen.faces, calibrations).probability

    return {
        "fusion and fallback": with_fallback,
        "fusion": fused,
        "fusion without image": lambda s: fused(replace(s, faces=[])),
        "fusion without text": lambda s: fused(unread(s)),
        "fusion without looks": lambda s: fused(replace(s, looks=[])),
        "fusion without reference photographs": lambda s: fused(s, no_references),
        "imprint match and looks, no networks": lambda s: match(s.readings, s.looks).score,
        "image only (fusion)": lambda s: fused(replace(unread(s), looks=[])),
        "text only (BERT)": lambda s: fuse.text_similarity(s.readings),
        "lattice only": lambda s: match(s.readings, []).lattice,
        "fuzzy only": lambda s: match(s.readings, []).fuzzy,
        "colour and shape only": lambda s: match(s.readings, s.looks).looks,
    }


class Comparison:
    """Ranks of every query's true appearance in every way.

    Args:
        see: sees a query once.
        photographed: rows of which there are reference photographs.

    Attributes:
        ranks: by way, one per query asked.
        parts: what queries are told apart by, and of each query whether it is so.
    """

    def __init__(
        self,
        catalog: Catalog,
        see: Callable[[Query], Seen],
        ranked: Mapping[str, Way],
        photographed: Collection[int],
    ) -> None:
        self._see, self._ways = see, dict(ranked)
        self._keys = catalog.imprint_keys
        self.ranks: dict[str, list[int | None]] = {way: [] for way in self._ways}
        self.parts: dict[str, list[bool]] = {
            "all queries": [],
            "no token of the pill read": [],
            "with reference photographs": [],
        }
        self._photographed = {self._keys[row] for row in photographed}

    def ask(self, query: Query) -> None:
        """See and read once, rank in every way, note the ranks.  No pill found is a miss."""
        truth = appearance_key(query.label.imprint)
        seen = self._see(query)
        lines = {line.text for reading in seen.readings for line in reading.hypotheses}
        told_apart = (True, not lines & set(truth), truth in self._photographed)
        for part, holds in zip(self.parts.values(), told_apart, strict=True):
            part.append(holds)
        for way, ranks in self.ranks.items():
            ranks.append(rank_of(truth, self._ways[way](seen), self._keys) if seen.faces else None)

    def to_markdown(self, groups: Sequence[str]) -> str:
        """One table for each of the parts."""
        text = []
        for title, chosen in self.parts.items():
            ranks: dict[tuple[str, ...], Ranks] = {
                (way,): [r for r, yes in zip(found, chosen, strict=True) if yes]
                for way, found in self.ranks.items()
            }
            own = [group for group, yes in zip(groups, chosen, strict=True) if yes]
            text.append(f"### {title}, n = {len(own)}\n")
            text.append(table(["ranked by"], ranks, own) + "\n" if own else "none\n")
        return "\n".join(text)


def main(
    set_name: SetOption = "us-reference",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    output: OutputOption = None,
) -> None:
    """Print the table of one set."""
    pills = LabelledPills.of(set_name, split, limit)
    stages = pills.stages
    ranked = ways(stages.match, stages.fuse, stages.calibrations)
    comparison = Comparison(stages.catalog, stages.see, ranked, stages.fuse.photographed)
    for query in pills:
        comparison.ask(query)
    pills.publish(comparison.to_markdown(pills.groups), output)


if __name__ == "__main__":
    with told_in_one_line("modalities"):
        typer.run(main)
