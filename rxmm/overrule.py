"""What a person saw and knows better than the photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rxmm.catalog.imprint_match import Band, ImprintQuery
from rxmm.catalog.imprint_text import tokens
from rxmm.catalog.parted import parted
from rxmm.catalog.vocabulary import SIZE_MM, SIZE_TOLERANCE_MM, Color, Shape, near_shapes
from rxmm.errors import InputError
from rxmm.results import Appearance, ImprintReading, ImprintToken, Looks


@dataclass(frozen=True, slots=True)
class Overrule:
    """What a person saw and knows better; it replaces what the photos seemed to show.

    Attributes:
        imprint: text of one or both faces, tokens separated by spaces or ``;``.
        colors: of the pill, predominant first.
        shape: of the pill.
        size_mm: its longest extent, within `rxmm.catalog.vocabulary.SIZE_MM`.

    Raises:
        InputError: an imprint without any letter or digit, or with a ``*`` for what was not seen;
            a size that no pill has.
    """

    imprint: str | None = None
    colors: tuple[Color, ...] = ()
    shape: Shape | None = None
    size_mm: float | None = None

    def __post_init__(self) -> None:
        if self.imprint is not None and ("*" in self.imprint or not tokens(self.imprint)):
            raise InputError(
                f"The imprint {self.imprint!r} cannot be taken letter by letter: type what is on "
                "the pill, A-Z and 0-9. `rxmm search` knows * for anything."
            )
        least, most = SIZE_MM
        if self.size_mm is not None and not least <= self.size_mm <= most:
            raise InputError(
                f"No pill has a size of {self.size_mm:g} mm: give the longest extent in "
                f"millimetres, {least} to {most}."
            )

    def parted(self, imprints: Iterable[Sequence[str]]) -> Overrule:
        """With the typed imprint parted into tokens as on one of these: TEVA5313 is TEVA 5313."""
        if self.imprint is None:
            return self
        return replace(self, imprint=" ".join(parted(tokens(self.imprint), imprints)))

    def reading(self, seen: ImprintReading) -> ImprintReading:
        """``seen``, or the person's text with full confidence."""
        if self.imprint is None:
            return seen
        quad = ((0.0, 0.0),) * 4
        typed = tuple(ImprintToken(text, 1.0, quad, 0.0) for text in tokens(self.imprint))
        return ImprintReading(tokens=typed, hypotheses=typed)

    def borne_by(self, imprint: Sequence[str]) -> bool:
        """Whether a pill of these tokens bears what was typed, letter by letter; true if nothing
        was.  Who types "4166" for a pill that says 4165 is to be asked, not told."""
        if self.imprint is None:
            return True
        fit = ImprintQuery(self.imprint).fit(imprint)
        return fit is not None and fit[0] is Band.EXACT

    def lacking(self, pill: Appearance) -> tuple[str, ...]:
        """Which of the looks that were typed a pill does not have: of color, shape and size.  What
        is not recorded of it is not lacking."""
        lacks = {
            "color": pill.colors and not set(self.colors) <= set(pill.colors),
            "shape": self.shape and pill.shape and not near_shapes(self.shape, pill.shape),
            "size": self.size_mm
            and pill.size_mm is not None
            and abs(self.size_mm - pill.size_mm) > SIZE_TOLERANCE_MM,
        }
        return tuple(look for look, lacking in lacks.items() if lacking)

    def looks(self, seen: Looks) -> Looks:
        """``seen`` with the person's colours, shape and size put in."""
        if self.colors:
            seen = replace(seen, colors=tuple({color: 1.0} for color in self.colors))
        if self.shape:
            seen = replace(seen, shape={self.shape: 1.0})
        if self.size_mm:
            seen = replace(seen, size_mm=self.size_mm)
        return seen
