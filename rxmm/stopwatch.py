"""How long each stage takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Wall time of named stages and of the whole, in milliseconds."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time what runs inside a ``with``."""
        begun = time.perf_counter()
        yield
        self._stages[stage] = (time.perf_counter() - begun) * 1000

    def timings_ms(self) -> dict[str, float]:
        """By stage in the order they ran, and ``total`` since the watch was made."""
        total = (time.perf_counter() - self._begun) * 1000
        return {name: round(ms, 2) for name, ms in (self._stages | {"total": total}).items()}
