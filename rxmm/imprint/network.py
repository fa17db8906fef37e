"""The two networks of the imprint stage: one finds lines of text, one reads them.

Plain modules without training code; `rxmm.training.imprint` trains them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rxmm.models.unet import UNet

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
        # On a CPU faster by a third; torch's overloads do not name it.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

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


class LineFinder(UNet):
    """Finds lines of imprint on a face: where their cores are, which way they run, how high.

    On (N, 1, H, W) in [-1, 1] its maps are: core logit, cosine and sine of the reading direction (y
    down), log of the line's height as a fraction of `FacePicture.of`'s side.
    """

    def __init__(self) -> None:
        super().__init__(inputs=1, outputs=4, width=32)
