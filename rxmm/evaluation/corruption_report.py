"""From trials on spoilt photographs to figures, a table and a plot."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rxmm.evaluation.corruptions import (
    CLEAN,
    IMAGENET_C,
    KINDS,
    PEER_SEVERITIES,
    SEVERITIES,
    System,
    Trial,
)
from rxmm.evaluation.metrics import Rows, estimate, ratio, resamples
from rxmm.evaluation.pill_corruptions import PILL_KINDS

Flags = NDArray[np.bool_]

FAMILIES = {"ImageNet-C": IMAGENET_C, "pills": tuple(PILL_KINDS), "all": KINDS}
TITLES = {
    "rxmm": "rxmm",
    "rxmm, pills of the peer": "rxmm, the same photographs as EasyOCR",
    "peer": "EasyOCR + rapidfuzz",
}


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The trials of one system over Q pills, K kinds and S severities.

    Attributes:
        clean_right, clean_identified: (Q,), of the photographs as they are.
        right, identified: (Q, K, S).
        samples: bootstrap rows over the pills' groups.
    """

    severities: tuple[int, ...]
    clean_right: Flags
    clean_identified: Flags
    right: Flags
    identified: Flags
    samples: list[Rows]

    @classmethod
    def of(cls, trials: Sequence[Trial], severities: tuple[int, ...]) -> Grid:
        """The grid of trials of one system; none of them may be missing."""
        found = {(trial.query, trial.kind, trial.severity): trial for trial in trials}
        groups = {trial.query: trial.group for trial in trials}

        def flags(of: Sequence[Trial]) -> Flags:
            return np.array([(t.right, t.status == "identified") for t in of], dtype=bool)

        clean = flags([found[query, CLEAN, 0] for query in groups])
        spoilt = flags([found[q, kind, s] for q in groups for kind in KINDS for s in severities])
        spoilt = spoilt.reshape(len(groups), len(KINDS), len(severities), 2)
        samples = resamples(list(groups.values()))
        right, identified = spoilt[..., 0], spoilt[..., 1]
        return cls(severities, clean[:, 0], clean[:, 1], right, identified, samples)

    def figures(self, kinds: Sequence[str]) -> dict[str, Any]:
        """All figures over some kinds, as JSON values; severities and kinds weigh the same."""
        chosen = [KINDS.index(kind) for kind in kinds]
        right, identified = self.right[:, chosen], self.identified[:, chosen]
        wrong = ~right & identified
        lost = ~right & self.clean_right[:, None, None]
        relative = estimate(
            ratio(right.mean(axis=(1, 2)), self.clean_right), len(right), self.samples
        )
        return {
            "top1": _plain(right.mean()),
            "relative_accuracy": _plain(relative.value),
            "interval": [_plain(relative.low), _plain(relative.high)],
            "by_severity": {
                str(severity): _share(right[:, :, n].mean(axis=1), self.clean_right)
                for n, severity in enumerate(self.severities)
            },
            "identified": _plain(identified.mean()),
            "wrong_among_identified": _share(wrong, identified),
            "lost": int(lost.sum()),
            "lost_yet_identified": _share(lost & identified, lost),
        }

    def summary(self) -> dict[str, Any]:
        """Everything of one system as JSON values."""
        return {
            "n": len(self.clean_right),
            "severities": list(self.severities),
            "clean": {
                "top1": _plain(self.clean_right.mean()),
                "identified": _plain(self.clean_identified.mean()),
                "wrong_among_identified": _share(
                    ~self.clean_right & self.clean_identified, self.clean_identified
                ),
            },
            "families": {name: self.figures(kinds) for name, kinds in FAMILIES.items()},
            "kinds": {kind: self.figures([kind]) for kind in KINDS},
        }


def make_report(title: str, trials: Sequence[Trial]) -> dict[str, Any]:
    """The whole report as JSON values; ``trials`` must hold every condition of every pill."""
    of: dict[System, list[Trial]] = {"rxmm": [], "peer": []}
    for trial in trials:
        of[trial.system].append(trial)
    systems = {"rxmm": Grid.of(of["rxmm"], SEVERITIES).summary()}
    shared = {trial.query for trial in of["peer"] if trial.kind != CLEAN}
    if shared:
        same = [[t for t in own if t.query in shared] for own in (of["rxmm"], of["peer"])]
        systems["rxmm, pills of the peer"] = Grid.of(same[0], PEER_SEVERITIES).summary()
        systems["peer"] = Grid.of(same[1], PEER_SEVERITIES).summary()
    return {
        "schema": "rxmm.corruptions/1",
        "title": title,
        "systems": systems,
        "peer_as_they_are": {
            "n": sum(trial.kind == CLEAN for trial in of["peer"]),
            "right": sum(trial.kind == CLEAN and trial.right for trial in of["peer"]),
        },
        "seconds": {
            name: round(statistics.median(trial.seconds for trial in own), 3)
            for name, own in of.items()
            if own
        },
        "trials": [astuple(trial) for trial in trials],
    }


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``corruptions.json``, ``.md`` and ``.png`` into ``folder``, made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False)
    (folder / "corruptions.json").write_text(text + "\n", encoding="utf-8")
    (folder / "corruptions.md").write_text(to_markdown(report), encoding="utf-8")
    plot(report).savefig(folder / "corruptions.png", dpi=120)


def to_markdown(report: Mapping[str, Any]) -> str:
    """The report for a person."""
    lines = [
        f"# Spoilt photographs: {report['title']}",
        "",
        "Relative accuracy: top-1 on the spoilt photographs over top-1 on the same as they are; "
        "every kind and severity weighs the same; interval: bootstrap 95% over groups. Lost: right "
        "on the photographs as they are, wrong when spoilt.",
    ]
    peer = report["peer_as_they_are"]
    if peer["n"]:
        lines += [
            "",
            f"{TITLES['peer']} was right about {peer['right']} of the first {peer['n']} pills on "
            "the photographs as they are, and was asked further about these.",
        ]
    for name, system in report["systems"].items():
        abstains, clean = name != "peer", system["clean"]
        lines += ["", f"## {TITLES[name]}, n = {system['n']}", ""]
        head = ["", "top-1", "relative accuracy (95%)", *map(str, system["severities"])]
        head += _ABSTAINING if abstains else []
        lines += [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        first = ["as they are", _show(clean["top1"]), *[""] * (1 + len(system["severities"]))]
        if abstains:
            wrong = clean["wrong_among_identified"]
            first += [_show(clean["identified"]), _show(wrong), "", ""]
        lines.append(f"| {' | '.join(first)} |")
        families = {f"mean: {name}": own for name, own in system["families"].items()}
        for row, figures in (families | system["kinds"]).items():
            lines.append(f"| {' | '.join(_cells(row, figures, abstains))} |")
    seconds = (f"{TITLES[name]} {value:.2f}" for name, value in report["seconds"].items())
    lines += ["", f"Seconds per pill, median: {', '.join(seconds)}.", ""]
    return "\n".join(lines)


_ABSTAINING = ["identified", "wrong among identified", "lost", "of these still identified"]


def _cells(name: str, figures: Mapping[str, Any], abstains: bool) -> list[str]:
    low, high = map(_show, figures["interval"])
    cells = [name.replace("_", " "), _show(figures["top1"])]
    cells.append(f"{_show(figures['relative_accuracy'])} ({low}-{high})")
    cells += map(_show, figures["by_severity"].values())
    if abstains:
        cells += [_show(figures["identified"]), _show(figures["wrong_among_identified"])]
        cells += [str(figures["lost"]), _show(figures["lost_yet_identified"])]
    return cells


def plot(report: Mapping[str, Any]) -> Figure:
    """Relative accuracy over severity: each kind of both families, their means, and the peer's."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    figure.suptitle(report["title"], fontsize=9)
    systems = report["systems"]
    for axes, family in zip(
        figure.subplots(1, 2, sharey=True), ("ImageNet-C", "pills"), strict=True
    ):
        for number, kind in enumerate(FAMILIES[family]):
            style = ("-", "--", ":")[number // 10 % 3]
            values = systems["rxmm"]["kinds"][kind]["by_severity"]
            axes.plot(*_curve(values), style, lw=1, label=kind.replace("_", " "))
        for name, system in systems.items():
            values, (color, style) = system["families"][family]["by_severity"], _STYLES[name]
            label = f"mean: {TITLES[name]}, n={system['n']}"
            axes.plot(*_curve(values), style, color=color, lw=2.5, marker="o", label=label)
        axes.set(title=family, xlabel="severity", xticks=SEVERITIES, ylim=(0, 1.15))
        axes.legend(fontsize=6, ncols=2)
    figure.axes[0].set_ylabel("relative accuracy")
    return figure


_STYLES = {
    "rxmm": ("black", "-"),
    "rxmm, pills of the peer": ("black", "--"),
    "peer": ("red", "--"),
}


def _curve(by_severity: Mapping[str, float | None]) -> tuple[list[int], list[float]]:
    values = [math.nan if value is None else value for value in by_severity.values()]
    return list(map(int, by_severity)), values


def _share(part: NDArray[np.generic], whole: Flags) -> float | None:
    total = whole.sum()
    return _plain(part.sum() / total) if total else None


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
