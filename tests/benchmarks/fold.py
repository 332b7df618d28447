"""The fold: events a second, beside what the same memory and other tools do with the same events.

    fold            time-sorted minutes through `mobility.kernel.fold`, one and two threads, after everybody's first event
    + ids, cells    the same from numbers and cells of a dated table: `NumberTable.find`, `CellVersions.at`, fold
    random writes   the same rows in the same order: ten words of 40 bytes read, changed, written; nothing else
    polars, duckdb  simpler rules on the same events: runs of one region a phone, with their first and last second
    numpy           the same runs by one stable sort
    plain Python    the oracle's rules, a phone and an event at a time

Rates are of the best of a few rounds: others on the machine only make a round slower.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit
from rich.console import Console
from rich.table import Table

from service.mobility.cell_versions import ALWAYS, CellVersions
from service.mobility.cells import Cells
from service.mobility.kernel import fold, new_state
from service.mobility.number_table import NumberTable
from service.mobility.oracle import Event, Oracle

__all__ = ["main"]

_SIZES = (1_000_000, 4_000_000, 10_000_000)
_BATCH, _ROUNDS = 1 << 22, 5
_CELLS, _NOON = 20_000, 1_795_400_000
_PYTHON, _TABLES = 200_000, 1 << 22
_FIRST = 8613900000000


@dataclass
class _Load:
    """A nation of so many at noon, and batches of it that follow each other."""

    phones: int

    def __post_init__(self) -> None:
        self.chance = chance = np.random.default_rng(1)
        region = (np.arange(_CELLS) // 60 * 100 + 110_000).astype(np.int32)
        soft = chance.random(_CELLS) < 0.1
        evidence = np.where(soft, chance.integers(-20, 60, _CELLS), 64).astype(np.int32)
        self.cells = Cells(region, evidence, np.where(soft, np.roll(region, 1), 0).astype(np.int32))
        self.home = chance.integers(0, _CELLS - 5, self.phones).astype(np.int32)
        self.share = np.cumsum(chance.lognormal(0, 1, self.phones))
        self.now = float(_NOON)

    def batch(self):
        """(row, second, cell): 190 events a phone and day, a heavy tail, 3 % strays."""
        chance, home = self.chance, self.home
        rows = np.searchsorted(self.share, np.sort(chance.random(_BATCH)) * self.share[-1]).astype(np.int32)
        rows = rows[chance.permutation(_BATCH)]
        cells = home[rows] + chance.integers(0, 5, _BATCH).astype(np.int32)
        stray = chance.random(_BATCH) < 0.03
        cells[stray] = chance.integers(0, _CELLS, int(stray.sum()))
        span = _BATCH * 86_400 / (190 * self.phones)
        times = np.sort((self.now + chance.random(_BATCH) * span).astype(np.int64))
        self.now += span
        return rows, times, cells


@njit(nogil=True)
def _random_writes(state, rows, mine, mask):
    for row in rows:
        if (row >> 6) & mask == mine:
            s = state[row]
            s.start += 1
            s.last += s.start
            s.seen ^= s.last
            s.cstart += 1
            s.cur += 1
            s.cand ^= row
            s.score += 1
            s.core += 1
            s.trust += 1
            s.day += 1


def main() -> None:
    """Print the tables."""
    console = Console()
    with ThreadPoolExecutor(2) as pool:
        for phones in _SIZES:
            console.print(_measured(phones, pool, console))
    console.print(_others(_Load(1_000_000)))


def _measured(phones: int, pool: ThreadPoolExecutor, console: Console) -> Table:
    with console.status(f"{phones:,} subscriptions"):
        load, numbers = _Load(phones), NumberTable()
        activation = np.zeros(phones, np.int64)
        versions = CellVersions.of([(ALWAYS, [str(cell) for cell in range(_CELLS)], load.cells)])
        everybody = load.chance.permutation(phones).astype(np.int32)
        known = _FIRST + np.arange(phones)
        numbers.find(known, 1)
        numbers.put(known, np.arange(phones, dtype=np.int32))
        before = np.full(phones, _NOON - 3600)
        states = {name: new_state(phones) for name in ("one", "two", "ids one", "ids two")}
        for state in states.values():
            fold(state, activation, load.cells, everybody, before, load.home[everybody], before, 2, pool.map)
        scratch = new_state(phones)
        _random_writes(scratch, everybody[:1], 0, 0)
        best: dict[str, float] = {}

        def took(name: str, work: Callable[..., object], *arguments: object) -> None:
            begun = time.perf_counter()
            work(*arguments)
            best[name] = max(best.get(name, 0), _BATCH / (time.perf_counter() - begun) / 1e6)

        def whole(state, who, times, cell, parts) -> None:
            rows = numbers.find(who, 1)[0]
            fold(state, activation, load.cells, rows, times, versions.at(cell, times), times, parts, pool.map)

        def written(rows, parts) -> None:
            list(
                pool.map(
                    _random_writes,
                    *zip(*[(scratch, rows, mine, parts - 1) for mine in range(parts)], strict=True),
                )
            )

        for _ in range(_ROUNDS):
            rows, times, cell = load.batch()
            who = known[rows]
            events = (activation, load.cells, rows, times, cell, times)
            took("fold, one thread", fold, states["one"], *events)
            took("fold, two threads", fold, states["two"], *events, 2, pool.map)
            took("+ ids, cells, one thread", whole, states["ids one"], who, times, cell, 1)
            took("+ ids, cells, two threads", whole, states["ids two"], who, times, cell, 2)
            took("ids to rows alone", numbers.find, who, 1)
            took("random writes, one thread", written, rows, 1)
            took("random writes, two threads", written, rows, 2)
        assert np.array_equal(states["one"], states["two"])
    table = Table(
        "what", "million events/s", "of random writes, two threads", title=f"{phones:,} subscriptions"
    )
    for name, rate in best.items():
        table.add_row(name, f"{rate:.1f}", f"{rate / best['random writes, two threads']:.2f}")
    return table


def _others(load: _Load) -> Table:
    """Other tools with simpler rules on one batch of a million phones."""
    rows, times, cell = load.batch()
    region = load.cells.region[cell]
    rates = {
        "polars": _rate(lambda: _polars(rows, times, region)),
        "duckdb": _rate(lambda: _duckdb(rows, times, region)),
    }
    rates["numpy"] = _rate(lambda: _numpy(rows, times, region))
    some = slice(0, _PYTHON)
    begun = time.perf_counter()
    _python(rows[some].tolist(), times[some].tolist(), cell[some].tolist(), load.cells)
    rates["plain Python, our rules"] = _PYTHON / (time.perf_counter() - begun) / 1e6
    state, activation = new_state(load.phones), np.zeros(load.phones, np.int64)
    rates["ours on the same batch, one thread, first events"] = _rate(
        lambda: fold(state, activation, load.cells, rows, times, cell, times), 1
    )
    table = Table("what", "million events/s", title="1,000,000 subscriptions: others, with simpler rules")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:.2f}")
    return table


def _rate(work: Callable[[], object], rounds: int = 3) -> float:
    best = 0.0
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        best = max(best, _TABLES / (time.perf_counter() - begun) / 1e6)
    return best


def _polars(rows, times, region):
    frame = pl.DataFrame({"row": rows, "time": times, "region": region}).sort("row", maintain_order=True)
    run = (pl.col("row") != pl.col("row").shift()) | (pl.col("region") != pl.col("region").shift())
    frame = frame.with_columns(run.fill_null(value=True).cum_sum().alias("run"))
    return frame.group_by("run").agg(
        pl.col("row").first(),
        pl.col("region").first(),
        pl.col("time").min().alias("start"),
        pl.col("time").max().alias("last"),
    )


def _duckdb(rows, times, region):
    connection = duckdb.connect()
    connection.register("events", pa.table({"row": rows, "time": times, "region": region}))
    return connection.sql(
        "SELECT row, region, min(time), max(time) FROM ("
        " SELECT *, row_number() OVER (PARTITION BY row ORDER BY time)"
        " - row_number() OVER (PARTITION BY row, region ORDER BY time) AS run FROM events"
        ") GROUP BY row, region, run"
    ).fetchnumpy()


def _numpy(rows, times, region):
    order = np.argsort(rows, kind="stable")
    row, time_, place = rows[order], times[order], region[order]
    begins = np.flatnonzero(np.diff(row, prepend=-1) | np.diff(place, prepend=-1))
    return row[begins], place[begins], time_[begins], time_[np.append(begins[1:], len(row)) - 1]


def _python(rows, times, cell, cells):
    phones: dict[int, Oracle] = {}
    region, evidence, other = cells.region.tolist(), cells.evidence.tolist(), cells.other.tolist()
    for row, moment, place in zip(rows, times, cell, strict=True):
        phone = phones.get(row)
        if phone is None:
            phone = phones[row] = Oracle()
        phone.feed(Event(moment, moment, region[place], evidence[place], other[place]))
