"""From events to stays: one pure fold over arrays, the same for files and for the live stream.

Rule 1: which events are taken in which order, and which are set aside, stands here; what one does, in `rules.py`.
Rule 2: no I/O, no clock, no names: rows, seconds, cell numbers in; changes out.

    events (row, time, cell, arrival) + state (40 bytes a row) --fold--> changes, and the state moved on
"""

from dataclasses import dataclass
from inspect import getsource
from zlib import crc32

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility import rules
from service.mobility.cells import Cells
from service.mobility.changes import CHANGE
from service.mobility.rules import DWELL, MOST_CHANGES, SILENCE, STATE, lapse, step

__all__ = ["DWELL", "STATE", "SetAside", "fold", "new_state", "tick"]

_AHEAD, _BEHIND = 300, 259_200  # an event's time may lie this far after and before its arrival
_UNKNOWN_CELL, _TOO_EARLY, _TOO_LATE, _BEFORE_ACTIVATION, _NOBODY = range(5)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Events that were not folded, by reason."""

    unknown_cell: int
    ahead_of_arrival: int
    too_late: int
    before_activation: int
    no_subscription: int


def new_state(rows: int) -> NDArray[np.void]:
    """The state of so many rows before their first event."""
    return np.zeros(rows, STATE)


def fold(
    state: NDArray[np.void],
    activation: NDArray[np.int64],
    cells: Cells,
    rows: NDArray[np.int32],
    times: NDArray[np.int64],
    cell: NDArray[np.int32],
    arrivals: NDArray[np.int64],
) -> tuple[NDArray[np.void], SetAside]:
    """Fold events into the state, which is changed in place; the changes, and what was set aside.

    `activation`: unix second at which each row's subscription began. `rows` -1: no subscription; `cell` -1: unknown.
    Of one row, events are taken in the order given; rows do not touch each other.
    """
    changes = np.zeros(len(rows) * MOST_CHANGES, CHANGE)
    aside = np.zeros(5, np.int64)
    count = _fold(
        state,
        activation,
        cells.region,
        cells.evidence,
        cells.other,
        rows,
        times,
        cell,
        arrivals,
        changes,
        aside,
    )
    return changes[:count].copy(), SetAside(*(int(number) for number in aside))


def tick(state: NDArray[np.void], now: int) -> NDArray[np.void]:
    """Close the stays of phones that have been silent for more than a day; the changes."""
    silent = np.flatnonzero((state["cur"] != 0) & (state["seen"].astype(np.int64) + SILENCE < now))
    changes = np.zeros(len(silent), CHANGE)
    return changes[: _lapse(state, silent, changes)].copy()


def _drivers(stamp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The compiled loops.

    Numba's cache looks at the file of a function, not at those of what it calls. `stamp`, a checksum of the rules,
    is a part of its key, so that changed rules are compiled anew.
    """

    @njit(cache=True)
    def fold_all(state, activation, regions, evidences, others, rows, times, cell, arrivals, changes, aside):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        count = stamp * 0
        for event in range(len(rows)):
            row, x, place = rows[event], times[event], cell[event]
            # Set aside what cannot be placed in space, time or anybody's subscription.
            if row < 0:
                aside[_NOBODY] += 1
            elif place < 0:
                aside[_UNKNOWN_CELL] += 1
            elif x > arrivals[event] + _AHEAD:
                aside[_TOO_EARLY] += 1
            elif x < arrivals[event] - _BEHIND:
                aside[_TOO_LATE] += 1
            elif x < activation[row]:
                aside[_BEFORE_ACTIVATION] += 1
            else:
                count = step(state, row, x, regions[place], evidences[place], others[place], changes, count)
        return count

    @njit(cache=True)
    def lapse_all(state, silent, changes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        count = stamp * 0
        for row in silent:
            count = lapse(state, row, changes, count)
        return count

    return fold_all, lapse_all


_fold, _lapse = _drivers(  # type: ignore[no-untyped-call]
    crc32(getsource(rules).encode())
)
