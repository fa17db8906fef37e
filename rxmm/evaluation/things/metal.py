"""Things of metal or with legs of it: coins, batteries, washers, light-emitting diodes."""

from __future__ import annotations

import cv2
import numpy as np

from rxmm.evaluation.things.thing import DARK, METALS, VIVID, WHITE, Floats, Thing, typeface

Rng = np.random.Generator


def coin(thing: Thing, rng: Rng) -> None:
    """A worn coin: rim, a portrait or a value, letters around it, some of two metals."""
    first = METALS[rng.integers(3)]
    thing.cover = thing.inside(thing.disc(1))
    thing.paint(first, np.ones_like(thing.cover))
    if rng.random() < 0.25:
        thing.paint(METALS[rng.integers(3)], thing.inside(thing.disc(rng.uniform(0.6, 0.72))))
    face, depth = typeface(rng), rng.uniform(0.02, 0.05)
    relief = thing.inside(np.abs(thing.disc(0.95)) - np.float32(0.045), 0.02)
    if rng.random() < 0.5:
        number = rng.integers(20, 60)
        beads = np.cos(np.arctan2(thing.y, thing.x) * number)
        relief = np.maximum(
            relief, thing.inside(np.abs(thing.disc(0.86)) - 0.02 * beads.astype(np.float32))
        )
    if rng.random() < 0.5:
        relief = np.maximum(relief, _head(thing, rng))
    else:
        value = str(rng.choice(["1", "2", "5", "10", "20", "50"]))
        relief = np.maximum(relief, thing.text(value, 0.9, face, (0, -0.12)))
        unit = str(rng.choice(["CENT", "CENTS", "PESO", "KRONER", "FRANC"]))
        relief = np.maximum(relief, thing.text(unit, 0.26, face, (0, 0.42)))
    words = str(rng.choice(["LIBERTAS", "REPUBLICA", "IN UNITATE", "CONCORDIA 1998", "REGNUM"]))
    relief = np.maximum(relief, thing.around(words, 0.18, face, 0.74, rng.uniform(-1, 1)))
    year = str(rng.integers(1965, 2025))
    relief = np.maximum(relief, thing.around(year, 0.16, face, 0.74, np.pi))
    worn = cv2.GaussianBlur(relief, (0, 0), max(0.5, 0.012 * thing.scale))
    thing.height = depth * worn + 0.1 + thing.bumps(rng, 6, 0.004)
    thing.color *= (1 - 0.25 * (1 - worn))[..., None]  # dirt keeps to the ground
    thing.metal, thing.gloss, thing.shine = rng.uniform(0.5, 0.9), rng.uniform(0.05, 0.3), 40.0


def battery(thing: Thing, rng: Rng) -> None:
    """A button cell with its type pressed in, or a small cylinder with a label."""
    face = typeface(rng)
    if rng.random() < 0.3:
        edge = thing.box((1.0, 0.26), 0.04)
        thing.cover = thing.inside(edge)
        thing.height = np.sqrt(np.maximum(0.3**2 - thing.y**2, 0))
        thing.paint((0.6, 0.6, 0.58), thing.cover)
        thing.paint((*DARK, *VIVID)[rng.integers(10)], thing.inside(thing.box((0.9, 1), 0)))
        thing.paint(METALS[2], thing.inside(thing.x + np.float32(0.5)))
        words = str(rng.choice(["AAA 1.5V", "LR03", "R6 1.5V", "ALKALINE"]))
        thing.paint(WHITE, thing.text(words, 0.26, face, (0.15, 0)))
        thing.metal, thing.gloss, thing.shine = 0.2, 0.4, 40.0
        return
    thing.cover = thing.inside(thing.disc(1))
    thing.paint((0.62, 0.61, 0.58), thing.cover)
    cell = str(rng.choice(["CR2032", "CR2025", "LR44", "CR1220", "SR626SW", "377"]))
    relief = np.maximum(
        thing.text(cell, 0.36, face, (0, 0.05)), thing.text("+", 0.6, face, (0, -0.4))
    )
    if rng.random() < 0.6:
        relief = np.maximum(relief, thing.text("3V", 0.25, face, (0, 0.45)))
    if rng.random() < 0.5:
        relief = np.maximum(relief, thing.around("LITHIUM CELL", 0.14, face, 0.72, np.pi))
    pressed = cv2.GaussianBlur(relief, (0, 0), max(0.5, 0.01 * thing.scale))
    thing.height = 0.25 - np.float32(0.03) * pressed
    thing.height -= np.float32(0.2) * (1 - thing.inside(thing.disc(rng.uniform(0.86, 0.94)), 0.08))
    thing.height += thing.grain(rng, (2, 40), 0.0008)
    thing.color *= (1 - 0.4 * pressed)[..., None]
    thing.metal, thing.gloss, thing.shine = rng.uniform(0.6, 0.9), 0.15, 40.0


def washer(thing: Thing, rng: Rng) -> None:
    """A washer or a nut of metal, round or six-sided."""
    edge = thing.disc(1)
    if rng.random() < 0.3:
        angle = np.arctan2(thing.y, thing.x)
        sector = np.mod(angle, np.pi / 3) - np.float32(np.pi / 6)
        edge = np.hypot(thing.x, thing.y) * np.cos(sector) - np.float32(0.86)
    hole = thing.disc(rng.uniform(0.3, 0.6))
    thing.cover = thing.inside(np.maximum(edge, -hole))
    thing.paint(METALS[rng.choice([0, 0, 1])], thing.cover)
    thing.height = 0.15 * thing.inside(np.maximum(edge, -hole) + np.float32(0.05), 0.08)
    thing.height += thing.grain(rng, (3, 30), 0.002)
    thing.metal, thing.gloss, thing.shine = rng.uniform(0.5, 0.9), 0.2, 30.0


def led(thing: Thing, rng: Rng) -> None:
    """A light-emitting diode from above or lying on its side, lit or not."""
    color = (*VIVID[:5], WHITE)[rng.integers(6)]
    lit = rng.random() < 0.4
    if rng.random() < 0.5:
        edge = np.maximum(thing.disc(1), thing.x - np.float32(0.9))
        dome = np.clip(1 - (np.hypot(thing.x, thing.y) / 0.84) ** 2, 0, 1)
        bulb = thing.inside(thing.disc(0.84))
        core = thing.disc(0.3)
    else:
        thing.x = thing.x + np.float32(0.3)
        body = thing.box((0.5, 0.32), 0.32)
        body = np.minimum(body, np.maximum(thing.box((0.5, 0.32), 0.0), thing.x - np.float32(0.2)))
        flange = np.maximum(np.abs(thing.x + np.float32(0.46)) - 0.07, np.abs(thing.y) - 0.38)
        bulb = thing.inside(np.minimum(body, flange))
        legs = np.maximum(np.abs(np.abs(thing.y) - 0.16) - 0.03, np.abs(thing.x + 1.0) - 0.5)
        edge = np.minimum(np.minimum(body, flange), legs)
        dome = np.clip(1 - (thing.y / 0.36) ** 2, 0, 1) * bulb
        core = thing.disc(0.14, (-0.15, 0))
    thing.cover = thing.inside(edge) * (1 - np.float32(0.3) * bulb)  # the bulb is clear
    thing.paint(METALS[0], thing.cover)
    thing.paint(color, np.maximum(bulb, thing.inside(edge + np.float32(0.1))) * bulb)
    thing.paint((0.5, 0.5, 0.45), 0.5 * thing.inside(core, 0.15))
    thing.height = np.float32(0.5) * np.sqrt(np.maximum(dome, 0)) + 0.05
    if lit:
        thing.glow = np.float32(3) * bulb * np.exp(-3 * np.maximum(core, 0))
    thing.gloss, thing.shine = 0.9, 120.0


def _head(thing: Thing, rng: Rng) -> Floats:
    """(H, W) relief of a head in profile, 0 … 1."""
    side = rng.choice([-1, 1])
    parts = [
        (-0.02, -0.15, 0.36, 1.15),  # skull: x, y, half its width, height over width
        (0.1, 0.08, 0.27, 1.2),
        (0.35, -0.02, 0.09, 0.8),  # nose
        (0.26, 0.2, 0.1, 0.7),  # lips
        (0.2, 0.33, 0.13, 0.7),  # chin
        (-0.05, 0.4, 0.2, 1.2),
        (-0.08, 0.66, 0.42, 0.5),  # shoulders
    ]
    heights = [
        np.sqrt(np.clip(1 - (thing.disc(0, (side * x, y), a) / r) ** 2, 0, 1))
        for x, y, r, a in parts
    ]
    head = np.max(heights, axis=0)
    hair = 0.15 * np.sin(40 * thing.y + 25 * thing.x * side) * (thing.x * side < -0.05)
    return np.asarray((head + hair * (head > 0.2)) * thing.inside(thing.disc(0.62)), np.float32)
