"""`make bench BENCH=stays`: methods against worlds, as a table and a picture.

Rule 1: which worlds are for tuning and which are held out is written here, and printed.
Rule 2: scores are `scores.py`'s; nothing is measured here but counted.

STAYS_WORLDS (how many worlds, for a quick look) and STAYS_PEOPLE (1500) shorten a run.
"""

import os
from collections import defaultdict
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks.stays.lives import CLASSES
from tests.benchmarks.stays.methods import METHODS
from tests.benchmarks.stays.scores import Score, scored, truth_of
from tests.benchmarks.stays.signalling import world

__all__ = ["HELD_OUT", "TUNED_ON", "main"]

TUNED_ON = (("straight", 1), ("corner", 2), ("delta", 3))
HELD_OUT = (("river", 11), ("enclave", 12), ("pearl", 13), ("capital", 14), ("straight", 15), ("delta", 16))
LEVELS = ("prefecture", "district")


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one land at one level."""

    method: str
    level: str
    land: str


def main() -> None:
    """Run all, print, draw."""
    count, most = int(os.environ.get("STAYS_PEOPLE", "1500")), int(os.environ.get("STAYS_WORLDS", "99"))
    console = Console()
    scores: defaultdict[Row, Score] = defaultdict(Score)
    with Progress(console=console) as progress:
        job = progress.add_task("worlds", total=len(HELD_OUT[:most]))
        for name, seed in HELD_OUT[:most]:
            progress.update(job, description=f"{name}, seed {seed}")
            month = world(name, seed, count)
            for level in LEVELS:
                truth = truth_of(month.people, month.land, level)
                for method, derive in METHODS.items():
                    scores[Row(method, level, name)] += scored(truth, derive(month, level))
            progress.advance(job)
    for level in LEVELS:
        console.print(_table(scores, level))
    console.print(_classes(scores))


def _table(scores, level):
    table = Table(title=f"stays at {level} level, worlds not used for tuning, {level} truth")
    for column in ("land", "method", "F1 away", "stay F1", "hours F1", "certain P", "certain R"):
        table.add_column(column)
    for column in ("border false", "… certain", "transit", "… certain"):
        table.add_column(column)
    lands = list(dict.fromkeys(row.land for row in scores if row.level == level))
    methods = list(dict.fromkeys(row.method for row in scores if row.level == level))
    for land in (*lands, "all"):
        for method in methods:
            named = [Row(method, level, one) for one in (lands if land == "all" else [land])]
            score = sum((scores[row] for row in named if row in scores), Score())
            table.add_row(land, method, *_figures(score))
        table.add_section()
    return table


def _figures(score):
    shares = [score.f1("away all"), score.f1("stay"), score.f1("hours")]
    shares += [score.precision("away certain"), score.recall("away certain")]
    false = [f"{100 * score.border_false(sort):.1f} %" for sort in ("all", "certain")]
    return [
        *(f"{share:.4f}" for share in shares),
        *false,
        *(str(score.counts["transit", sort]) for sort in ("all", "certain")),
    ]


def _classes(scores):
    table = Table(
        title="recall of away pairs by class of person, prefecture level (in brackets: certain only)"
    )
    table.add_column("method")
    for kind in CLASSES:
        table.add_column(kind)
    for method in dict.fromkeys(row.method for row in scores):
        rows = [score for row, score in scores.items() if (row.method, row.level) == (method, "prefecture")]
        score = sum(rows, Score())
        cells = [
            f"{score.recall(f'{kind} all'):.3f} ({score.recall(f'{kind} certain'):.3f})" for kind in CLASSES
        ]
        table.add_row(method, *cells)
    return table


if __name__ == "__main__":
    main()
