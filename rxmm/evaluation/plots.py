"""The pictures of a report: three plots, and a sheet of the worst failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from sklearn.calibration import calibration_curve

from rxmm.evaluation.causes import cause_of
from rxmm.evaluation.metrics import CALIBRATION_BINS
from rxmm.evaluation.run import Outcome
from rxmm.photo import read_photo

FAILURES = 24
TILE_WIDTH, PHOTO_HEIGHT, LINE_HEIGHT, COLUMNS, GAP = 420, 200, 19, 3, 12
INK, RED, PAPER = (24, 28, 36), (190, 40, 20), (255, 255, 255)


def write_plots(report: Mapping[str, Any], outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write the plots, and the failure sheet if something failed, as PNG files into ``folder``."""
    title = f"{report['set']} ({report['split']}), n={report['n']}, {report['seen']}"
    for name, figure in {
        "risk-coverage": risk_coverage(report),
        "reliability": reliability(outcomes),
        "confusions": confusions(report),
    }.items():
        figure.suptitle(title, fontsize=9)
        figure.savefig(folder / f"{name}.png", dpi=120)
    worst, sheet = worst_failures(outcomes), folder / "failures.png"
    if worst:
        failure_sheet(worst).save(sheet)
    else:  # one of an earlier report into this folder would show what did not fail
        sheet.unlink(missing_ok=True)


def risk_coverage(report: Mapping[str, Any]) -> Figure:
    """Share of wrong answers against the share of queries answered."""
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    curve = report["risk_coverage"]
    axes.plot(curve["coverage"], curve["risk"])
    axes.set(xlabel="coverage", ylabel="risk (1 - top-1)", xlim=(0, 1), ylim=(0, 1))
    areas = (f"{name.upper()} {report['metrics'][name]['value']:.3f}" for name in ("aurc", "augrc"))
    axes.set_title(", ".join(areas), fontsize=9)
    return figure


def reliability(outcomes: Sequence[Outcome]) -> Figure:
    """Share of right answers against stated confidence, and how often each was stated."""
    confidence = np.array([outcome.confidence for outcome in outcomes])
    right = np.array([outcome.rank == 1 for outcome in outcomes])
    accuracy, stated = calibration_curve(right, confidence, n_bins=CALIBRATION_BINS)
    figure = Figure(figsize=(5, 5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot((0, 1), (0, 1), color="0.7", linestyle="--")
    upper.plot(stated, accuracy, marker="o")
    upper.set(ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    lower.hist(confidence, bins=CALIBRATION_BINS, range=(0, 1))
    lower.set(xlabel="confidence", ylabel="queries")
    return figure


def confusions(report: Mapping[str, Any]) -> Figure:
    """Which character was read for which, over the characters that were confused at all."""
    counts = {(true, read): n for true, read, n in report["confusions"]}
    true = sorted({pair[0] for pair in counts})
    read = sorted({pair[1] for pair in counts})
    figure = Figure(figsize=(7, 7), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel="read", ylabel="true")
    if counts:
        axes.imshow([[counts.get((t, r), 0) for r in read] for t in true], cmap="Blues")
    axes.set_xticks(range(len(read)), read)
    axes.set_yticks(range(len(true)), true)
    for (t, r), n in counts.items():
        axes.text(read.index(r), true.index(t), str(n), ha="center", va="center", fontsize=7)
    return figure


def worst_failures(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Wrong answers, the most confident first: at most `FAILURES`."""
    wrong = [outcome for outcome in outcomes if outcome.rank != 1]
    return sorted(wrong, key=lambda outcome: -outcome.confidence)[:FAILURES]


def failure_sheet(failures: Sequence[Outcome]) -> Image.Image:
    """A picture of failed queries: the photos, the truth, what was read, what was answered."""
    tiles = [_tile(outcome) for outcome in failures]
    columns = min(COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    width, height = (side + GAP for side in tiles[0].size)
    sheet = Image.new("RGB", (columns * width + GAP, rows * height + GAP), PAPER)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        sheet.paste(tile, (GAP + column * width, GAP + row * height))
    return sheet


def _tile(outcome: Outcome) -> Image.Image:
    label = outcome.query.label
    read = " | ".join(" ".join(face.unaided) or "-" for face in outcome.faces)
    true_looks = [*map(str.lower, label.colors), label.shape.lower() if label.shape else ""]
    seen = [f"{'/'.join(sorted(f.colors))} {f.shape}".lower() for f in outcome.faces]
    lines = [
        (f"{outcome.query.id}: rank {outcome.rank or 'none'}, {outcome.confidence:.0%} sure", INK),
        (f"true:  {' '.join(label.imprint)}  ({' '.join(true_looks)})", INK),
        (f"read:  {read or outcome.error}", RED),
        (f"seen:  {' | '.join(seen)}", RED),
        (f"cause:  {cause_of(outcome)}", RED),
        (f"answers:  {', '.join(' '.join(key) or 'blank' for key in outcome.ranking[:4])}", INK),
    ]
    tile = Image.new("RGB", (TILE_WIDTH, PHOTO_HEIGHT + LINE_HEIGHT * len(lines)), PAPER)
    photos = [Image.fromarray(read_photo(photo)) for photo in outcome.query.photos()]
    for number, photo in enumerate(photos):
        photo.thumbnail((TILE_WIDTH // len(photos) - 4, PHOTO_HEIGHT - 4))
        tile.paste(photo, (number * TILE_WIDTH // len(photos), 0))
    draw, font = ImageDraw.Draw(tile), ImageFont.load_default(14)
    for number, (text, color) in enumerate(lines):
        draw.text((0, PHOTO_HEIGHT + number * LINE_HEIGHT), text[:64], color, font)
    return tile
