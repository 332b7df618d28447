"""Stays of a file of events, without a store: what `itinerary stays` does.

Rule 1: which changes make a stay of the output is decided here.
Rule 2: nothing is kept, and nobody has to be enrolled.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.domain.itinerary import DAY, SHANGHAI_OFFSET, Certainty, Stay
from service.mobility.cells import Cells
from service.mobility.changes import ChangeKind
from service.mobility.kernel import SetAside, fold, new_state, tick
from service.ports.feed import EventBatch

__all__ = ["CoverageTable", "Derived", "derive"]

_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class CoverageTable:
    """Which numbers were seen on which Shanghai days: `seen[number's place, day - first_day]`."""

    numbers: list[int]
    first_day: int
    seen: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Derived:
    """Stays by number, in the order of their beginning, and what was set aside."""

    stays: list[tuple[int, Stay]]
    events: int
    aside: list[SetAside]
    coverage: CoverageTable


def derive(batches: Iterable[EventBatch], cells: Cells, progress: Callable[[int], None]) -> Derived:
    """All stays worth keeping; one that is still open ends with its last event."""
    rows: dict[int, int] = {}
    numbers: list[int] = []
    state, events = new_state(0), 0
    stays: list[tuple[int, Stay]] = []
    asides: list[SetAside] = []
    days: list[NDArray[np.int64]] = []
    for batch in batches:
        places = _admitted(batch.msisdn, rows, numbers)
        if len(numbers) > len(state):
            state = np.concatenate([state, new_state(2 * len(numbers) - len(state))])
        activation = np.zeros(len(state), np.int64)
        changes, aside = fold(state, activation, cells, places, batch.time, batch.cell, batch.arrival)
        stays += _closed(changes, numbers)
        days.append(_days(changes))
        asides.append(aside)
        events += len(batch)
        progress(len(batch))
    stays += _open(state, numbers)
    stays.sort(key=lambda row: (row[0], row[1].start))
    return Derived(stays, events, asides, _coverage(days, numbers))


def _days(changes: NDArray[np.void]) -> NDArray[np.int64]:
    """Rows and days on which they were seen: the kernel tells of each day's first event."""
    days = (changes["last"] + SHANGHAI_OFFSET) // DAY
    return np.unique(np.stack([changes["row"].astype(np.int64), days], axis=1), axis=0)


def _coverage(days: list[NDArray[np.int64]], numbers: list[int]) -> CoverageTable:
    told = np.concatenate(days) if days else np.zeros((0, 2), np.int64)
    if not len(told):
        return CoverageTable(numbers, 0, np.zeros((len(numbers), 0), np.bool_))
    first = int(told[:, 1].min())
    seen = np.zeros((len(numbers), int(told[:, 1].max()) - first + 1), np.bool_)
    seen[told[:, 0], told[:, 1] - first] = True
    return CoverageTable(numbers, first, seen)


def _admitted(msisdn: NDArray[np.int64], rows: dict[int, int], numbers: list[int]) -> NDArray[np.int32]:
    distinct, places = np.unique(msisdn, return_inverse=True)
    found = np.empty(len(distinct), np.int32)
    for place, number in enumerate(distinct.tolist()):
        if number not in rows:
            rows[number] = len(numbers)
            numbers.append(number)
        found[place] = rows[number]
    return found[places]


def _closed(changes: NDArray[np.void], numbers: list[int]) -> list[tuple[int, Stay]]:
    kept = changes[changes["kind"] == ChangeKind.CLOSED]
    return [
        (numbers[row], Stay(region, start, last, Certainty(certain)))
        for row, _, _, certain, region, start, last in kept.tolist()
    ]


def _open(state: NDArray[np.void], numbers: list[int]) -> list[tuple[int, Stay]]:
    """The stays that run to the end of the data, read off by a tick that finds everybody silent."""
    changes = tick(state[: len(numbers)].copy(), _FOREVER)
    return _closed(changes, numbers)
