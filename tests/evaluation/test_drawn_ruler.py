"""A drawn ruler is read as what it was drawn as, and leaves the photograph as it is."""

import numpy as np
import pytest

from rxmm.evaluation.drawn_ruler import SHOWN_MM, beside_ruler
from rxmm.segmentation.ruler import find_ruler
from tests.drawn import BLUE, lay, table


@pytest.mark.parametrize("degrees", [0, 8, -20, 45])
@pytest.mark.parametrize("pixels_per_mm", [6.0, 11.0, 25.0])
def test_its_scale_is_read(degrees: int, pixels_per_mm: float) -> None:
    photo = table(224, 224, (150, 150, 140))
    lay(photo, (112, 112), (120, 60), BLUE)
    ruled = beside_ruler(photo, pixels_per_mm, degrees)
    found = find_ruler(ruled)
    assert found is not None and found.leaning == (degrees != 0)
    assert found.mm_per_pixel * pixels_per_mm == pytest.approx(1, abs=0.03)
    assert ruled.shape[1] >= SHOWN_MM * pixels_per_mm
    side = (ruled.shape[1] - 224) // 2
    np.testing.assert_array_equal(ruled[:224, side : side + 224], photo)
