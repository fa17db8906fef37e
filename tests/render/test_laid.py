"""Faces of laboratory photographs as by phone."""

from pathlib import Path

import numpy as np
import pytest

from rxmm.evaluation.set_names import SetName
from rxmm.evaluation.sets import SETS
from rxmm.photo import read_photo
from rxmm.render.laid import FAR, NEAR, Distance, laid_photos
from rxmm.segmentation import PillSegmenter
from rxmm.segmentation.cutting import cut_outs_on_black

COUNT = 6


@pytest.mark.parametrize(("name", "distance"), [("us-laid", NEAR), ("us-far", FAR)])
def test_they_are_the_pills_of_the_reference_set_on_other_grounds(
    real_data: Path, name: SetName, distance: Distance
) -> None:
    laid = SETS[name].queries("validation", COUNT)
    reference = SETS["us-reference"].queries("validation", COUNT)
    assert [(q.id, q.group, q.label, q.faces) for q in laid] == [
        (q.id, q.group, q.label, q.faces) for q in reference
    ]
    segmenter, found = PillSegmenter(), 0
    for query in laid:
        for source in query.photos():
            photo = read_photo(source)
            assert photo.shape == (distance.side, distance.side, 3)
            assert not cut_outs_on_black(photo)
            found += len(segmenter(photo)) == 1
    assert found >= 2 * COUNT - 1


def test_a_photograph_is_always_the_same(real_data: Path) -> None:
    query, other = SETS["us-laid"].queries("validation", 2)
    first, second = query.photos()
    assert (np.asarray(first) == np.asarray(query.photos()[0])).all()
    assert not np.array_equal(first, second) and not np.array_equal(first, other.photos()[0])


def test_a_third_photograph_lies_on_a_ground_of_its_own(real_data: Path) -> None:
    (query,) = SETS["us-reference"].queries("validation", 1)
    front, back = query.photos()
    pictures = laid_photos(lambda: (front, back, front), "twice")()
    assert len(pictures) == 3 and not np.array_equal(pictures[0], pictures[2])
