"""The two networks of the imprint stage: one finds lines of text, one reads them.

Plain modules without training code; `rxmm.training.imprint` trains them.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./&+*"
"""What the recogniser tells apart, after CTC's blank; ``*`` is a company's sign."""

LOGO = "*"


class Recognizer(nn.Module):
    """Reads a line: convolutions, two bidirectional LSTMs, CTC classes.

    The architecture of EasyOCR's second-generation recognisers (3.8 million parameters), so that
    training can start from their weights and EasyOCR can run the result.  Features are averaged
    over the height: any strip height from 32 works.
    """

    def __init__(
        self,
        input_channel: int = 1,
        output_channel: int = 256,
        hidden_size: int = 256,
        num_class: int = len(CHARACTERS) + 1,
    ) -> None:
        super().__init__()
        c1, c2, c3, c4 = (output_channel // k for k in (8, 4, 2, 1))
        self.features = nn.Sequential(
            nn.Conv2d(input_channel, c1, 3, 1, 1), nn.ReLU(),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(c1, c2, 3, 1, 1), nn.ReLU(),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(c2, c3, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(c3, c3, 3, 1, 1), nn.ReLU(),
            nn.MaxPool2d((2, 1), (2, 1)),
            nn.Conv2d(c3, c4, 3, 1, 1, bias=False), nn.BatchNorm2d(c4), nn.ReLU(),
            nn.Conv2d(c4, c4, 3, 1, 1, bias=False), nn.BatchNorm2d(c4), nn.ReLU(),
            nn.MaxPool2d((2, 1), (2, 1)),
            nn.Conv2d(c4, c4, 2, 1, 0), nn.ReLU(),
        )  # fmt: skip
        self.sequence = nn.Sequential(
            _BidirectionalLSTM(c4, hidden_size, hidden_size),
            _BidirectionalLSTM(hidden_size, hidden_size, hidden_size),
        )
        self.prediction = nn.Linear(hidden_size, num_class)

    def forward(self, strips: Tensor, text: Tensor | None = None) -> Tensor:
        """Strips (N, 1, H, W) in [-1, 1] to logits (N, about W / 4, classes).

        ``text`` is unused: EasyOCR passes it to every recogniser.
        """
        columns = self.features(strips).mean(dim=2)  # (N, C, T)
        logits: Tensor = self.prediction(self.sequence(columns.transpose(1, 2)))
        return logits


class _BidirectionalLSTM(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size, bidirectional=True, batch_first=True)
        self.linear = nn.Linear(hidden_size * 2, output_size)

    def forward(self, steps: Tensor) -> Tensor:
        """(N, T, input_size) to (N, T, output_size)."""
        hidden, _ = self.rnn(steps)
        output: Tensor = self.linear(hidden)
        return output


class LineFinder(nn.Module):
    """Finds lines of imprint on a face: where their cores are, which way they run, how high.

    A small U-Net on (N, 1, H, W) in [-1, 1], H and W multiples of 32; its maps have half the
    resolution: core logit, cosine and sine of the reading direction (y down), log of the line's
    height as a fraction of the face's longer side.
    """

    STRIDE = 2

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        sizes = [width, width * 2, width * 3, width * 4, width * 5]
        self.stem = _double(1, sizes[0], stride=2)
        self.down = nn.ModuleList(
            _double(fine, coarse, stride=2) for fine, coarse in pairwise(sizes)
        )
        self.up = nn.ModuleList(
            _double(coarse + fine, fine, stride=1) for fine, coarse in pairwise(sizes)
        )
        self.head = nn.Conv2d(sizes[0], 4, 1)

    def forward(self, faces: Tensor) -> Tensor:
        """(N, 4, H / 2, W / 2): core logit, cosine, sine, log height."""
        levels = [self.stem(faces)]
        for down in self.down:
            levels.append(down(levels[-1]))
        maps = levels.pop()
        for up in reversed(list(self.up)):
            fine = levels.pop()
            maps = functional.interpolate(maps, size=fine.shape[2:], mode="nearest")
            maps = up(torch.cat([maps, fine], dim=1))
        out: Tensor = self.head(maps)
        return out


def _double(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
    )  # fmt: skip
