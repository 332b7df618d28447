"""A nation's signalling for the benchmarks: 190 events a subscription and day, a heavy tail, in the order of time.

Rule 1: what the load looks like is decided here: who is how active, how people stay and travel, how a file lies on disk.
Rule 2: nothing here knows what is measured, and no truth is kept: for scores there is `stays`.

Activity is log-normal (sigma 1: a tenth of the numbers makes 40 % of the events) and falls to an eighth at night. Everybody
has a home and a work among the same region's cells and their neighbours, a fifth of the people makes a journey of one to
four days each fortnight, one event in fifty is a stray. Cells are named like `46000-6145-120017`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from service.adapters.region_tables import load_regions
from service.domain.itinerary import start_of_day

__all__ = ["CELLS", "DAY_EVENTS", "FIRST_DAY", "FIRST_NUMBER", "Nation", "cell_name", "write_cells"]

DAY_EVENTS = 190
FIRST_DAY = 20_700  # Shanghai day ordinal
FIRST_NUMBER = 8613900000000
CELLS = 20_000
_DAY, _HOUR = 86_400, 3600
_AT_ONCE = 1 << 20
_HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7, 6, 4, 2], float)
_REGIONS = 300


@dataclass(frozen=True, slots=True)
class Nation:
    """So many subscriptions; the same seed makes the same people."""

    subscriptions: int
    seed: int = 1

    def batches(
        self, days: float
    ) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]]:
        """(row, second, cell) of each event, in the order of time, an hour or less at once."""
        chance = np.random.default_rng(self.seed)
        share = np.cumsum(chance.lognormal(0, 1, self.subscriptions))
        people = _People.of(chance, self.subscriptions)
        begin = start_of_day(FIRST_DAY)
        for hour in range(round(days * 24)):
            count = int(self.subscriptions * DAY_EVENTS * _HOURS[hour % 24] / _HOURS.sum())
            pieces = max(1, -(-count // _AT_ONCE))
            for piece in range(pieces):
                some = count // pieces
                who = np.searchsorted(share, chance.random(some) * share[-1]).astype(np.int32)
                span = _HOUR / pieces
                first = begin + hour * _HOUR + piece * span
                times = np.sort((first + chance.random(some) * span).astype(np.int64))
                yield who, times, people.cells(chance, who, hour)

    def write(self, path: Path, days: float) -> int:
        """A file of these events, Parquet or Arrow by its suffix; how many."""
        names = pa.array([cell_name(cell) for cell in range(CELLS)])
        schema = pa.schema(
            [("msisdn", pa.int64()), ("time", pa.int64()), ("cell", pa.dictionary(pa.int32(), pa.string()))]
        )
        parquet = path.suffix == ".parquet"
        events = 0
        with pq.ParquetWriter(path, schema) if parquet else pa.ipc.new_file(path, schema) as writer:
            for who, times, cells in self.batches(days):
                columns = [
                    pa.array(FIRST_NUMBER + who.astype(np.int64)),
                    pa.array(times),
                    pa.DictionaryArray.from_arrays(pa.array(cells), names),
                ]
                writer.write_table(pa.table(columns, schema=schema))
                events += len(who)
        return events


@dataclass(frozen=True, slots=True)
class _People:
    home: NDArray[np.int32]
    work: NDArray[np.int32]
    away: NDArray[np.int32]
    leaves: NDArray[np.int32]  # hour of the fortnight
    stays: NDArray[np.int32]  # hours; 0: never leaves

    @classmethod
    def of(cls, chance: np.random.Generator, count: int) -> "_People":
        home = chance.integers(0, CELLS, count, dtype=np.int32)
        block = CELLS // _REGIONS
        work = (home // block * block + chance.integers(0, block, count)).astype(np.int32) % CELLS
        stays = np.where(chance.random(count) < 0.2, chance.integers(24, 96, count), 0).astype(np.int32)
        leaves = chance.integers(0, 336, count, dtype=np.int32)
        return cls(home, work, chance.integers(0, CELLS, count, dtype=np.int32), leaves, stays)

    def cells(self, chance: np.random.Generator, who: NDArray[np.int32], hour: int) -> NDArray[np.int32]:
        """Where each event is heard: the place of the hour or a neighbour of it, and now and then a stray."""
        place = (self.work if 9 <= hour % 24 < 18 else self.home)[who]
        since = (hour - self.leaves[who]) % 336
        place = np.where(since < self.stays[who], self.away[who], place)
        stray = chance.random(len(who)) < 0.02
        near = chance.integers(0, 4, len(who), dtype=np.int32) + np.where(stray, 40, 0)
        return ((place + near) % CELLS).astype(np.int32)


def cell_name(cell: int) -> str:
    """What the operator calls it."""
    return f"46000-{6000 + cell // 128}-{120_000 + cell}"


def write_cells(path: Path) -> None:
    """A table of cells: 300 real region codes on a grid of squares, each with its cells at random places."""
    chance = np.random.default_rng(0)
    known = load_regions().known
    codes = [code for code in range(110_000, 660_000, 100) if known(code)][:_REGIONS]
    block = CELLS // _REGIONS
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["cell", "region", "lat", "lon"])
        for cell in range(CELLS):
            region = min(cell // block, len(codes) - 1)
            lat, lon = 20 + region // 20 + chance.random(), 90 + region % 20 + chance.random()
            writer.writerow([cell_name(cell), codes[region], f"{lat:.5f}", f"{lon:.5f}"])
