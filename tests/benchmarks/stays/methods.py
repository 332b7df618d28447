"""Methods that derive stays from a world's events: two simple ones, and ours.

Rule 1: every method gets the same events; the simple ones get them sorted and without duplicates, which ours does not.
Rule 2: none sees a person, a place or the truth.

    naive        a stay ends at any change of region, and after a day of silence
    hysteresis   a stay ends when three events over more than half an hour, with none of its own between, say so
    ours         the service's cells and kernel, events in the order of arrival, folded in batches
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.cells import DISTRICT, PREFECTURE, Cells, cells_of
from service.mobility.changes import ChangeKind
from service.mobility.kernel import fold, new_state, tick
from tests.benchmarks.stays.scores import Found
from tests.benchmarks.stays.signalling import BEGIN, World

__all__ = ["METHODS", "cells_for", "derived", "hysteresis", "naive", "ours", "sorted_events"]

_BATCH = 1 << 19
_DAY, _FOREVER = 86_400, 1 << 40


def cells_for(world: World, level: str) -> Cells:
    """The service's table of this network."""
    network = world.network
    return cells_of(
        network.region[level], network.lat, network.lon, PREFECTURE if level == "prefecture" else DISTRICT
    )


def sorted_events(world: World):
    """Phone, time and cell, by phone and time, duplicates and what precedes an activation left out."""
    activated = np.array([person.activated for person in world.people])
    kept = world.time >= activated[world.phone]
    phone, time, cell = world.phone[kept], world.time[kept], world.cell[kept]
    order = np.lexsort((time, phone))
    phone, time, cell = phone[order], time[order], cell[order]
    fresh = np.ones(len(phone), bool)
    fresh[1:] = (np.diff(phone) != 0) | (np.diff(time) != 0) | (np.diff(cell) != 0)
    return phone[fresh], time[fresh], cell[fresh]


def naive(world: World, level: str) -> list[Found]:
    """Break at any change."""
    return _by_events(world, level, 1, 0)


def hysteresis(world: World, level: str) -> list[Found]:
    """Three events and half an hour."""
    return _by_events(world, level, 3, 1800)


def ours(world: World, level: str) -> list[Found]:
    """The service's own."""
    return derived(world, cells_for(world, level))


def derived(world: World, cells: Cells) -> list[Found]:
    """Stays by the service's kernel, with these cells."""
    state = new_state(len(world.people))
    activation = np.array([BEGIN + person.activated for person in world.people], np.int64)
    found: list[Found] = []
    for begin in range(0, len(world.time), _BATCH):
        rows = slice(begin, begin + _BATCH)
        changes, _ = fold(
            state,
            activation,
            cells,
            world.phone[rows],
            world.time[rows] + BEGIN,
            world.cell[rows],
            world.arrival[rows] + BEGIN,
        )
        found += _closed(changes)
    return found + _closed(tick(state, BEGIN + _FOREVER))


METHODS = {"naive": naive, "hysteresis": hysteresis, "ours": ours}


def _closed(changes: NDArray[np.void]) -> list[Found]:
    kept = changes[changes["kind"] == ChangeKind.CLOSED]
    columns = ("row", "region", "start", "last", "certain")
    return [
        Found(row, region, start - BEGIN, last - BEGIN, bool(certain))
        for row, region, start, last, certain in zip(*(kept[name].tolist() for name in columns), strict=True)
    ]


def _by_events(world: World, level: str, events: int, seconds: int) -> list[Found]:
    phone, time, cell = sorted_events(world)
    region = world.network.region[level][cell]
    person, code, start, end = _runs(phone, time, region, events, seconds)
    return [
        Found(*row)
        for row in zip(person.tolist(), code.tolist(), start.tolist(), end.tolist(), strict=True)
        if row[1] < 1000 or row[3] - row[2] > 14_400
    ]


@njit(cache=True)
def _runs(phone, time, region, events, seconds):
    person, code = np.empty(len(phone), np.int32), np.empty(len(phone), np.int32)
    start, end = np.empty(len(phone), np.int64), np.empty(len(phone), np.int64)
    count, run, since = -1, 0, 0
    for event in range(len(phone)):
        fresh = count < 0 or phone[event] != person[count] or time[event] - time[event - 1] > _DAY
        if not fresh and region[event] == code[count]:
            end[count] = time[event]
            run = 0
            continue
        if run == 0 or region[event] != region[event - 1]:
            run, since = 0, time[event]
        run += 1
        if fresh or (run >= events and time[event] - since >= seconds):
            count += 1
            person[count], code[count] = phone[event], region[event]
            start[count], end[count] = time[event] if fresh else since, time[event]
            run = 0
    count += 1
    return person[:count], code[:count], start[:count], end[:count]
