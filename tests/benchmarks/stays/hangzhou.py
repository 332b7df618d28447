"""Real signalling: the tower's own district against the GPS truth, before and after.

Rule 1: the data stays where it lies (../shared/data/hangzhou; Huang, Wang, Xu and Cai 2023, CC BY 4.0); without it
this part is skipped by name.
Rule 2: what five days of a moving phone can show is shown, and no more.

    before   each row is of its tower's district
    core     rows on core cells of the district level: how many there are, and how often they are wrong
    soft     rows on soft cells: how often the truth is the tower's district, and how often the other one named
    kernel   the stream as one phone's: in which district the rules hold it at each row, wherever they hold it

    radio    how far the serving tower is, and how often it stands in another district, by the distance to the border; both in
             kilometres and in units of the distance to the 4th nearest tower: what a simulated network is held against

What it cannot show: stays. The stream is one of a few phones on the road, without ids, so a row is one place of a
drive; hardly anybody stands for four hours. The towers are those that served, not all there are.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.table import Table

from service.mobility.cells import DISTRICT, cells_of
from service.mobility.kernel import fold, new_state
from service.mobility.nearest import Tree
from tests.benchmarks.stays.geographies import KM_PER_DEGREE, borders_of
from tests.benchmarks.stays.methods import sorted_events
from tests.benchmarks.stays.real_borders import districts_of, inside
from tests.benchmarks.stays.signalling import World
from tests.benchmarks.stays.truth import whereabouts

__all__ = ["PATH", "hangzhou", "radio"]

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


def radio(world: World) -> Table | None:
    """Hangzhou's radio beside a simulated one's, district level; nothing where the data is absent."""
    if not PATH.exists():
        return None
    _, lat, lon, cell_lat, cell_lon = _rows()
    shapes = districts_of("33")
    wrong = inside(shapes, cell_lon, cell_lat) != inside(shapes, lon, lat)
    west, south = lon.min(), lat.min()
    flat = _Flat(west, south)
    towers, serving = np.unique(flat(cell_lon, cell_lat).round(4), axis=0, return_inverse=True)
    border = np.concatenate([flat(*dense.T) for dense in _edges(shapes, west, south, lon.max(), lat.max())])
    real = _radio(flat(lon, lat), towers, serving.ravel(), border, wrong)
    simulated = _radio(*_simulated(world))
    table = Table(
        title=f"radio, district level: Hangzhou's phones, all in motion, and {world.land.name}'s, most at rest"
    )
    for column in ("what", "Hangzhou", world.land.name):
        table.add_column(column)
    for (what, one), other in zip(real.items(), simulated.values(), strict=True):
        table.add_row(what, one, other)
    return table


@dataclass(frozen=True, slots=True)
class _Flat:
    """Degrees to kilometres on a plane that touches at its corner."""

    west: float
    south: float

    def __call__(self, lon, lat):
        scale = KM_PER_DEGREE * np.cos(np.radians(self.south))
        return np.column_stack([(lon - self.west) * scale, (lat - self.south) * KM_PER_DEGREE])


def _edges(shapes, west, south, east, north):
    """Points on borders in the box and a little around it, at most some 30 m apart; degrees."""
    for _, rings in shapes:
        for ring in rings:
            low, high = ring.min(0), ring.max(0)
            if low[0] > east + 0.1 or high[0] < west - 0.1 or low[1] > north + 0.1 or high[1] < south - 0.1:
                continue
            length = np.abs(np.diff(ring, axis=0, append=ring[:1])).sum(1)
            clock = np.concatenate([[0], np.cumsum(length)])
            at, closed = np.arange(0, clock[-1], 0.0003), np.concatenate([ring, ring[:1]])
            yield np.column_stack([np.interp(at, clock, closed[:, axis]) for axis in (0, 1)])


def _simulated(world: World):
    """Phones, towers, serving tower, borders and whether the tower's district is wrong, for some of the events."""
    phone, time, cell = sorted_events(world)
    towers = np.column_stack([world.network.x, world.network.y])
    some = np.flatnonzero(cell < len(towers))[::97]
    phone, time, cell = phone[some], time[some], cell[some] // world.network.sectors
    places = np.zeros((len(some), 2))
    for number in np.unique(phone).tolist():
        mine = phone == number
        places[mine] = np.column_stack(whereabouts(world.people[number], time[mine])[:2])
    true = world.land.at(places[:, 0], places[:, 1], "district")
    wrong = world.network.region["district"][cell * world.network.sectors] != true
    return places, towers, cell, borders_of(world.land.district), wrong


def _radio(phones, towers, serving, border, wrong) -> dict[str, str]:
    near, squared = _tree(towers).nearest(_in_space(phones), 4)
    spacing = np.maximum(np.sqrt(squared[:, 3]), 0.05)
    away = np.hypot(*(phones - towers[serving]).T)
    rows = {
        "distance to the 4th nearest tower, median": f"{np.median(spacing):.2f} km",
        "distance to the serving tower, of that": f"{np.median(away / spacing):.2f}",
        "the nearest tower serves": f"{100 * (near[:, 0] == serving).mean():.0f} %",
    }
    to_border = np.sqrt(_tree(border).nearest(_in_space(phones), 1)[1][:, 0])
    for unit, distance in (("km", to_border), ("of that distance", to_border / spacing)):
        for low, high in pairwise((0.0, 0.1, 0.25, 0.5, 1.0, 2.0)):
            band = (distance >= low) & (distance < high)
            share = f"{100 * wrong[band].mean():.1f} %" if band.any() else "-"
            rows[f"wrong district, border at {low:g} to {high:g} {unit}"] = share
    return rows


def _in_space(points):
    return np.column_stack([points, np.zeros(len(points))])


def _tree(points) -> Tree:
    return Tree.of(_in_space(points))


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
