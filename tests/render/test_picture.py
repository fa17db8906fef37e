"""Pictures are repeatable, and their truth is true."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_dilation

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.render import LAB, PHONE, Scene, render, sample_scene
from rxmm.render.scene import Background, Camera, Pose
from rxmm.render.typography import LOGO, atlas
from tests.render.conftest import pill

SIZE = 128


def digest(image: torch.Tensor) -> str:
    return hashlib.sha256(image.numpy().tobytes()).hexdigest()


def neutral(scene: Scene) -> Scene:
    """The scene dull and before a perfect camera: pictures differ only where the scenes do."""
    return replace(scene, camera=Camera(exposure=0.7), coat=replace(scene.coat, gloss=0.0))


def with_imprint(appearance, look=PHONE, start=0):
    """The first scene from ``start`` on whose face carries text."""
    for seed in range(start, start + 50):
        for side in (0, 1):
            scene = sample_scene(appearance, side, seed, look)
            if scene.imprint.runs:
                return scene
    raise AssertionError("no face with an imprint")


def test_same_seed_same_picture(tablet):
    scenes = [sample_scene(tablet, side, seed, PHONE) for seed in range(3) for side in (0, 1)]
    again = [sample_scene(tablet, side, seed, PHONE) for seed in range(3) for side in (0, 1)]
    for first, second in zip(render(scenes, SIZE, SIZE), render(again, SIZE, SIZE), strict=True):
        assert torch.equal(first.image, second.image)
        assert torch.equal(first.mask, second.mask)


def test_same_picture_in_another_process(tablet):
    code = (
        "import torch; torch.set_num_threads(1)\n"
        "from tests.render.test_picture import digest\n"
        "from tests.render.conftest import pill\n"
        "from rxmm.render import PHONE, render, sample_scene\n"
        "scene = sample_scene(pill('TEVA', '2216'), 0, 7, PHONE)\n"
        "print(digest(render([scene], 96, 96)[0].image))"
    )
    here = digest(render([sample_scene(tablet, 0, 7, PHONE)], 96, 96)[0].image)
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_other_seed_other_picture(tablet):
    first, second = render([sample_scene(tablet, 0, seed, PHONE) for seed in (1, 2)], SIZE, SIZE)
    assert not torch.equal(first.image, second.image)


def test_company_in_the_batch_changes_nothing(tablet, capsule):
    scenes = [sample_scene(row, 0, seed, PHONE) for seed in range(4) for row in (tablet, capsule)]
    together = render(scenes, SIZE, SIZE)
    for scene, picture in zip(scenes, together, strict=True):
        alone = render([scene], SIZE, SIZE)[0]
        difference = (alone.image.int() - picture.image.int()).abs().float()
        assert difference.mean() < 0.05  # rounding, spread by JPEG


@pytest.mark.parametrize("shape", list(Shape))
def test_every_shape_draws(shape):
    appearance = pill("A1", shape=shape, colors=(Color.BLUE,))
    pictures = render([sample_scene(appearance, side, 3, LAB) for side in (0, 1)], 96, 96)
    for picture in pictures:
        covered = picture.mask.float().mean()
        assert 0.15 < covered < 0.95
        red, _, blue = picture.image[:, picture.mask].float().mean(dim=1)
        assert blue > red
        outside = ~torch.from_numpy(binary_dilation(picture.mask.numpy(), iterations=4))
        assert picture.image[:, outside].float().mean() < 12  # cut out on black


@pytest.mark.parametrize("background", list(Background))
def test_every_background_draws(background, tablet):
    scene = replace(sample_scene(tablet, 0, 1, PHONE), background=background)
    picture = render([scene], 64, 96)[0]
    assert picture.image.shape == (3, 64, 96)
    corner = picture.image[:, :8, :8].float()
    assert (corner.mean() < 12) == (background is Background.BLACK)


def rows():
    return [
        pill("TEVA", "2216"),
        pill("WATSON", "404", imprint_type="EMBOSSED"),
        pill("M", shape=Shape.PENTAGON, score=1),
        pill("22", "65", shape=Shape.OVAL, score=2),
        pill("LILLY", "4165", shape=Shape.OVAL, imprint_type="PRINTED", imprint_color=Color.BLACK),
        pill(
            "MYLAN", "3422", shape=Shape.CAPSULE, imprint_type="PRINTED", imprint_color=Color.BLACK
        ),
    ]


@pytest.mark.parametrize("row", range(6))
def test_imprint_changes_only_what_its_boxes_hold(row):
    for start in (0, 50, 100):
        scene = neutral(with_imprint(rows()[row], start=start))
        scene = replace(scene, pose=replace(scene.pose, x=0.5, y=0.5, radius=0.45))
        blank = replace(scene, imprint=replace(scene.imprint, runs=()))
        drawn, plain = render([scene, blank], 160, 160)
        change = (drawn.image.float() - plain.image.float()).abs().amax(dim=0).numpy()
        reach = 5 + round(scene.imprint.slope * 72)  # shadows and occlusion fall beside strokes
        boxes = np.zeros_like(change, bool)
        for line in drawn.lines:
            for corners in line.characters:
                box = inside(corners.numpy(), *change.shape)
                boxes |= box
                assert change[box].max() > 1, f"nothing drawn where {line.text!r} should be"
        if scene.body.rolled:  # characters beyond the limb are drawn but not labelled
            continue
        outside = ~binary_dilation(boxes, iterations=reach)
        assert change[outside].sum() < 0.02 * change.sum()


def inside(corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pixels inside a convex quadrilateral given clockwise."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    result = np.ones((height, width), bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        step = end - start
        result &= step[0] * (y - start[1]) - step[1] * (x - start[0]) >= -1
    return result


def test_truth_is_what_was_drawn():
    names = {glyph.cell: key for key, glyph in atlas().glyphs.items()}
    for appearance in rows():
        for seed in range(4):
            for side in (0, 1):
                scene = sample_scene(appearance, side, seed, LAB)
                for run in scene.imprint.runs:
                    drawn = "".join(names[glyph.cell][1] for glyph in run.glyphs)
                    assert run.text == drawn
                    assert run.text in appearance.imprint


def test_logos_are_marked_as_such():
    scene = with_imprint(pill(f"A{LOGO}"))
    assert scene.imprint.runs[0].text == f"A{LOGO}"
    assert len(scene.imprint.runs[0].glyphs) == 2


def test_all_tokens_of_a_debossed_pill_are_on_its_faces(tablet):
    for seed in range(20):
        faces = [sample_scene(tablet, side, seed, LAB) for side in (0, 1)]
        texts = [run.text for face in faces for run in face.imprint.runs]
        assert sorted(texts) == ["2216", "TEVA"]


def test_characters_we_cannot_draw_are_left_out():
    scene = with_imprint(pill("5µg"))
    assert scene.imprint.runs[0].text == "5g"


def test_light_from_the_left_brightens_left_flanks(tablet):
    scene = neutral(sample_scene(pill(), 0, 3, LAB))
    light = replace(scene.light, directions=((-0.8, 0.0, 0.6),), powers=(1.0,), ambient=0.1)
    coat = replace(scene.coat, dust=0.0, wear=0.0)
    body = replace(scene.body, dome=0.5, roundness=0.5)
    pose = Pose(0.5, 0.5, 0.45, 0.0, (0.0, 0.0))
    lit = replace(scene, light=light, coat=coat, body=body, pose=pose)
    image = render([lit], SIZE, SIZE)[0].image.float().mean(dim=0)
    assert image[64, 16:48].mean() > image[64, 80:112].mean() + 20


def test_score_lines_are_drawn(tablet):
    quartered = pill("A", score=4)
    scenes = [sample_scene(quartered, side, 5, LAB) for side in (0, 1)]
    assert any(len(scene.grooves) == 2 for scene in scenes)
    assert all(not sample_scene(tablet, side, 5, LAB).grooves for side in (0, 1))


def test_hollow_letters_are_drawn_along_their_edges_only() -> None:
    scene = with_imprint(pill("8", imprint_type="PRINTED", imprint_color=Color.BLACK), LAB)
    imprint = replace(scene.imprint, hollow=0.0, fading=0.0, opacity=1.0)
    full = neutral(replace(scene, imprint=imprint))
    faces = [replace(full, imprint=replace(imprint, hollow=half)) for half in (0.0, 0.006)]
    blank = replace(full, imprint=replace(imprint, runs=()))
    *drawn, empty = (picture.image.int() for picture in render([*faces, blank], 320, 320))
    filled, outlined = (((one - empty).abs().amax(dim=0) > 25).numpy() for one in drawn)
    middle = ~binary_dilation(~filled, iterations=4)  # far from every edge
    assert middle.any() and not outlined[middle].any()
    assert (outlined & filled).sum() > 50
