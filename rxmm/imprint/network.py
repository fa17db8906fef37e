"""The two networks of the imprint stage: one finds lines of text, one reads them.

Plain modules without training code; `rxmm.training.imprint` trains them.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

import rxmm._torchvision  # noqa: F401

from torchvision.ops import SqueezeExcitation  # isort: skip

from rxmm.catalog.imprint_text import IMPRINT_CHARACTERS
from rxmm.models.unet import UNet

CHARACTERS = IMPRINT_CHARACTERS + "-./&+*"
"""What the recogniser tells apart, after CTC's blank; ``*`` is a company's sign."""

LOGO = "*"

STRIP_HEIGHT = 48
"""Pixels of a line's height when it is read."""

STRIP_SIGMA = STRIP_HEIGHT / 2.5
FACE_SIGMA = 16.0
"""Widths of the blur that estimates the shading, see `rxmm.shading`, in pixels of a strip and of a
face picture."""

_WIDTH, _HEADS = 120, 8
"""Numbers that describe a column of the line, and heads that compare columns."""


class Recognizer(nn.Module):
    """Reads a line: depthwise convolutions, two SVTR blocks over its columns, CTC classes.

    The architecture of PP-OCRv6's small recogniser (3 million parameters), so that training can
    start from its weights, but with a column for every 4 pixels instead of every 8: an imprint
    may be a single narrow character.  EasyOCR runs it as a custom network.

    Args:
        num_class: number of classes, CTC's blank among them.
    """

    def __init__(self, num_class: int = len(CHARACTERS) + 1) -> None:
        super().__init__()
        self.stem = _Stem()
        self.backbone = nn.Sequential(
            _Block(96, gated=True), _Block(96), _Block(96),
            _Block(96, 192),
            _Block(192, gated=True), _Block(192),
            _Block(192, gated=True), _Block(192),
            _Block(192, gated=True), _Block(192),
            _Block(192, 384),
            _Block(384, gated=True), _Block(384),
        )  # fmt: skip
        self.shortcut = _conv(384, _WIDTH)
        self.reduce = _conv(384, _WIDTH)
        self.local = _conv(_WIDTH, _WIDTH, across=7)
        self.mixing = nn.Sequential(_MixingBlock(), _MixingBlock())
        self.norm = nn.LayerNorm(_WIDTH, eps=1e-6)
        self.prediction = nn.Linear(_WIDTH, num_class)
        # On a CPU much faster; torch's overloads do not name it.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, strips: Tensor, text: Tensor | None = None) -> Tensor:
        """Strips (N, 1, 48, W) in [-1, 1] to logits (N, ceil(W / 4), classes).

        ``text`` is unused: EasyOCR passes it to every recogniser.
        """
        maps = self.backbone(self.stem(strips.expand(-1, 3, -1, -1)))
        maps = maps.mean(dim=2, keepdim=True)  # (N, C, 1, T)
        reduced = self.reduce(maps)
        columns = (reduced + self.local(reduced))[:, :, 0].transpose(1, 2)  # (N, T, C)
        mixed = self.norm(self.mixing(columns))
        logits: Tensor = self.prediction(mixed + self.shortcut(maps)[:, :, 0].transpose(1, 2))
        return logits


class _Stem(nn.Module):
    """A quarter of the height and width, 96 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.halve = nn.Conv2d(3, 48, 3, stride=2, padding=1)
        self.narrow, self.widen = nn.Conv2d(48, 24, 2), nn.Conv2d(24, 48, 2)
        self.quarter = nn.Conv2d(96, 48, 3, stride=2, padding=1)
        self.expand = nn.Conv2d(48, 96, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        halved = self.halve(pictures).relu()
        detail = self.widen(_padded(self.narrow(_padded(halved)).relu())).relu()
        strongest = functional.max_pool2d(_padded(halved), 2, stride=1)
        both = torch.cat([strongest, detail], dim=1)
        expanded: Tensor = self.expand(self.quarter(both).relu()).relu()
        return expanded


def _padded(maps: Tensor) -> Tensor:
    return functional.pad(maps, (0, 1, 0, 1))


class _Block(nn.Module):
    """Looks around within each channel, then mixes the channels; with other ``outputs`` it halves
    the height."""

    def __init__(self, inputs: int, outputs: int | None = None, *, gated: bool = False) -> None:
        super().__init__()
        stride = (1, 1) if outputs is None else (2, 1)
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs)
        self.gate = (
            SqueezeExcitation(inputs, inputs // 4, scale_activation=nn.Hardsigmoid)
            if gated
            else nn.Identity()
        )
        self.expand = nn.Conv2d(inputs, 2 * inputs, 1)
        self.project = nn.Conv2d(2 * inputs, outputs or inputs, 1)
        self._residual = outputs is None

    def forward(self, maps: Tensor) -> Tensor:
        around = self.gate(self.depthwise(maps))
        mixed: Tensor = self.project(functional.gelu(self.expand(around)))
        return around + mixed if self._residual else mixed


class _MixingBlock(nn.Module):
    """Compares each column with all others: a transformer's block, normalised before each half.

    As timm has it, which only the fusion needs, and which takes long to import.
    """

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(_WIDTH, eps=1e-6)
        self.attn = _Attention()
        self.norm2 = nn.LayerNorm(_WIDTH, eps=1e-6)
        self.mlp = nn.Sequential(
            OrderedDict(
                fc1=nn.Linear(_WIDTH, 2 * _WIDTH), act=nn.SiLU(), fc2=nn.Linear(2 * _WIDTH, _WIDTH)
            )
        )

    def forward(self, columns: Tensor) -> Tensor:
        columns = columns + self.attn(self.norm1(columns))
        mixed: Tensor = columns + self.mlp(self.norm2(columns))
        return mixed


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(_WIDTH, 3 * _WIDTH)
        self.proj = nn.Linear(_WIDTH, _WIDTH)

    def forward(self, columns: Tensor) -> Tensor:
        """(N, T, `_WIDTH`) to the same."""
        query, key, value = self.qkv(columns).unflatten(2, (3, _HEADS, -1)).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.proj(seen.transpose(1, 2).flatten(2))
        return mixed


def _conv(inputs: int, outputs: int, across: int = 1) -> nn.Sequential:
    """A convolution along the line, normalised; of each channel alone if it looks around."""
    groups = 1 if across == 1 else outputs
    convolution = nn.Conv2d(
        inputs, outputs, (1, across), padding=(0, across // 2), groups=groups, bias=False
    )
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.SiLU())


class LineFinder(UNet):
    """Finds lines of imprint on a face: where their cores are, which way they run, how high.

    On (N, 1, H, W) in [-1, 1] its maps are: core logit, cosine and sine of the reading direction (y
    down), log of the line's height as a fraction of `FacePicture.of`'s side.
    """

    def __init__(self) -> None:
        super().__init__(inputs=1, outputs=4, width=32)
