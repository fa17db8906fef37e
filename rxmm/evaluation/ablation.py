"""What each part of the imprint stage is worth: one thing changed at a time, all else the default.

    python -m rxmm.evaluation.ablation --set us-reference --limit 60 --output runs/ablation.md

Every photo is segmented and its looks described once; each way of reading reads the same faces
once; the rankings share the default reading.  Colour and shape are used by all.
Needs the ``offline`` extra for CRAFT and EasyOCR's English recogniser.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor

from rxmm._command import told_in_one_line
from rxmm.catalog.imprint_text import appearance_key
from rxmm.catalog.matching import Matcher
from rxmm.catalog.rows import Floats
from rxmm.catalog.table import Catalog
from rxmm.evaluation.query import Query
from rxmm.evaluation.ranks import rank_of, table
from rxmm.evaluation.script import (
    LabelledPills,
    LimitOption,
    OutputOption,
    SetOption,
    SplitOption,
)
from rxmm.imprint.craft import CraftRegions
from rxmm.imprint.face_parts import face_parts
from rxmm.imprint.geometry import quad_ribbon, resample_ribbon, turn
from rxmm.imprint.network import Recognizer
from rxmm.imprint.reader import EasyOCRReader, ImprintReader, custom_reader
from rxmm.imprint.regions import FinderRegions, Regions
from rxmm.looks import describe
from rxmm.results import ImprintReading, Looks
from rxmm.segmentation import PillSegmenter, Segmenter, faces_of

DIRECTIONS = (1, 4, 8, 12)

Ranking = Callable[[Sequence[ImprintReading], Sequence[Looks]], Floats]
"""Readings and looks of all faces to the score of every appearance, (N,)."""


class Setting(NamedTuple):
    """One row of the table, in the words that stand in it."""

    finder: str = "ours"
    directions: str = "as found"
    recogniser: str = "renders + real"
    ranking: str = "both"


DEFAULT = Setting()

CAPTION = f"""\
Bold: what differs from the default, the first row. Interval: bootstrap 95% over groups. A pill that
was not found is a miss in every row; colour and shape count in every row.

- **Finder** ours and CRAFT: the lines it finds, and the parts of the face (the whole and its four
  halves) along the longest of them. None: the parts of the face alone. Faces are scaled for CRAFT
  to `side` {CraftRegions.side}, otherwise {FinderRegions.side}, and the lines are cut from them.
- **Directions**, without a finder: a round face is read at that many angles, evenly over the circle
  from upright. An elongated face is read along its long axis: in 1 direction one way, that nearer
  to upright; from 4 directions on its parts are read from all four sides, and more change nothing.
- **Recogniser**: EasyOCR English as EasyOCR distributes it; renders only: ours before it saw a real
  face; renders + real: the released one.
- **Ranking**: best string: the likeliest text of every line, by edit distance (rapidfuzz). Lattice:
  the likelihood of every token under what the recogniser believes. Both: their weighted sum.
"""


class PartsInDirections:
    """No finder: the parts of a face, read in some of `DIRECTIONS`; see `CAPTION`."""

    side = FinderRegions.side

    def __init__(self, directions: int) -> None:
        """Args:
        directions: one of `DIRECTIONS`.
        """
        self._directions = directions

    def __call__(
        self, faces: NDArray[np.uint8], masks: Sequence[NDArray[np.bool_]]
    ) -> list[Tensor]:
        return [resample_ribbon(self._lines(mask)) for mask in masks]

    def _lines(self, mask: NDArray[np.bool_]) -> Tensor:
        upright = quad_ribbon(face_parts(mask, 0.0))
        if self._directions == 1:
            return upright
        if torch.equal(face_parts(mask, 0.0), face_parts(mask, 90.0)):  # its own axis decides
            return torch.cat([turn(upright, quarters) for quarters in range(4)])
        half_circle = np.arange(self._directions // 2) * (360.0 / self._directions)
        parts = torch.cat([face_parts(mask, angle) for angle in half_circle.tolist()])
        return torch.cat([quad_ribbon(parts), turn(quad_ribbon(parts), 2)])


def readers(renders_only: Path | None) -> dict[Setting, ImprintReader]:
    """Every way of reading that the table compares, the default first.

    Args:
        renders_only: checkpoint of a recogniser that saw no real face; None leaves it out.

    Raises:
        WeightsError: weights are missing; those of EasyOCR come with the ``offline`` extra.
        InputError: the checkpoint cannot be used.
    """
    ours, english = EasyOCRReader.released(), EasyOCRReader.english()
    found: dict[Setting, ImprintReader] = {
        DEFAULT: ours,
        Setting(finder="CRAFT"): _at(english.regions, ours),
    }
    for count in DIRECTIONS:
        found[Setting(finder="none", directions=str(count))] = _at(PartsInDirections(count), ours)
    found[Setting(recogniser="EasyOCR English")] = _at(ours.regions, english)
    if renders_only:
        recognizer = custom_reader(_from_checkpoint(renders_only))
        read = EasyOCRReader(recognizer, ours.regions, str(renders_only))
        found[Setting(recogniser="renders only")] = read
    return found


def _at(regions: Regions, reader: EasyOCRReader) -> EasyOCRReader:
    """The reader's recogniser over other regions."""
    reader = copy.copy(reader)
    reader.regions = regions
    return reader


def _from_checkpoint(path: Path) -> Recognizer:
    from rxmm.training.checkpoints import load_network  # Lightning: only where it is asked for

    recognizer = Recognizer()
    load_network(recognizer, path)
    return recognizer


def rankings(match: Matcher) -> dict[str, Ranking]:
    """The rankings that the table compares, by name; ``both`` is what `rxmm.Identifier` does."""
    return {
        DEFAULT.ranking: lambda readings, looks: match(readings, looks).score,
        "best string, rapidfuzz": lambda read, looks: match.by_texts(read) + match.by_looks(looks),
        "lattice": lambda read, looks: match.by_beliefs(read) + match.by_looks(looks),
    }


class Ablation:
    """The rank of every query's true appearance under every setting.

    Attributes:
        ranks: by setting, one per query asked; None where it is not among the first candidates.
    """

    def __init__(
        self, catalog: Catalog, segmenter: Segmenter, reading: Mapping[Setting, ImprintReader]
    ) -> None:
        self._segmenter = segmenter
        self._readers = dict(reading)
        self._rankings = rankings(Matcher(catalog))
        self._keys = catalog.imprint_keys
        others = [name for name in self._rankings if name != DEFAULT.ranking]
        settings = [*self._readers, *(Setting(ranking=name) for name in others)]
        self.ranks: dict[Setting, list[int | None]] = {setting: [] for setting in settings}

    def ask(self, query: Query) -> None:
        """Find the faces once, read them in every way, rank, and note the ranks."""
        truth = appearance_key(query.label.imprint)
        faces = faces_of(query.photos(), self._segmenter)
        if not faces:
            for ranks in self.ranks.values():
                ranks.append(None)
            return
        looks = [describe(face) for face in faces]
        readings = {setting: read(faces) for setting, read in self._readers.items()}
        for setting, ranks in self.ranks.items():
            read = readings[setting._replace(ranking=DEFAULT.ranking)]
            scores = self._rankings[setting.ranking](read, looks)
            ranks.append(rank_of(truth, scores, self._keys))


def to_markdown(ranks: Mapping[Setting, Sequence[int | None]], groups: Sequence[str]) -> str:
    """The table with its caption; ``groups`` names the group of each query."""
    lines = {
        tuple(
            value if value == usual else f"**{value}**"
            for value, usual in zip(setting, DEFAULT, strict=True)
        ): found
        for setting, found in ranks.items()
    }
    return "\n".join([table(Setting._fields, lines, groups), "", CAPTION])


def main(
    set_name: SetOption = "us-reference",
    split: SplitOption = "validation",
    limit: LimitOption = None,
    output: OutputOption = None,
    renders_only: Annotated[Path | None, typer.Option(help="Recogniser's checkpoint.")] = None,
) -> None:
    """Print the table of one set."""
    pills = LabelledPills.of(set_name, split, limit)
    ablation = Ablation(pills.catalog, PillSegmenter(), readers(renders_only))
    for query in pills:
        ablation.ask(query)
    pills.publish(to_markdown(ablation.ranks, pills.groups), output)


if __name__ == "__main__":
    with told_in_one_line("ablation"):
        typer.run(main)
