"""Which line of a real face holds which token: labels for training from weak ones.

The tables list a pill's tokens without saying where they are.  A reader that has learnt on renders
tells, by the likelihood of each token under each line it finds; the lines it is sure of become a
face bank to train on, and the next round's reader does better.  Where all tokens of a pill have
found their line, what the reader makes of score lines, edges and blank faces is known to be wrong:
such places become lines without a text.

    python -m rxmm.training.align --set us --recognizer CKPT --finder CKPT --out runs/us
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from rxmm._command import told_in_one_line
from rxmm.imprint.face import FacePicture, gray, stack
from rxmm.imprint.geometry import grow_ribbon, quad_ribbon, resample_ribbon, ribbon_quad
from rxmm.imprint.lattice import Vocabulary, best_path
from rxmm.imprint.lines import ribbons_from_maps
from rxmm.imprint.network import LineFinder, Recognizer
from rxmm.imprint.reader import EasyOCRReader, custom_reader
from rxmm.imprint.reading import quad_overlap
from rxmm.imprint.regions import (
    FINDER_MARGINS,
    FinderRegions,
    face_parts,
    turned_squares,
    upside_down,
)
from rxmm.results import MAX_FACES
from rxmm.segmentation import PillSegmenter, faces_of
from rxmm.splits import HALVES
from rxmm.training import photos
from rxmm.training.face_bank import SIDE, Line, write_bank
from rxmm.training.imprint import load_network

SURE = 0.7
"""Log-likelihood per character, relative to the best path, that a token may lack on its line: more
for a reader that is good already, since the token is known to be on the pill."""

MISTAKES = 2
"""Most lines without a text on a face."""
APART = 0.1
"""Most of its area that such a line shares with a line that has a token."""


class Aligner:
    """Assigns a pill's tokens to the lines of its faces.

    Args:
        recognizer, finder: checkpoints of the networks.
        sure: see `SURE`.
    """

    def __init__(self, recognizer: Path, finder: Path, sure: float = SURE) -> None:
        self._sure = sure
        network, lines = Recognizer().eval(), LineFinder().eval()
        load_network(network, recognizer)
        load_network(lines, finder)
        self._regions = FinderRegions(lines, "in training")
        self._reader = EasyOCRReader(custom_reader(network), self._regions, "in training")

    @torch.inference_mode()
    def __call__(
        self, pictures: list[FacePicture], tokens: tuple[str, ...]
    ) -> tuple[list[Line], bool]:
        """The lines that hold a token, and whether those are all lines and each is close around
        its text; if every token has its line, also some that hold none, with an empty text."""
        batch = stack(pictures)
        owner, ribbons, close = self._candidates(batch, pictures)
        vocabulary = Vocabulary(sorted(set(tokens)))
        loose = grow_ribbon(ribbons, *FINDER_MARGINS[0])
        pixels = torch.from_numpy(gray(batch))[:, None].float()
        beliefs = self._reader.recognize(pixels, owner, loose)
        fit = vocabulary.log_likelihood(beliefs)
        fit = fit / torch.tensor([len(text) for text in vocabulary.strings])  # per character
        lines, found = linear_sum_assignment(fit.clamp_min(-20).numpy(), maximize=True)
        sure = [
            (n, token) for n, token in zip(lines, found, strict=True) if fit[n, token] > -self._sure
        ]
        labelled = [
            (int(owner[line]), ribbons[line].numpy(), vocabulary.strings[token])
            for line, token in sure
        ]
        # A token that is on the pill twice is placed once: the other place stays unlabelled.
        whole = len(sure) == len(tokens)
        if whole:
            labelled += _mistakes(owner, ribbons, beliefs, [line for line, _ in sure])
        return labelled, whole and all(close[line] for line, _ in sure)

    def _candidates(
        self, batch: NDArray[np.uint8], pictures: list[FacePicture]
    ) -> tuple[Tensor, Tensor, list[bool]]:
        """Lines that the finder sees and, less close, parts of the faces, both ways up.

        Returns:
            The face of each, their ribbons, and whether they are the finder's.
        """
        maps = self._regions.maps(batch)
        owner, ribbons, close = [], [], []
        for face, picture in enumerate(pictures):
            lines = ribbons_from_maps(maps[face], LineFinder.STRIDE, SIDE)
            parts = resample_ribbon(quad_ribbon(face_parts(picture.mask, None)))
            lines = torch.cat([lines, turned_squares(lines)])
            upright = torch.cat([lines, parts])
            ribbons += [upright, upside_down(upright)]
            owner += [face] * 2 * len(upright)
            close += 2 * ([True] * len(lines) + [False] * len(parts))
        return torch.tensor(owner), torch.cat(ribbons), close


def _mistakes(
    owner: Tensor, ribbons: Tensor, beliefs: list[Tensor], placed: list[int]
) -> list[Line]:
    """Where the reader is surest of a text, on each face, away from the lines that hold one."""
    quads = ribbon_quad(ribbons).numpy()
    sureness = [min(best_path(belief)[1], default=0.0) for belief in beliefs]
    mistakes: list[Line] = []
    for face in sorted(set(owner.tolist())):
        taken = [line for line in placed if owner[line] == face]
        most = len(taken) + MISTAKES
        read = [line for line in (owner == face).nonzero()[:, 0].tolist() if sureness[line] > 0]
        for line in sorted(read, key=lambda line: -sureness[line]):
            apart = all(quad_overlap(quads[line], quads[other]) < APART for other in taken)
            if apart and len(taken) < most:
                mistakes.append((face, ribbons[line].numpy(), ""))
                taken.append(line)
    return mistakes


def main() -> None:
    """Align one set and write the bank."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=("us", "tw"), required=True)
    parser.add_argument("--recognizer", type=Path, required=True)
    parser.add_argument("--finder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sure", type=float, default=SURE, help="what a token may lack")
    parser.add_argument("--half", choices=HALVES, help="only pills of this half, see rxmm.splits")
    arguments = parser.parse_args()
    listed = photos.us_reference() if arguments.set == "us" else photos.tw_photos()
    aligner, segmenter = (
        Aligner(arguments.recognizer, arguments.finder, arguments.sure),
        PillSegmenter(),
    )
    kept: list[FacePicture] = []
    labelled: list[Line] = []
    complete: list[bool] = []
    for several in track(
        photos.by_pill(photos.of_half(listed, arguments.half)), description="Aligning"
    ):
        faces = faces_of([photo.path for photo in several], segmenter)
        if not 0 < len(faces) <= MAX_FACES:
            continue
        pictures = [FacePicture.of(face, SIDE) for face in faces]
        lines, whole = aligner(pictures, several[0].label.imprint)
        labelled += [(len(kept) + face, ribbon, text) for face, ribbon, text in lines]
        complete += [whole] * len(pictures)
        kept += pictures
    write_bank(arguments.out, kept, labelled, np.array(complete))
    print(
        f"{len(kept)} faces, {sum(complete)} with every token placed, {len(labelled)} lines, "
        f"{sum(not text for *_, text in labelled)} of them without a text"
    )


if __name__ == "__main__":
    with told_in_one_line("align"):
        main()
