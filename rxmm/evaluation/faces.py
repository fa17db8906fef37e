"""How well faces are found and described, on the real photographs.

    RXMM_REAL_DATA=… python -m rxmm.evaluation.faces --limit 300

Per set: the share of photographs with the right number of faces, then of those faces the accuracy
of the likeliest colours, shape and score, and of the size where a ruler gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import typer

from rxmm._command import told_in_one_line
from rxmm.catalog.vocabulary import near_shapes
from rxmm.comparison import likely_shape
from rxmm.errors import InputError, NoPillFoundError
from rxmm.evaluation import photos
from rxmm.evaluation.photos import Label, LabelledPhoto
from rxmm.evaluation.script import OutputOption, publish
from rxmm.looks import describe
from rxmm.photo import read_photo
from rxmm.results import Looks
from rxmm.segmentation import PillSegmenter
from rxmm.splits import is_validation


@dataclass(slots=True)
class Tally:
    """Of one set: photographs with the right number of faces, and hits per kind of look."""

    name: str
    photographs: int = 0
    right_number: int = 0
    hits: dict[str, list[bool]] = field(default_factory=dict)

    def note(self, looks: Looks, label: Label) -> None:
        """Count what was right about one face."""
        seen = {max(part, key=lambda color: part[color]) for part in looks.colors}
        shape = likely_shape(looks)
        facts: dict[str, bool] = {}
        if label.colors:
            facts["colour, any"] = bool(seen & set(label.colors))
            facts["colours, exact"] = seen == set(label.colors)
        if label.shape is not None:
            facts["shape"] = shape is label.shape
            facts["shape, capsule = oval"] = near_shapes(shape, label.shape)
        if label.score is not None:
            facts["score"] = max(looks.score, key=lambda n: looks.score[n]) == label.score
        if label.size_mm is not None and looks.size_mm is not None:
            facts["size within 10%"] = abs(looks.size_mm / label.size_mm - 1) < 0.1
        for kind, right in facts.items():
            self.hits.setdefault(kind, []).append(right)

    def __str__(self) -> str:
        share = self.right_number / self.photographs
        lines = [f"{self.name}: right number of faces {share:.3f} (n={self.photographs})"]
        for kind, hits in self.hits.items():
            lines.append(f"  {kind}: {np.mean(hits):.3f} (n={len(hits)} faces)")
        return "\n".join(lines)


def measure(name: str, listed: Sequence[LabelledPhoto], faces: int, limit: int) -> Tally:
    """Find and describe the faces of up to ``limit`` photographs, evenly picked.

    Raises:
        InputError: there is none.
    """
    if not listed:
        raise InputError(f"The set {name} holds no labelled photograph to measure.")
    segmenter, tally = PillSegmenter(), Tally(name)
    for photo in listed[:: max(1, len(listed) // limit)][:limit]:
        tally.photographs += 1
        try:
            found = segmenter(read_photo(photo.path))
        except NoPillFoundError:
            continue
        if len(found) == faces:
            tally.right_number += 1
            for face in found:
                tally.note(describe(face), photo.label)
    return tally


def main(
    limit: Annotated[int, typer.Option(min=1, help="Photographs per set.")] = 300,
    output: OutputOption = None,
) -> None:
    """Print the figures of all sets; of those that are trained on, only the validation part."""
    folder = photos.real_data_folder()
    tallies = []
    for name, listed, faces in (
        ("us/reference", photos.us_reference(folder), 1),
        ("us/consumer", photos.us_consumer(folder), 1),
        ("tw/photos", photos.tw_photos(folder), 2),
    ):
        held_back = [photo for photo in listed if is_validation(photo.group)]
        # No consumer photograph is ever trained on: all of them measure.
        chosen = listed if name == "us/consumer" else held_back
        tallies.append(str(measure(name, chosen, faces, limit)))
    publish("\n".join(tallies), output)


if __name__ == "__main__":
    with told_in_one_line("faces"):
        typer.run(main)
