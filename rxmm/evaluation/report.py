"""The report of one run: ``report.json`` with everything, ``report.md`` for a person."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import rxmm
from rxmm._files import replacing
from rxmm.evaluation.run import Outcome, peak_memory_mib
from rxmm.evaluation.set_names import Split
from rxmm.evaluation.sets import QuerySet
from rxmm.evaluation.strata import FEWEST, MARGIN, STRATUM_METRICS
from rxmm.evaluation.summary import summarise
from rxmm.identifier import Identifier

TITLES = {
    "top1": "top-1",
    "top5": "top-5",
    "mrr": "MRR",
    "map": "mAP",
    "generic1": "generic@1",
    "by_match": "answered by the match alone",
    "identified": "called identified",
    "identified_right": "right when called identified",
    "abstained": "not called identified",
    "identified_wrong": "wrong when called identified",
    "token_recall": "token recall",
    "single_character_recall": "token recall, single characters",
    "token_precision": "token precision",
    "unaided_recall": "token recall without the catalogue",
    "unaided_precision": "token precision without the catalogue",
    "hypothesis_recall": "token recall of all hypotheses",
    "cer": "character error rate",
    "face_count": "faces counted right",
    "color": "colour, exact",
    "shape": "shape, exact",
    "shape_near": "shape, CAPSULE = OVAL",
    "ece": "ECE, 15 bins",
    "ece_by_chance": "ECE of as many answers right as often as they say",
    "aurc": "AURC",
    "augrc": "AUGRC",
}
_ROW = ("top1", "top5", "mrr", "map", "generic1", "token_recall", "cer", "face_count", "color",
        "shape_near", "ece", "aurc")  # fmt: skip


def make_report(
    query_set: QuerySet, split: Split, identifier: Identifier, outcomes: Sequence[Outcome]
) -> dict[str, Any]:
    """The whole report as JSON values; ``outcomes`` must not be empty."""
    peak = peak_memory_mib()
    return {
        "schema": "rxmm.evaluation/1",
        "date": date.today().isoformat(),
        "set": query_set.name,
        "split": query_set.part(split),
        "seen": query_set.seen,
        "versions": {
            "rxmm": rxmm.__version__,
            "catalog": f"{identifier.catalog.name} {identifier.catalog.version}",
        },
        "catalog_appearances": len(set(identifier.catalog.imprint_keys) - {()}),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores",
        "peak_memory_mib": None if peak is None else round(peak),
    } | summarise(outcomes)


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``report.json`` and ``report.md`` into ``folder``, which is made if missing."""
    text = json.dumps(report, ensure_ascii=False, indent=1)
    for name, content in {"report.json": text + "\n", "report.md": to_markdown(report)}.items():
        with replacing(folder / name) as partial:
            partial.write_text(content, encoding="utf-8")


def heading() -> str:
    """Head of the table whose rows `summary_row` gives, in Markdown."""
    names = ["date", "set", "n (groups)", "seen"]
    names += [TITLES[name] for name in _ROW] + ["s per pill, median (p95)"]
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def summary_row(report: Mapping[str, Any]) -> str:
    """The run in one line of Markdown, to paste below `heading`."""
    total = report["latency_ms"].get("total", {"median": 0.0, "p95": 0.0})
    cells = [
        report["date"],
        f"{report['set']}, {report['split']}",
        f"{report['n']} ({report['groups']})",
        report["seen"],
        *(_figure(report["metrics"][name]) for name in _ROW),
        f"{total['median'] / 1000:.2f} ({total['p95'] / 1000:.2f})",
    ]
    return f"| {' | '.join(cells)} |"


def to_markdown(report: Mapping[str, Any]) -> str:
    """The report for a person."""
    wrong = sum(report["causes"].values())
    lines = [
        f"# {report['set']} ({report['split']}), {report['date']}",
        "",
        f"{report['n']} queries in {report['groups']} groups, {report['seen']} each, ranked "
        f"against all {report['catalog_appearances']} imprints of catalogue "
        f"{report['versions']['catalog']}. rxmm {report['versions']['rxmm']}, "
        f"{report['machine']}, peak memory {report['peak_memory_mib']} MiB. "
        f"{report['unanswered']} queries got no answer and count as misses; MRR and mAP look at "
        f"the first {report['candidates']} catalogue rows. Intervals: bootstrap 95% over groups.",
        "",
        "| figure | value | 95% interval | queries |",
        "|---|---|---|---|",
        *(
            f"| {TITLES[name]} | {_figure(f)} | {_interval(f)} | {f['n']} |"
            for name, f in report["metrics"].items()
        ),
        "",
        "## Why answers are wrong",
        "",
        "One cause for each (`rxmm/evaluation/causes.py`); share of the wrong answers.",
        "",
        "| cause | n | share |",
        "|---|---|---|",
        *(f"| {cause} | {n} | {n / wrong:.2f} |" for cause, n in report["causes"].items()),
        f"| all | {wrong} | {float(wrong > 0):.2f} |",
        "",
        "## Time",
        "",
        "| stage | median ms | p95 ms |",
        "|---|---|---|",
        *(f"| {k} | {v['median']} | {v['p95']} |" for k, v in report["latency_ms"].items()),
    ]
    lines += _below_mean(report)
    titles = " | ".join(TITLES[name] for name in STRATUM_METRICS)
    for stratum, values in report["strata"].items():
        lines += ["", f"## By {stratum}", "", f"| {stratum} | n | {titles} |"]
        lines += ["|---|---|" + "---|" * len(STRATUM_METRICS)]
        for value, figures in values.items():
            cells = [_figure(figures[name]) for name in STRATUM_METRICS]
            cells[0] += f" [{_interval(figures['top1'])}]"
            lines.append(f"| {value} | {figures['n']} | {' | '.join(cells)} |")
    swaps = ", ".join(f"{t} as {r} ({n})" for t, r, n in report["confusions"][:20])
    lines += ["", "## Characters read for others", "", swaps or "none", ""]
    return "\n".join(lines)


def _below_mean(report: Mapping[str, Any]) -> list[str]:
    """The section on groups of pills that are answered clearly worse than the rest."""
    found = report["below_mean"]
    shown = ("abstained", "identified_wrong")
    return [
        "",
        "## Groups below the mean",
        "",
        f"Of {found['compared']} groups of at least {FEWEST} queries, those whose top-1 is more "
        f"than {MARGIN * 100:.0f} points below that of the set "
        f"({_figure(report['metrics']['top1'])}). Groups overlap; one whose interval reaches the "
        "set's top-1 may be below it by chance.",
        "",
        f"| group | n | top-1 | 95% interval | {' | '.join(TITLES[name] for name in shown)} |",
        "|---|---|---|---|---|---|",
        *(
            f"| {g['stratum']}: {g['group']} | {g['n']} | {_figure(g['top1'])} | "
            f"{_interval(g['top1'])} | {' | '.join(_figure(g[name]) for name in shown)} |"
            for g in found["groups"]
        ),
        *([] if found["groups"] else ["| none | | | | | |"]),
    ]


def _figure(figure: Mapping[str, Any]) -> str:
    return "-" if figure["value"] is None else f"{figure['value']:.3f}"


def _interval(figure: Mapping[str, Any]) -> str:
    return "-" if figure["low"] is None else f"{figure['low']:.3f}-{figure['high']:.3f}"
