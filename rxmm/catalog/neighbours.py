"""Which appearances of a catalogue are one mistake away from one another.

The mistake is in a character of one token, in a token that is not in the picture, or in the colour
or shape; and two strengths that one labeler gives the same colour and shape count as near too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rxmm.catalog.near_tokens import Mistake, NearTokens
from rxmm.catalog.same_product import Medicine, any_same
from rxmm.catalog.table import Catalog, split
from rxmm.catalog.vocabulary import near_shapes
from rxmm.results import Difference

MISTAKES = {Mistake.LOOKS_ALIKE: 0, Mistake.TURNED: 0, Mistake.REPLACED: 1, Mistake.ADDED: 2}
OTHER_FACE, OTHER_STRENGTH = 2, 4
OTHER_LOOKS, SAME_IMPRINT = 3, -2
"""What differs adds up to a distance; another colour counts, and again another shape."""

Imprint = frozenset[str]
Brand = tuple[str, frozenset[str]]
"""A labeler and the substances of what it sells."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An appearance that is near another.

    Attributes:
        row: its row number in the catalogue.
        distance: how hard the two are to confuse; 0 is easiest.
        mistake: where a character differs, which kind of mistake it takes.
        mine, other: the tokens that differ, "" for none.
    """

    row: int
    differs_in: Difference
    distance: int
    mistake: Mistake | None = None
    mine: str = ""
    other: str = ""


class Neighbours:
    """The neighbours among the N appearances of a catalogue; indexed when first asked."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __call__(self, row: int) -> list[Neighbour]:
        """All neighbours of a row, be they the same medicine or not; each once, nearest first."""
        if not self._imprints[row]:
            return []  # what is on it is not recorded
        best: dict[int, Neighbour] = {}
        ways = (self.by_character, self._by_token, self._by_looks, self._by_strength)
        for near in (near for way in ways for near in way(row)):
            if near.row not in best or near.distance < best[near.row].distance:
                best[near.row] = near
        return sorted(best.values(), key=lambda near: (near.distance, near.row))

    def by_character(self, row: int) -> Iterator[Neighbour]:
        """Those with one other token in the place of one, or the same text spaced differently."""
        imprint = self._imprints[row]
        for token in sorted(imprint):
            for other, mistake in self._near(token).items():
                for found in self._rows.get((imprint - {token}) | {other}, ()):
                    if other not in imprint:
                        distance = MISTAKES[mistake] + self._looks_apart(row, found)
                        yield Neighbour(found, "character", distance, mistake, token, other)
        text = self._catalog.imprint_tokens[row]
        for found in self._rows_of_text["".join(text)] if text else ():
            if self._imprints[found] != imprint:
                spaced = " ".join(text), " ".join(self._catalog.imprint_tokens[found])
                distance = self._looks_apart(row, found)
                yield Neighbour(found, "character", distance, Mistake.LOOKS_ALIKE, *spaced)

    def same_medicine(self, row: int, other: int) -> bool:
        """Whether two rows have a medicine in common."""
        return any_same(self._medicines[row], self._medicines[other])

    def same_looks(self, row: int, other: int) -> bool:
        """Whether nothing that is recorded of two rows' colours and shapes differs."""
        return self._looks_apart(row, other) == 0

    def _by_token(self, row: int) -> Iterator[Neighbour]:
        imprint = self._imprints[row]
        for token in sorted(imprint):
            for found in self._rows.get(imprint - {token}, ()):
                distance = OTHER_FACE + self._looks_apart(row, found)
                yield Neighbour(found, "token", distance, mine=token)
        for found in self._rows_but_one.get(imprint, ()):
            (token,) = self._imprints[found] - imprint
            distance = OTHER_FACE + self._looks_apart(row, found)
            yield Neighbour(found, "token", distance, other=token)

    def _by_looks(self, row: int) -> Iterator[Neighbour]:
        """The same imprint; where colour and shape are the same too, a token is there twice."""
        for found in self._rows[self._imprints[row]]:
            mine, other = self._dress[row], self._dress[found]
            if found != row and mine != other:
                distance = max(self._looks_apart(row, found) + SAME_IMPRINT, 0)
                yield Neighbour(found, "color" if mine[0] != other[0] else "shape", distance)
            elif found != row:
                once, twice = (Counter(self._catalog.imprint_tokens[r]) for r in (row, found))
                more, less = " ".join(twice - once), " ".join(once - twice)
                yield Neighbour(found, "token", OTHER_FACE, None, "" if more else less, more)

    def _by_strength(self, row: int) -> Iterator[Neighbour]:
        for brand in self._brands[row]:
            for found in self._rows_of_brand[brand]:
                if found != row and self._imprints[found] and self.same_looks(row, found):
                    yield Neighbour(found, "strength", OTHER_STRENGTH)

    def _looks_apart(self, row: int, other: int) -> int:
        """What differing colours and shapes cost; what is not recorded does not differ."""
        (colors, shape), (other_colors, other_shape) = self._dress[row], self._dress[other]
        apart = OTHER_LOOKS * bool(colors and other_colors and colors != other_colors)
        return apart + OTHER_LOOKS * bool(
            shape and other_shape and not near_shapes(shape, other_shape)
        )

    @cached_property
    def _imprints(self) -> list[Imprint]:
        # As in matching: a token that is on both faces, or both halves of a capsule, counts once.
        return [frozenset(tokens) for tokens in self._catalog.imprint_tokens]

    @cached_property
    def _rows(self) -> dict[Imprint, list[int]]:
        """Rows by imprint, if recorded."""
        rows = defaultdict(list)
        for row, imprint in enumerate(self._imprints):
            if imprint:
                rows[imprint].append(row)
        return rows

    @cached_property
    def _rows_of_text(self) -> dict[str, list[int]]:
        """Rows by imprint without its spaces."""
        rows = defaultdict(list)
        for row, tokens in enumerate(self._catalog.imprint_tokens):
            rows["".join(tokens)].append(row)
        return rows

    @cached_property
    def _rows_but_one(self) -> dict[Imprint, list[int]]:
        """Rows of two and more tokens by all of these but one."""
        rows = defaultdict(list)
        for row, imprint in enumerate(self._imprints):
            for token in imprint if len(imprint) > 1 else ():
                rows[imprint - {token}].append(row)
        return rows

    @cached_property
    def _near(self) -> NearTokens:
        return NearTokens(token for imprint in self._imprints for token in imprint)

    @cached_property
    def _dress(self) -> list[tuple[frozenset[str], str]]:
        """Colours and shape of each row."""
        facts = self._catalog.appearances
        return [
            (frozenset(split(colors)), shape)
            for colors, shape in zip(facts["color"], facts["shape"], strict=True)
        ]

    @cached_property
    def _medicines(self) -> list[list[Medicine]]:
        products = self._catalog.products
        fields = [products[name].tolist() for name in ("name", "generic", "strength", "rxcui")]
        found: list[list[Medicine]] = [[] for _ in self._imprints]
        rows = self._catalog.product_rows.tolist()
        for row, values in zip(rows, zip(*fields, strict=True), strict=True):
            found[row].append(Medicine.of(*values))
        return found

    @cached_property
    def _brands(self) -> list[list[Brand]]:
        """The brands of each row, each once."""
        found: list[dict[Brand, None]] = [{} for _ in self._imprints]
        products = self._catalog.products
        rows, labelers = self._catalog.product_rows.tolist(), products["labeler"].tolist()
        medicines = (medicine for of_row in self._medicines for medicine in of_row)
        for row, labeler, medicine in zip(rows, labelers, medicines, strict=True):
            found[row][labeler.upper(), medicine.substances] = None
        return [list(brands) for brands in found]

    @cached_property
    def _rows_of_brand(self) -> dict[Brand, list[int]]:
        rows = defaultdict(list)
        for row, brands in enumerate(self._brands):
            for brand in brands:
                rows[brand].append(row)
        return rows
