"""Colour, shape, aspect and size of drawn pills, and the soft models behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.evaluation.faces import measure
from rxmm.evaluation.photos import us_reference
from rxmm.face_features import color_features
from rxmm.looks import LIGHTINGS, RULER_BELOW, describe, load_models
from rxmm.results import Looks, PillFace
from tests.drawn import BLUE, PINK, RED, WHITE, lay, table


def face(size=(160, 160), color=WHITE, second=None, angle=0.0, light=(1.0, 1.0, 1.0)) -> PillFace:
    photo = (table(220, 260, (150, 150, 150)) * np.array(light)).astype(np.uint8)
    tinted = tuple(int(c * k) for c, k in zip(color, light, strict=True))
    other = (
        None if second is None else tuple(int(c * k) for c, k in zip(second, light, strict=True))
    )
    mask = lay(photo, (130, 110), size, tinted, angle, other)
    rows, columns = np.nonzero(mask)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    return PillFace(
        photo[top:bottom, left:right],
        mask[top:bottom, left:right],
        (left, top, right, bottom),
        (light,),
    )


def likeliest(looks: Looks) -> tuple[list[Color], Shape]:
    return [max(part, key=part.get) for part in looks.colors], max(looks.shape, key=looks.shape.get)


@pytest.mark.parametrize(
    ("color", "name"),
    [(WHITE, Color.WHITE), (PINK, Color.PINK), (BLUE, Color.BLUE), (RED, Color.RED)],
)
def test_color(color, name) -> None:
    assert likeliest(describe(face(color=color)))[0] == [name]


@pytest.mark.parametrize("light", [(1.0, 0.92, 0.8), (0.85, 0.95, 1.0)])
def test_color_under_tinted_light(light) -> None:
    assert likeliest(describe(face(color=WHITE, light=light)))[0] == [Color.WHITE]


def test_colors_are_the_mean_over_the_lights_that_may_be() -> None:
    tinted = face(color=(236, 190, 140))
    white, lamp = (1.0, 1.0, 1.0), (1.0, 0.8, 0.6)
    alone, other, both = (
        describe(replace(tinted, lights=lights)).colors[0]
        for lights in ((white,), (lamp,), (white, lamp))
    )
    assert max(alone, key=alone.get) is not Color.WHITE and max(other, key=other.get) is Color.WHITE
    for color in Color:
        assert both[color] == pytest.approx((alone[color] + other[color]) / 2, abs=0.01)


@pytest.mark.parametrize("angle", [0.0, 90.0, 35.0])
def test_two_tone_capsule(angle: float) -> None:
    colors, shape = likeliest(describe(face((190, 72), RED, WHITE, angle)))
    assert set(colors) == {Color.RED, Color.WHITE}
    assert shape in {Shape.CAPSULE, Shape.OVAL}


def test_the_parts_of_a_capsule_stay_apart_under_all_lights() -> None:
    alone = face((190, 72), RED, WHITE)
    lights = (*alone.lights, (1.0, 0.8, 0.6), (0.5, 0.5, 0.5))
    several = color_features(replace(alone, lights=lights))
    np.testing.assert_array_equal(several.whole[:1], color_features(alone).whole)
    lightness = [part[:, 0] for part in several.parts]  # the first feature
    assert (np.argsort(lightness, axis=0) == np.argsort(lightness, axis=0)[:, :1]).all()
    assert several.whole.shape == (3, 11) and several.differ.shape == (5,)


@pytest.mark.parametrize("angle", [0.0, 45.0, 80.0])
def test_shape_and_aspect_do_not_depend_on_the_turn(angle: float) -> None:
    looks = describe(face((160, 64), BLUE, angle=angle))
    assert looks.aspect_ratio == pytest.approx(2.5, rel=0.06)
    assert likeliest(looks)[1] in {Shape.CAPSULE, Shape.OVAL}
    assert likeliest(describe(face((140, 140), angle=angle)))[1] is Shape.ROUND


def test_distributions_are_complete_and_sum_to_one() -> None:
    looks = describe(face())
    assert set(looks.shape) == set(Shape)
    assert all(set(part) == set(Color) for part in looks.colors)
    assert set(looks.score) == {1, 2, 3, 4}
    for part in (*looks.colors, looks.shape, looks.score):
        assert sum(part.values()) == pytest.approx(1.0)
        assert min(part.values()) > 0


def test_size_needs_a_scale() -> None:
    plain = face((150, 60))
    assert describe(plain).size_mm is None
    scaled = PillFace(plain.crop, plain.mask, plain.box, plain.lights, mm_per_pixel=0.1)
    assert describe(scaled).size_mm == pytest.approx(15.0 * RULER_BELOW, rel=0.03)


def test_a_score_line_is_seen() -> None:
    plain, scored = face(), face()
    middle = scored.crop.shape[1] // 2
    scored.crop[8:-8, middle - 2 : middle + 2] = 120
    scored.crop[8:-8, middle + 2 : middle + 4] = 255
    assert describe(scored).score[2] > describe(plain).score[2]


@pytest.mark.parametrize("shape", [(3, 3), (2, 40), (40, 1)])
def test_faces_of_a_few_pixels(shape: tuple[int, int]) -> None:
    crop = np.full((*shape, 3), 200, np.uint8)
    looks = describe(PillFace(crop, np.ones(shape, bool), (0, 0, shape[1], shape[0])))
    assert np.isfinite(looks.aspect_ratio)
    assert np.isfinite(list(looks.shape.values())).all()


def test_models_know_only_terms_of_the_vocabularies() -> None:
    assert set(load_models()) == set(LIGHTINGS)
    for models in load_models().values():
        assert set(models["color"].terms) <= {color.value for color in Color}
        assert set(models["shape"].terms) <= {shape.value for shape in Shape}
        assert set(models["score"].terms) <= {"1", "2", "3", "4"}


def test_real_photographs(real_data: Path) -> None:
    tally = measure("sample", us_reference(real_data), 1, limit=40)
    assert np.mean(tally.hits["colour, any"]) >= 0.75
    assert np.mean(tally.hits["shape, capsule = oval"]) >= 0.9
