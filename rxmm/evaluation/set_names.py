"""Names of the labelled query sets, and of their parts: without what it takes to open one."""

from __future__ import annotations

from typing import Literal

SetName = Literal[
    "us-reference",
    "us-laid",
    "us-far",
    "us-laid-face",
    "us-consumer",
    "tw-photos",
    "rendered",
    "rendered-single",
    "rendered-turned",
]
Split = Literal["validation", "tuning", "all"]
