"""Which line of a real face holds which token: labels for training from weak ones.

The tables list a pill's tokens without saying where they are.  A reader that has learnt on renders
tells, by the likelihood of each token under each line it finds; the lines it is sure of become a
face bank to train on, and the next round's reader does better.  Where all tokens of a pill have
found their line, what the reader makes of score lines, edges and blank faces is known to be wrong:
such places become lines without a text.  A token is often there twice, as on both halves of a
capsule: each place is a line of it.  Lines marked by eye (`rxmm.training.marked_lines`) are taken
as they are.

    python -m rxmm.training.align --set us --recognizer CKPT --finder CKPT --out runs/us
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import Annotated, Literal

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from rxmm._command import told_in_one_line
from rxmm.catalog.imprint_text import tokens
from rxmm.evaluation.photos import LabelledPhoto
from rxmm.imprint.face import FacePicture, gray, stack
from rxmm.imprint.face_parts import face_parts
from rxmm.imprint.geometry import (
    grow_ribbon,
    quad_ribbon,
    resample_ribbon,
    ribbon_quad,
    upside_down,
)
from rxmm.imprint.lattice import Vocabulary, best_path
from rxmm.imprint.network import LineFinder, Recognizer
from rxmm.imprint.reader import EasyOCRReader, custom_reader
from rxmm.imprint.reading import MAX_OVERLAP, quad_overlap
from rxmm.imprint.regions import FINDER_MARGINS, FinderRegions, turned_squares
from rxmm.results import MAX_FACES
from rxmm.segmentation import faces_of, shared_segmenter
from rxmm.training import marked_lines, photos
from rxmm.training.aligned_pill import AlignedPill
from rxmm.training.face_bank import SIDE, Line, write_bank
from rxmm.training.imprint import RELEASED, begin
from rxmm.training.marked_lines import MarkedLine
from rxmm.training.script import HalfOption, OutOption

SURE = 0.7
"""Log-likelihood per character, relative to the best path, that a token may lack on its line: more
for a reader that is good already, since the token is known to be on the pill."""

LOOSE = 0.8
"""Log-likelihood per character by which a part of the face must say a token better than the
finder's lines do: where in a part its text is, is not known."""

MISTAKES = 2
"""Most lines without a text on a face."""
UNLIKE = 3.0
"""Log-likelihood per character that each token must lack on such a line: what resembles a token may
be its second place, badly read."""
APART = 0.1
"""Most of its area that such a line shares with a line that has a token."""


class Aligner:
    """Assigns a pill's tokens to the lines of its faces.

    Args:
        recognizer, finder: checkpoints of the networks, or `RELEASED`.
        sure: see `SURE`.
    """

    def __init__(self, recognizer: str, finder: str, sure: float = SURE) -> None:
        self._sure = sure
        network, lines = Recognizer().eval(), LineFinder().eval()
        begin(network, recognizer)
        begin(lines, finder)
        self._regions = FinderRegions(lines, "in training")
        self._reader = EasyOCRReader(custom_reader(network), self._regions, "in training")

    @torch.inference_mode()
    def __call__(
        self, pictures: list[FacePicture], imprint: tuple[str, ...], marked: Sequence[Line] = ()
    ) -> tuple[list[Line], bool]:
        """The lines that hold a token, and whether those are all lines and each is close around
        its text; if every token has its line, also some that hold none, with an empty text.

        Args:
            pictures: of the pill's faces.
            imprint: its tokens.
            marked: lines of which it is known already where they are.
        """
        batch = stack(pictures)
        owner, ribbons, close = self._candidates(batch, pictures, marked)
        known = ["".join(tokens(text)) for *_, text in marked]
        # A line may hold several tokens; one that is a token itself holds no other.
        joined = [text for text in known if text not in imprint]
        placed = {token for token in imprint if any(token in text for text in joined)} | {*known}
        missing = sorted({*imprint} - placed)
        if not missing or not len(ribbons):
            return list(marked), not missing
        vocabulary = Vocabulary(sorted({*imprint, *known} - {""}))
        loose = grow_ribbon(ribbons, *FINDER_MARGINS[0])
        pixels = torch.from_numpy(gray(batch))[:, None].float()
        beliefs = self._reader.recognize(pixels, owner, loose)
        fit = vocabulary.log_likelihood(beliefs)
        fit = fit / torch.tensor([len(text) for text in vocabulary.strings])  # per character
        preferred = fit.clamp_min(-20) - LOOSE * (1 - torch.tensor(close).float()[:, None])
        wanted = np.array([vocabulary.strings.index(token) for token in missing])
        lines, found = linear_sum_assignment(preferred.numpy()[:, wanted], maximize=True)
        sure = [
            (n, token)
            for n, token in zip(lines, wanted[found], strict=True)
            if fit[n, token] > -self._sure
        ]
        labelled = list(marked) + [
            (int(owner[line]), ribbons[line].numpy(), vocabulary.strings[token])
            for line, token in sure
        ]
        read = _Read(owner, ribbons, beliefs, fit.amax(dim=1), [line for line, _ in sure])
        for line in read.repeated(vocabulary.strings):
            labelled.append((int(owner[line]), ribbons[line].numpy(), read.texts[line]))
        whole = len(sure) == len(missing)
        if whole:
            labelled += [(int(owner[line]), ribbons[line].numpy(), "") for line in read.mistakes()]
        return labelled, whole and all(close[line] for line, _ in sure)

    def _candidates(
        self, batch: NDArray[np.uint8], pictures: list[FacePicture], marked: Sequence[Line]
    ) -> tuple[Tensor, Tensor, list[bool]]:
        """Lines that the finder sees and, less close, parts of the faces, both ways up; none where
        a line is marked.

        Returns:
            The face of each, their ribbons, and whether they are the finder's.
        """
        owner, ribbons, close = [], [], []
        found = self._regions.lines(batch, [picture.mask for picture in pictures])
        for face, (picture, (lines, several)) in enumerate(zip(pictures, found, strict=True)):
            parts = resample_ribbon(quad_ribbon(face_parts(picture.mask, None)))
            lines = torch.cat([lines, turned_squares(lines), several])
            upright, near = torch.cat([lines, parts]), [True] * len(lines) + [False] * len(parts)
            there = [ribbon for number, ribbon, _ in marked if number == face]
            free = [not _overlaps(ribbon, there) for ribbon in upright]
            upright, near = upright[torch.tensor(free)], list(compress(near, free))
            ribbons += [upright, upside_down(upright)]
            owner += [face] * 2 * len(upright)
            close += 2 * near
        return torch.tensor(owner), torch.cat(ribbons), close


def _overlaps(ribbon: Tensor, others: Sequence[NDArray[np.float32]]) -> bool:
    quad, *quads = ribbon_quad(torch.stack([ribbon, *map(torch.from_numpy, others)])).numpy()
    return any(quad_overlap(quad, other) > MAX_OVERLAP for other in quads)


class _Read:
    """What was read on the lines that have no token yet.

    Args:
        owner: (N,) the face of each line.
        ribbons: (N, C, 2, 2).
        beliefs: folded posteriors (T, 37).
        fit: (N,) log-likelihood per character of the likeliest text that the pill is known to have.
        taken: numbers of the lines that have a token.

    Attributes:
        texts: N texts that the reader would say.
    """

    def __init__(
        self, owner: Tensor, ribbons: Tensor, beliefs: list[Tensor], fit: Tensor, taken: list[int]
    ) -> None:
        self._owner, self._quads = owner.tolist(), ribbon_quad(ribbons).numpy()
        self._fit, self._taken = fit.tolist(), list(taken)
        paths = [best_path(belief) for belief in beliefs]
        self.texts = [text for text, _ in paths]
        sureness = [min(peaks, default=0.0) for _, peaks in paths]
        self._surest_first = sorted(
            (line for line, text in enumerate(self.texts) if text), key=lambda n: -sureness[n]
        )

    def repeated(self, tokens: Sequence[str]) -> Iterator[int]:
        """Lines that say a token once more.  A single character that is there twice may as well be
        a score line or an edge."""
        for line in self._surest_first:
            text = self.texts[line]
            if len(text) > 1 and text in tokens and self._apart(line):
                self._taken.append(line)
                yield line

    def mistakes(self) -> Iterator[int]:
        """Where, on each face, the reader is surest of a text that the pill does not have."""
        count: Counter[int] = Counter()
        for line in self._surest_first:
            face = self._owner[line]
            if self._fit[line] < -UNLIKE and count[face] < MISTAKES and self._apart(line):
                count[face] += 1
                self._taken.append(line)
                yield line

    def _apart(self, line: int) -> bool:
        return all(
            quad_overlap(self._quads[line], self._quads[other]) < APART
            for other in self._taken
            if self._owner[other] == self._owner[line]
        )


def aligned_pills(
    by_pill: Sequence[Sequence[LabelledPhoto]],
    aligner: Aligner,
    marks: Mapping[str, Sequence[MarkedLine]],
) -> Iterator[AlignedPill]:
    """The lines of all pills of which at most `MAX_FACES` faces are found.

    Args:
        marks: by the name of the photograph, lines marked by eye.
    """
    for several in track(by_pill, description="Aligning"):
        seen = [
            (face, marks.get(photo.path.name, ()))
            for photo in several
            for face in faces_of([photo.path], shared_segmenter())
        ]
        if not 0 < len(seen) <= MAX_FACES:
            continue
        pictures = [FacePicture.of(face, SIDE) for face, _ in seen]
        marked = [
            (number, line.ribbon(face, picture.scale).numpy(), line.text)
            for number, ((face, there), picture) in enumerate(zip(seen, pictures, strict=True))
            for line in there
            if line.on(face)
        ]
        lines, whole = aligner(pictures, several[0].label.imprint, marked)
        faces = [face for face, _ in seen]
        yield AlignedPill(several[0].path.name, faces, pictures, lines, whole)


NetworkOption = Annotated[str, typer.Option(metavar="CKPT", help="A checkpoint of it.")]


def main(
    which: Annotated[Literal["us", "tw"], typer.Option("--set", help="Which photographs.")],
    out: OutOption,
    recognizer: NetworkOption = RELEASED,
    finder: NetworkOption = RELEASED,
    sure: Annotated[float, typer.Option(help="What a token may lack on its line.")] = SURE,
    laid: Annotated[
        int | None,
        typer.Option(
            min=1, help="So many photographs by phone of each face, see rxmm.render.laid."
        ),
    ] = None,
    half: HalfOption = None,
) -> None:
    """Align one set and write the bank."""
    listed = photos.us_reference() if which == "us" else photos.tw_photos()
    by_pill = photos.by_pill(photos.of_half(listed, half))
    pills = aligned_pills(by_pill, Aligner(recognizer, finder, sure), marked_lines.released(which))
    if laid:
        pills = chain.from_iterable(pill.laid(laid) for pill in pills)
    kept: list[FacePicture] = []
    labelled: list[Line] = []
    complete: list[bool] = []
    for pill in pills:
        labelled += [(len(kept) + face, ribbon, text) for face, ribbon, text in pill.lines]
        complete += [pill.whole] * len(pill.pictures)
        kept += pill.pictures
    write_bank(out, kept, labelled, np.array(complete))
    print(
        f"{len(kept)} faces, {sum(complete)} with every token placed, {len(labelled)} lines, "
        f"{sum(not text for *_, text in labelled)} of them without a text"
    )


if __name__ == "__main__":
    with told_in_one_line("align"):
        typer.run(main)
