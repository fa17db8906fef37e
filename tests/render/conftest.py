"""Pills to draw, made by hand so that these tests need no catalogue."""

from collections.abc import Iterator

import pytest
import torch

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.results import Appearance


def pill(*imprint: str, **facts: object) -> Appearance:
    """An appearance with that imprint: a white round debossed tablet unless told otherwise."""
    usual = {"colors": (Color.WHITE,), "shape": Shape.ROUND, "score": 1, "imprint_type": "DEBOSSED"}
    return Appearance("test", imprint, **(usual | facts))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """These pictures are small: threads cost more than they give, and sums keep their order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def tablet() -> Appearance:
    return pill("TEVA", "2216")


@pytest.fixture
def capsule() -> Appearance:
    return pill(
        "MYLAN",
        "3422",
        shape=Shape.CAPSULE,
        colors=(Color.GRAY, Color.ORANGE),
        imprint_type="PRINTED",
        imprint_color=Color.BLACK,
    )
