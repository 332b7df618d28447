"""The benchmark's picture: what the table says in a hundred figures, at one glance, and one thing more.

Rule 1: drawn from the same scores as the table; nothing is computed anew but the shares by class.
Rule 2: matplotlib is the benchmark's own dependency; the service never draws.

    left    each method on each land: false regions for border residents against recall of away pairs; the corner
            that is aimed at is shaded, and an arrow leads from all answers to the certain ones where a method has both
    right   which class of person each method fails: recall of away pairs by class, and false pairs by class
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from tests.benchmarks.stays.lives import CLASSES

__all__ = ["draw"]

mpl.use("Agg")
_COLOURS = ["#9aa0a6", "#c58b2a", "#0b6e4f", "#4c78a8", "#b279a2", "#e45756", "#72b7b2", "#54504a"]


def draw(path: Path, by_land, by_method, beside, note: str) -> None:
    """`by_land`: (method, land) -> Score; `by_method`: method -> Score; `beside`: peers too, on the same people."""
    methods = list(beside)
    colour = dict(zip(methods, _COLOURS, strict=False))
    figure = Figure(figsize=(13, 6.2), dpi=110)
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1, 1.25]})
    peers = {(method, "some people"): score for method, score in beside.items() if method not in by_method}
    _corner(left, by_land | peers, colour)
    _classes(right, by_method, colour)
    figure.text(0.01, 0.01, note, fontsize=7.5, color="#555555")
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path)


def _corner(axes, by_land, colour):
    axes.fill_between([98, 100], -0.6, 0.5, color="#0b6e4f", alpha=0.2)
    named = set()
    for (method, land), score in by_land.items():
        x, y = 100 * score.recall("away all"), 100 * score.border_false("all")
        label = method if method not in named else None
        named.add(method)
        axes.scatter(x, y, s=26, color=colour[method], label=label, zorder=3)
        cx, cy = 100 * score.recall("away certain"), 100 * score.border_false("certain")
        if (cx, cy) != (x, y):
            arrow = {"arrowstyle": "->", "color": colour[method], "alpha": 0.6}
            axes.annotate("", (cx, cy), (x, y), arrowprops=arrow)
            axes.annotate(
                land, (cx, cy), fontsize=6.5, color=colour[method], xytext=(2, -8), textcoords="offset points"
            )
    axes.set_xlabel("recall of regions away from home, %")
    axes.set_ylabel("border residents with a false region, %")
    axes.set_title(
        "Right places, and places never seen\n(one dot a land; arrow: `possible` set apart; shaded: the aim)",
        fontsize=10,
    )
    axes.set_ylim(bottom=-0.6)
    axes.grid(alpha=0.25)
    recalls = [
        100 * score.recall(f"away {sort}") for score in by_land.values() for sort in ("all", "certain")
    ]
    axes.set_xlim(min(recalls) - 1, 100)
    axes.legend(fontsize=8, loc="upper right")


def _classes(axes, by_method, colour):
    kinds = [
        kind for kind in CLASSES if kind not in {"home", "border"}
    ]  # these are never away: nothing to miss
    width = 0.8 / len(by_method)
    for place, (method, score) in enumerate(by_method.items()):
        at = np.arange(len(kinds)) + (place - (len(by_method) - 1) / 2) * width
        missed = [_of(score, kind, "missed", ("missed", "hit")) for kind in kinds]
        false = [_of(score, kind, "false", ("false", "hit")) for kind in kinds]
        axes.bar(at, missed, width, color=colour[method], label=method)
        axes.bar(at, [-share for share in false], width, color=colour[method], alpha=0.55)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xticks(np.arange(len(kinds)), kinds, rotation=30, fontsize=8)
    axes.set_ylabel("← false, % of answered      missed, % of true →")
    axes.set_ylim(-25, 25)
    axes.set_title("Whom each method fails: regions away from home, by class of person", fontsize=10)
    axes.grid(axis="y", alpha=0.25)


def _of(score, kind, what, whole):
    total = sum(score.counts[f"{kind} all", part] for part in whole)
    return 100 * score.counts[f"{kind} all", what] / total if total else 0.0
