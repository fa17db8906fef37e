"""Stages are timed in the order they ran."""

import time

import pytest

from rxmm.stopwatch import Stopwatch


def test_stages_and_the_whole() -> None:
    watch = Stopwatch()
    with watch("second thought"):
        time.sleep(0.01)
    with pytest.raises(KeyError), watch("failed"):
        raise KeyError
    timings = watch.timings_ms()
    assert list(timings) == ["second thought", "total"]
    assert timings["total"] >= timings["second thought"] >= 10
