"""The dataset, its loader, and reading lines out of it."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from rxmm.catalog.vocabulary import Color, Shape
from rxmm.imprint.geometry import line_strips
from rxmm.render import (
    HELD_OUT_FONTS,
    LAB,
    RenderedFaces,
    catalogue_rows,
    font_names,
    random_pill,
    render,
    sample_scene,
)
from rxmm.render.layout import Lettering, Path, place
from rxmm.render.scene import Camera, Pose
from tests.render.conftest import pill


def test_items_do_not_depend_on_how_they_are_asked_for():
    faces = RenderedFaces(random_pill, 8, size=64, seed=3)
    single = [faces[i].image for i in range(8)]
    batch = next(iter(DataLoader(faces, batch_size=8, collate_fn=list)))
    together = torch.stack([picture.image for picture in batch])
    difference = (torch.stack(single).int() - together.int()).abs().float()
    assert difference.mean() < 0.05
    assert not torch.equal(single[0], RenderedFaces(random_pill, 8, size=64, seed=4)[0].image)


def test_batches_from_worker_processes():
    faces = RenderedFaces(catalogue_rows([pill("TEVA", "5728")], made_up=0.5), 12, size=64)
    loader = DataLoader(
        faces, batch_size=4, num_workers=1, collate_fn=list, multiprocessing_context="fork"
    )
    pictures = [picture for batch in loader for picture in batch]
    assert len(pictures) == 12
    for picture in pictures:
        assert picture.image.shape == (3, 64, 64) and picture.image.dtype == torch.uint8
        assert picture.mask.shape == (64, 64)
        for line in picture.lines:
            assert line.ribbon.shape == (17, 2, 2)
            assert line.characters.shape == (len(line.text), 4, 2)


def test_a_blank_face_has_no_lines():
    (picture,) = render([sample_scene(pill(), 0, 1, LAB)], 64, 64)
    assert picture.lines == ()


def test_out_of_range():
    with pytest.raises(IndexError):
        RenderedFaces(random_pill, 3)[3]


def test_scenes_pickle_small():
    scene = sample_scene(pill("TEVA"), 0, 1, LAB)
    stored = pickle.dumps(scene)
    assert len(stored) < 50_000
    assert torch.equal(pickle.loads(stored).outline.field, scene.outline.field)


def test_held_out_fonts_stay_out():
    assert not set(HELD_OUT_FONTS) & set(font_names())
    assert len(font_names()) >= 25


def test_random_pills_use_every_character_and_shape():
    rng = np.random.default_rng(0)
    pills = [random_pill(rng) for _ in range(1500)]
    drawn = {c for p in pills for token in p.imprint for c in token}
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") <= drawn
    assert {p.shape for p in pills} == set(Shape)


def test_bent_lines_unroll_upright():
    """Text set on an arc and unrolled looks like the same text set straight."""
    appearance = pill("B", imprint_type="PRINTED", imprint_color=Color.BLACK)
    plain = sample_scene(appearance, 0, 1, LAB)
    coat = replace(plain.coat, grain=0.0, gloss=0.0, clear=0.0, wear=0.0, dust=0.0)
    pose = Pose(0.5, 0.5, 0.48, 0.4, (0.0, 0.0))
    body = replace(plain.body, rolled=False, dome=0.05)
    lettering = Lettering("grotesque-bold")
    paths = [
        Path((0.0, 0.0), 0.0),
        Path((0.0, 0.0), -np.pi / 2, 0.7),
        Path((0.0, 0.0), np.pi / 2, -0.7),
    ]
    scenes = []
    for path in paths:
        run = place("RK473", lettering, 0.3, path)
        imprint = replace(plain.imprint, runs=(run,), opacity=1.0, fading=0.0)
        scenes.append(
            replace(plain, coat=coat, pose=pose, body=body, imprint=imprint, camera=Camera())
        )
    pictures = render(scenes, 224, 224)
    images = torch.stack([picture.image for picture in pictures]).float()
    ribbons = torch.stack([line.ribbon for picture in pictures for line in picture.lines])
    strips = line_strips(images, torch.arange(3), ribbons, 32, 96).mean(dim=1)
    straight, above, below = strips.flatten(1).numpy()
    assert np.corrcoef(straight, above)[0, 1] > 0.75
    assert np.corrcoef(straight, below)[0, 1] > 0.75
    turned = strips[1].flip(0, 1).flatten().numpy()
    assert np.corrcoef(straight, turned)[0, 1] < 0.5
