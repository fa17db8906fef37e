"""Which other medicines look nearly the same as a pill, and what to look at to tell them apart."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from rxmm.catalog.near_tokens import Mistake
from rxmm.catalog.neighbours import Neighbour, Neighbours
from rxmm.catalog.table import Catalog, split
from rxmm.results import LookAlike

LIMIT = 5
"""Look-alikes in an answer, at most."""
FARTHEST = 4
"""Distance of a neighbour beyond which it is no look-alike."""


class LookAlikes:
    """The look-alikes among the N appearances of a catalogue; indexed when first asked."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._neighbours = Neighbours(catalog)

    def of(self, row: int, *, faces: int = 1, read: Collection[str] = ()) -> tuple[LookAlike, ...]:
        """The look-alikes of an appearance that are other medicines, most confusable first.

        Args:
            row: its row number.
            faces: how many faces were seen; a token more or less confuses nobody who saw both.
            read: tokens that were read: a pill without them is no look-alike.
        """
        found: list[LookAlike] = []
        for near in self._neighbours(row):
            if len(found) == LIMIT or near.distance > FARTHEST:
                break
            if near.differs_in == "token" and (faces > 1 or near.mine in read):
                continue
            if not self._neighbours.same_medicine(row, near.row):
                appearance = self._catalog.appearance(near.row)
                found.append(LookAlike(appearance, near.differs_in, self.check(row, near)))
        return tuple(found)

    def pairs(self) -> list[tuple[int, Neighbour]]:
        """All pairs of different medicines that one character tells apart, in rows i < j.

        Most confusable first: characters that look alike, and the same colour and shape.
        """
        best: dict[tuple[int, int], Neighbour] = {}
        for row in range(len(self._catalog)):
            for near in self._neighbours.by_character(row):
                known = best.get((row, near.row))
                if row < near.row and (known is None or near.distance < known.distance):
                    best[row, near.row] = near
        found = [
            (row, near)
            for (row, other), near in best.items()
            if not self._neighbours.same_medicine(row, other)
        ]
        return sorted(found, key=lambda pair: (pair[1].distance, pair[0], pair[1].row))

    def same_looks(self, row: int, other: int) -> bool:
        """Whether nothing that is recorded of two rows' colours and shapes differs."""
        return self._neighbours.same_looks(row, other)

    def check(self, row: int, near: Neighbour) -> str:
        """What to look at to tell a row from its neighbour, which is "this one"."""
        colors, shapes = self._facts("color", row, near), self._facts("shape", row, near)
        if near.differs_in in ("color", "shape"):
            questions = [f"Is it {colors[0]} or {colors[1]}?"] if colors else []
            questions += [f"Is its shape {shapes[0]} or {shapes[1]}?"] if shapes else []
            return " ".join(questions)
        if near.differs_in == "strength":
            mine, other = (" ".join(split(self._column["imprint"][r])) for r in (row, near.row))
            return f"Is it marked {mine} or {other}?"
        if near.differs_in == "character":
            question = f"Is it {near.mine} or {near.other}?"
            if near.mistake == Mistake.TURNED:
                question += " Each is the other upside down."
        elif near.other:
            question = f"Turn the pill over: this one has {near.other} on the other face."
        else:
            question = f"Turn the pill over: this one has no {near.mine} on the other face."
        if self.same_looks(row, near.row):
            return question
        facts = [colors[1]] if colors else []
        facts += [f"{shapes[1]} in shape"] if shapes else []
        return f"{question} This one is {', '.join(facts)}."

    @cached_property
    def _column(self) -> dict[str, list[str]]:
        # A cell of a list costs far less than one of a table.
        facts = self._catalog.appearances
        return {name: facts[name].tolist() for name in ("imprint", "color", "shape")}

    def _facts(self, column: str, row: int, near: Neighbour) -> list[str]:
        """A row's colours or shape and its neighbour's, in words; none where both are the same."""
        parts = [split(self._column[column][r]) for r in (row, near.row)]
        if sorted(parts[0]) == sorted(parts[1]):
            return []
        return [" and ".join(part).lower() or "another one (not recorded)" for part in parts]
