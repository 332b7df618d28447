"""Real signalling: the tower's own district against the GPS truth, before and after.

Rule 1: the data stays where it lies (../shared/data/hangzhou; Huang, Wang, Xu and Cai 2023, CC BY 4.0); without it
this part is skipped by name.
Rule 2: what five days of a moving phone can show is shown, and no more.

    before   each row is of its tower's district
    core     rows on core cells of the district level: how many there are, and how often they are wrong
    soft     rows on soft cells: how often the truth is the tower's district, and how often the other one named
    kernel   the stream as one phone's: in which district the rules hold it at each row, wherever they hold it

What it cannot show: stays. The stream is one of a few phones on the road, without ids, so a row is one place of a
drive; hardly anybody stands for four hours. The towers are those that served, not all there are.
"""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.table import Table

from service.mobility.cells import DISTRICT, cells_of
from service.mobility.kernel import fold, new_state
from tests.benchmarks.stays.real_borders import districts_of, inside

__all__ = ["PATH", "hangzhou"]

PATH = Path(__file__).parents[4] / "shared" / "data" / "hangzhou" / "signalling.csv"
_SHANGHAI = 28_800


def hangzhou() -> Table | None:
    """The figures as a table; nothing where the data is absent."""
    if not PATH.exists():
        return None
    time, lat, lon, cell_lat, cell_lon = _rows()
    shapes = districts_of("33")
    truth, tower = inside(shapes, lon, lat), inside(shapes, cell_lon, cell_lat)
    places, cell = np.unique(np.column_stack([cell_lat, cell_lon]), axis=0, return_inverse=True)
    region = inside(shapes, places[:, 1], places[:, 0])
    cells = cells_of(region, places[:, 0], places[:, 1], DISTRICT)
    core, other = cells.evidence[cell] == 64, cells.other[cell]
    table = Table(title=f"Hangzhou, {len(time):,} rows, {len(places):,} towers, district level")
    for column in ("what", "rows", "right", "wrong"):
        table.add_column(column)
    kept = _kernel(cells, cell, time)
    wrong = tower != truth
    _add(table, "before: the tower's district", wrong)
    _add(table, "core cells", wrong[core])
    _add(table, "soft cells, the tower's district", wrong[~core])
    _add(table, "soft cells, neither of the two named", (wrong & (other != truth))[~core])
    _add(table, "kernel: where the rules hold the phone", (kept != truth)[kept > 0])
    return table


def _add(table: Table, what: str, wrong: np.ndarray) -> None:
    share = wrong.mean() if len(wrong) else 0.0
    table.add_row(what, f"{len(wrong):,}", f"{100 * (1 - share):.2f} %", f"{100 * share:.2f} %")


def _rows():
    with PATH.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    time = [
        datetime.strptime(row["DAYS"] + row["TIMES"].zfill(6) + "+0800", "%Y%m%d%H%M%S%z").timestamp()
        for row in rows
    ]
    columns = [np.array([float(row[name]) for row in rows]) for name in ("LAT", "LNG", "CELLLAT", "CELLLNG")]
    return np.array(time, np.int64), *columns


def _kernel(cells, cell, time):
    """The district that the state holds after each event, taken one at a time."""
    state, activation, row = new_state(1), np.zeros(1, np.int64), np.zeros(1, np.int32)
    kept = np.zeros(len(time), np.int32)
    for event in range(len(time)):
        at = time[event : event + 1]
        fold(state, activation, cells, row, at, cell[event : event + 1].astype(np.int32), at)
        kept[event] = abs(state["cur"][0])
    return kept
