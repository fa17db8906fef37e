"""What it is worth to type a pill's size, colours and shape beside its photos, or to lay a ruler
beside the pill.

    python -m rxmm.evaluation.typed --set us-consumer --output runs/typed.md

What is typed is what the labels say, the size in whole millimetres: by someone who measures well,
and names colours and shapes as the catalogue does.  Rulers are drawn, leaning by up to `LEAN`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from zlib import crc32

import typer

from rxmm._command import told_in_one_line
from rxmm.catalog.imprint_text import AppearanceKey, appearance_key
from rxmm.decision import decide
from rxmm.evaluation.drawn_ruler import beside_ruler
from rxmm.evaluation.photos import Label
from rxmm.evaluation.query import Query
from rxmm.evaluation.ranks import rank_of, table
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
)
from rxmm.evaluation.stages import Stages
from rxmm.imprint.face import extent
from rxmm.looks import RULER_BELOW
from rxmm.overrule import Overrule
from rxmm.photo import read_photo
from rxmm.results import Seen


def _size(label: Label) -> float | None:
    return None if label.size_mm is None else float(round(label.size_mm))


TYPED: Mapping[str, Callable[[Label], Overrule]] = {
    "nothing": lambda label: Overrule(),
    "size": lambda label: Overrule(size_mm=_size(label)),
    "colours": lambda label: Overrule(colors=label.colors),
    "shape": lambda label: Overrule(shape=label.shape),
    "size, colours and shape": lambda label: Overrule(
        colors=label.colors, shape=label.shape, size_mm=_size(label)
    ),
}
"""What is typed of a pill, by name; nothing of what its label does not say."""

RULER, LEAN = "nothing, a ruler in each photo", 20
"""The name of that, and the most degrees by which it leans either way."""
NOT_FOUND = Seen()


class Typed:
    """Ranks of every pill's true appearance, by how many faces were seen and what was typed.

    Attributes:
        ranks: by number of faces and name of `TYPED` or `RULER`, one per asking.
        groups: by number of faces, of each asking.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._keys = stages.catalog.imprint_keys
        self.ranks: dict[tuple[str, ...], list[int | None]] = {}
        self.groups: dict[str, list[str]] = {}

    def ask(self, query: Query) -> None:
        """With all its faces and, where there are several, with each alone.  A face that is not
        found is a miss."""
        truth, seen = appearance_key(query.label.imprint), self._stages.see(query)
        ways = {name: (seen, typed(query.label)) for name, typed in TYPED.items()}
        ways[RULER] = self._beside_rulers(query, seen), Overrule()
        whole = sum(query.faces)
        single = whole if whole > 1 else 0
        for faces in (whole, *(1,) * single):
            self.groups.setdefault(str(faces), []).append(query.group)
        for name, (found, overrule) in ways.items():
            alone = (*found.each_alone(), *(NOT_FOUND,) * single)[:single]
            for faces, one in ((whole, found), *((1, each) for each in alone)):
                rank = self._rank(one, overrule, truth) if one.faces else None
                self.ranks.setdefault((str(faces), name), []).append(rank)

    def _beside_rulers(self, query: Query, seen: Seen) -> Seen:
        """The same pill with a ruler in each photo, as long as the label says the pill is; as it
        was seen where that is not said, or not each photo shows one face without a scale."""
        photos, size = query.photos(), query.label.size_mm
        scaled = any(face.mm_per_pixel is not None or face.cut_out for face in seen.faces)
        if size is None or scaled or len(seen.faces) != len(photos):
            return seen
        lean = crc32(query.id.encode()) % (2 * LEAN + 1) - LEAN
        ruled = tuple(
            beside_ruler(read_photo(photo), RULER_BELOW * extent(face.mask)[0] / size, lean)
            for photo, face in zip(photos, seen.faces, strict=True)
        )
        return self._stages.see(replace(query, photos=lambda: ruled))

    def _rank(self, seen: Seen, overrule: Overrule, truth: AppearanceKey) -> int | None:
        looks = [overrule.looks(of_face) for of_face in seen.looks]
        fused, matches = self._stages.rank(replace(seen, looks=looks))
        decision = decide(fused, matches, seen.faces, self._stages.calibrations)
        return rank_of(truth, decision.probability, self._keys)

    def to_markdown(self) -> str:
        """One table for each number of faces."""
        return "\n\n".join(
            table(
                ["faces", "typed"],
                {key: ranks for key, ranks in self.ranks.items() if key[0] == faces},
                groups,
            )
            for faces, groups in sorted(self.groups.items())
        )


def main(
    set_name: SetOption = "us-consumer",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    output: OutputOption = None,
) -> None:
    """Print the tables of one set."""
    pills = LabelledPills.of(set_name, split, limit)
    asked = Typed(pills.stages)
    for query in pills:
        asked.ask(query)
    pills.publish(asked.to_markdown(), output)


if __name__ == "__main__":
    with told_in_one_line("typed"):
        typer.run(main)
