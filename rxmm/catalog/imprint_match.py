"""How a typed imprint fits a recorded one: the bands of a careful look-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from rapidfuzz import fuzz

from rxmm.catalog.imprint_text import fold_look_alikes, rotate_180, tokens
from rxmm.errors import InputError

PARTIAL_RATIO = 75.0  # rapidfuzz.fuzz.ratio from which two strings are nearly the same
PARTIAL_SHARE = 0.5  # of the typed characters that must fit for a partial match


class Band(IntEnum):
    """How well an imprint fits, best first.

    EXACT: every typed piece is a whole piece of the imprint (all of it, or one face).
    PREFIX: a piece of the imprint begins with what was typed.
    CONTAINS: a piece of the imprint contains it; never for a single character.
    PARTIAL: some typed pieces fit, or all nearly do.
    NOT_RECORDED: the catalogue knows no imprint of this pill; it cannot be excluded.
    FLIPPED_OR_LOOK_ALIKE: exact when read upside down, or with look-alike characters swapped.
    """

    NOT_ASKED = 0
    EXACT = 1
    PREFIX = 2
    CONTAINS = 3
    PARTIAL = 4
    NOT_RECORDED = 5
    FLIPPED_OR_LOOK_ALIKE = 6

    @property
    def words(self) -> str:
        """The band as a person reads it."""
        return _WORDS[self]


_WORDS = {
    Band.NOT_ASKED: "any imprint",
    Band.EXACT: "exact",
    Band.PREFIX: "prefix",
    Band.CONTAINS: "contains",
    Band.PARTIAL: "partial",
    Band.NOT_RECORDED: "not recorded, cannot be excluded",
    Band.FLIPPED_OR_LOOK_ALIKE: "flipped or look-alike",
}


class ImprintQuery:
    """A typed imprint, ready to be held against many recorded ones.

    Spaces, case and the order of the pieces do not matter; ``*`` stands for any characters.

    Attributes:
        pieces: as typed, upper case.
        ways: lists of pieces of which one must fit: as typed, and with the spaces left out.
        mistaken: the same with look-alikes made one and, where that is text, upside down.
        letters, length: all pieces together without wildcards, and how many characters they are.

    Raises:
        InputError: nothing but characters that no imprint has.
    """

    def __init__(self, text: str) -> None:
        chunks = [
            "*".join("".join(tokens(part)) for part in re.split(r"\*+", chunk))
            for chunk in text.replace(";", " ").split()
        ]
        self.pieces = [chunk for chunk in chunks if chunk]
        if not self.pieces:
            raise InputError(f"The imprint {text!r} has no letter A-Z or digit; `*` is a wildcard.")
        self.ways = [self.pieces]
        if len(self.pieces) > 1:
            self.ways.append(["".join(self.pieces)])
        self.letters = "".join(self.pieces).replace("*", "")
        self.length = len(self.letters)
        self.mistaken = [] if "*" in text else _mistaken(self.ways)

    def fit(self, imprint: Sequence[str]) -> tuple[Band, float] | None:
        """How this query fits an imprint's tokens, or None when they contradict it.

        Returns:
            The band and a distance in [0, 1] that orders imprints within it: the share of the
            imprint that was not typed, or for partial matches the share typed that does not fit.
        """
        if not imprint:
            return Band.NOT_RECORDED, 0.0
        bands = [band for way in self.ways if (band := _assign(way, imprint))]
        if bands:
            return min(bands), max(0.0, 1 - self.length / len("".join(imprint)))
        similarity = max(self._similarity(imprint), self._ratio(imprint))
        if similarity >= PARTIAL_SHARE:
            return Band.PARTIAL, 1 - similarity
        folded = [fold_look_alikes(token) for token in imprint]
        if any(_assign(way, folded) is Band.EXACT for way in self.mistaken):
            return Band.FLIPPED_OR_LOOK_ALIKE, max(0.0, 1 - self.length / len("".join(imprint)))
        return None

    def _similarity(self, imprint: Sequence[str]) -> float:
        """The share of the typed characters whose piece fits, whole or nearly, [0, 1]."""
        fitting = 0.0
        for piece in self.pieces:
            if len(piece) < 2 or "*" in piece:
                continue
            if _assign([piece], imprint):
                fitting += len(piece)
            else:
                ratios = (fuzz.ratio(piece, token, score_cutoff=PARTIAL_RATIO) for token in imprint)
                fitting += len(piece) * max(ratios) / 100
        return fitting / max(self.length, 1)

    def _ratio(self, imprint: Sequence[str]) -> float:
        """Similarity of all that was typed and the whole imprint, [0, 1]; 0 below the cutoff."""
        return fuzz.ratio(self.letters, "".join(imprint), score_cutoff=PARTIAL_RATIO) / 100


def _assign(pieces: Sequence[str], imprint: Sequence[str]) -> Band | None:
    """The worst band of ``pieces``, each laid on its own run of neighbouring tokens; None if one
    finds no place.  Longer pieces choose first."""
    free = set(range(len(imprint)))
    worst = Band.EXACT
    for piece in sorted(pieces, key=len, reverse=True):
        places = []
        for start in free:
            word = ""
            for stop in range(start, len(imprint)):
                if stop not in free:
                    break
                word += imprint[stop]
                band = _fit_piece(piece, word, several=stop > start)
                if band:
                    places.append((band, len(word), stop - start, start))
        if not places:
            return None
        band, _, more, start = min(places)
        free.difference_update(range(start, start + more + 1))
        worst = max(worst, band)
    return worst


def _fit_piece(piece: str, word: str, *, several: bool) -> Band | None:
    """The band of one piece on one word; a word of several tokens only as a whole or a start."""
    inside = not several and len(piece.replace("*", "")) > 1
    if "*" in piece:
        pattern = re.compile(piece.replace("*", ".*"))
        if pattern.fullmatch(word):
            return Band.EXACT
        if pattern.match(word):
            return Band.PREFIX
        return Band.CONTAINS if inside and pattern.search(word) else None
    if piece == word:
        return Band.EXACT
    if word.startswith(piece):
        return Band.PREFIX
    return Band.CONTAINS if inside and piece in word else None


def _mistaken(ways: Sequence[Sequence[str]]) -> list[list[str]]:
    """The look-alike forms of ``ways`` as typed and, where that reads as text, upside down."""
    turned = [[rotate_180(piece) for piece in way] for way in ways]
    readable = [[piece for piece in way if piece is not None] for way in turned]
    upside_down = [new for new, old in zip(readable, ways, strict=True) if len(new) == len(old)]
    return [[fold_look_alikes(piece) for piece in way] for way in [*ways, *upside_down]]
