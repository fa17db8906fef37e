"""Synthetic pills: any catalogue row drawn as a photograph, with its truth.

    source = catalogue_rows(appearances)
    loader = DataLoader(RenderedFaces(source, 100_000), batch_size=16, collate_fn=list)

See docs/RENDER.md.
"""

from rxmm.render.dataset import RenderedFaces, catalogue_rows, random_pill
from rxmm.render.looks import DESK, LAB, PHONE, Look
from rxmm.render.pasted import CutOut, lay
from rxmm.render.picture import Line, Picture, lines_of, render
from rxmm.render.sampling import sample_scene
from rxmm.render.scene import Scene
from rxmm.render.typography import HELD_OUT_FONTS, LOGO, font_names

__all__ = [
    "DESK",
    "HELD_OUT_FONTS",
    "LAB",
    "LOGO",
    "PHONE",
    "CutOut",
    "Line",
    "Look",
    "Picture",
    "RenderedFaces",
    "Scene",
    "catalogue_rows",
    "font_names",
    "lay",
    "lines_of",
    "random_pill",
    "render",
    "sample_scene",
]
