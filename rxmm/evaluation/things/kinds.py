"""Things that lie about and are no pills: each function shapes one of them at random."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from rxmm.evaluation.things.metal import battery, coin, led, washer
from rxmm.evaluation.things.thing import BLACK, DARK, METALS, PALE, VIVID, WHITE, Thing, typeface

Rng = np.random.Generator


def button(thing: Thing, rng: Rng) -> None:
    """A button with two or four holes, some with thread in them."""
    thing.cover = thing.inside(thing.disc(1))
    palette = (*VIVID, *PALE, *PALE, *DARK, *METALS)
    thing.paint(palette[rng.integers(len(palette))], np.ones_like(thing.cover))
    thing.color *= 1 + thing.bumps(rng, 3, rng.uniform(0, 0.3))[..., None]
    rim = rng.uniform(0.6, 0.85)
    thing.height = 0.2 + 0.12 * (1 - thing.inside(thing.disc(rim), 0.15))
    thing.height -= 0.25 * (1 - thing.inside(thing.disc(0.94), 0.12))
    step, radius = rng.uniform(0.17, 0.27), rng.uniform(0.08, 0.13)
    places = [(step, 0.0), (-step, 0.0)]
    if rng.random() < 0.6:
        places = [(sx * step * 0.9, sy * step * 0.9) for sx in (-1, 1) for sy in (-1, 1)]
    for place in places:
        hole = thing.disc(radius, place)
        thing.paint(BLACK, 0.95 * thing.inside(hole, 0.04))
        thing.height -= 0.12 * thing.inside(hole, 0.06)
    if rng.random() < 0.3:
        thread = np.abs(thing.y - places[0][1]) - np.float32(0.06)
        over = thing.inside(np.maximum(thread, np.abs(thing.x) - np.float32(step)))
        thing.paint(PALE[rng.integers(4)], over)
    thing.gloss, thing.shine = rng.uniform(0, 0.5), 60.0


def sweet(thing: Thing, rng: Rng) -> None:
    """A coated lens, most with a letter; a gummy; a jelly bean; a mint, plain or in words."""
    kind = rng.choice(["lens", "lens", "gummy", "bean", "mint"])
    aspect = rng.uniform(0.5, 0.8) if kind == "gummy" else 1.0
    edge = thing.disc(1, aspect=aspect)
    if kind == "bean":
        thing.y += np.float32(0.25) * thing.x**2
        edge = thing.box((1.0, 0.52), 0.5)
    thing.cover = thing.inside(edge)
    palette = PALE if kind == "mint" else VIVID
    thing.paint(palette[rng.integers(1 if kind == "mint" else len(palette))], thing.cover)
    dome = np.clip(-edge / -edge.min(), 0, 1)
    full = 0.5 if kind in ("gummy", "bean") else 0.25
    thing.height = np.float32(full) * np.sqrt(np.maximum(1 - (1 - dome) ** 2, 0))
    thing.height += thing.bumps(rng, 5, 0.006)
    face = typeface(rng)
    if kind == "lens" and rng.random() < 0.75:
        letter = thing.text(str(rng.choice(["M", "S", "m", "s", "K"])), 0.9, face)
        thing.paint(WHITE, letter * np.float32(rng.uniform(0.6, 1)))
    if kind == "mint":
        words = str(rng.choice(["", "MINT", "COOL", "POLO", "FRESH"]))
        if words:
            pressed = cv2.GaussianBlur(thing.text(words, 0.42, face), (0, 0), 1.2)
            thing.height -= np.float32(0.05) * pressed
        elif rng.random() < 0.6:  # with a hole, as some are
            thing.cover *= 1 - thing.inside(thing.disc(0.3))
    if kind == "gummy":
        thing.glow = np.float32(0.5) * (1 - dome) * thing.cover
    thing.gloss = 0.05 if kind == "mint" else rng.uniform(0.3, 0.9)
    thing.shine = float(np.exp(rng.uniform(3, 5)))


def die(thing: Thing, rng: Rng) -> None:
    """A die with one to six eyes, drilled or painted, or with a number."""
    edge = thing.box((0.72, 0.72), rng.uniform(0.08, 0.3))
    thing.cover = thing.inside(edge)
    light = rng.random() < 0.65
    palette = PALE if light else (*VIVID, *DARK)
    thing.paint(palette[rng.integers(len(palette))], thing.cover)
    thing.height = 0.6 - np.float32(0.2) * thing.inside(-edge - np.float32(0.05), 0.12)
    ink = BLACK if light else WHITE
    if rng.random() < 0.2:
        number = str(rng.choice(["2", "4", "8", "16", "32", "64", "6", "20"]))
        thing.paint(ink, thing.text(number, 0.75, typeface(rng)))
    else:
        for place in _EYES[rng.integers(6)]:
            eye = thing.disc(0.14, (0.4 * place[0], 0.4 * place[1]))
            thing.paint(ink, thing.inside(eye, 0.03))
            thing.height -= 0.05 * thing.inside(eye, 0.1)
    thing.gloss, thing.shine = rng.uniform(0.05, 0.5), 50.0


_DIAGONAL = ((-1, -1), (1, 1))
_CORNERS = (*_DIAGONAL, (1, -1), (-1, 1))
_EYES = (
    ((0, 0),),
    _DIAGONAL,
    (*_DIAGONAL, (0, 0)),
    _CORNERS,
    (*_CORNERS, (0, 0)),
    (*_CORNERS, (-1, 0), (1, 0)),
)


def key_cap(thing: Thing, rng: Rng) -> None:
    """The cap of a key with its letter or word."""
    edge = thing.box((rng.choice([0.75, 0.75, 1.0]), 0.75), 0.12)
    thing.cover = thing.inside(edge)
    light = rng.random() < 0.45
    palette = PALE if light else DARK
    thing.paint(palette[rng.integers(len(palette))], thing.cover)
    top = thing.inside(edge + np.float32(0.2), 0.22)
    thing.height = np.float32(0.5) * top + np.float32(0.06) * (thing.x**2 + thing.y**2) * top
    thing.height += thing.bumps(rng, 60, 0.002)
    words = str(rng.choice([*"ADEGKMRSTX1257", "ESC", "CTRL", "F5", "F12", "ALT", "DEL", "TAB"]))
    at = (0.0, -0.05) if rng.random() < 0.6 else (-0.2, -0.22)
    size = 0.55 if len(words) == 1 else 0.3
    thing.paint(BLACK if light else WHITE, thing.text(words, size, typeface(rng), at))
    thing.gloss, thing.shine = rng.uniform(0, 0.2), 20.0


def paper(thing: Thing, rng: Rng) -> None:
    """A sheet of blank paper, white, grey or yellow, plain, ruled or squared, maybe creased."""
    half = (1.0, rng.uniform(0.7, 1.0))
    thing.cover = thing.inside(thing.box(half, 0.0))
    tone = rng.uniform(0.45, 0.9)
    thing.paint((tone, tone * rng.uniform(0.9, 1), tone * rng.uniform(0.7, 1)), thing.cover)
    rule = rng.choice(["plain", "plain", "ruled", "squared"])
    step = np.float32(rng.uniform(0.04, 0.12))
    lines = [thing.y] * (rule != "plain") + [thing.x] * (rule == "squared")
    for along in lines:
        off = np.abs(np.mod(along, step) - step / 2) - np.float32(0.003)
        thing.paint((0.25, 0.35, 0.6), 0.6 * thing.inside(off))
    thing.height = thing.bumps(rng, 2, rng.choice([0.005, 0.02, 0.05]))
    for _ in range(rng.integers(3)):
        angle = rng.uniform(0, np.pi)
        across = thing.x * np.cos(angle) + thing.y * np.sin(angle) - rng.uniform(-0.4, 0.4)
        thing.height -= np.float32(0.006) * np.exp(-np.abs(across) / 0.02).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)  # the shadow of who takes the photograph
    edge = thing.x * np.cos(angle) + thing.y * np.sin(angle) + 0.1 * np.sin(4 * thing.y)
    soft = thing.inside(np.asarray(edge - rng.uniform(-0.3, 0.3), np.float32), rng.uniform(0.05, 1))
    thing.color *= (1 - np.float32(rng.uniform(0, 0.5)) * soft)[..., None]


THINGS: dict[str, Callable[[Thing, Rng], None]] = {
    kind.__name__.replace("_", " "): kind
    for kind in (coin, button, sweet, die, battery, key_cap, washer, led, paper)
}
"""By name: shapes a thing at random."""
