"""From events to stays: one pure fold over arrays, the same for files and for the live stream.

Rule 1: which events are taken in which order, and which are set aside, stands here; what one does, in `rules.py`.
Rule 2: no I/O, no clock, no names: rows, seconds, cell numbers in; changes out.

    events (row, time, cell, arrival) + state (40 bytes a row) --fold--> changes, and the state moved on

A state that outgrows the cache costs a hundred nanoseconds an event, nearly all of it waiting. So the rows of the
events ahead are fetched early, and threads share the rows among them: 64 neighbours always go to one thread, so that
no two threads write to one cache line. What comes out does not depend on their number.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import getsource
from typing import Any
from zlib import crc32

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility import rules
from service.mobility.cells import Cells
from service.mobility.changes import CHANGE
from service.mobility.prefetch import prefetch
from service.mobility.rules import DWELL, MOST_CHANGES, SILENCE, STATE, lapse, step

__all__ = ["DWELL", "STATE", "Across", "SetAside", "fold", "new_state", "tick"]

_AHEAD, _BEHIND = 300, 259_200  # an event's time may lie this far after and before its arrival
_UNKNOWN_CELL, _TOO_EARLY, _TOO_LATE, _BEFORE_ACTIVATION, _NOBODY = range(5)
_BLOCK = 1024  # events that a thread looks through for its own at once
_FETCH_AHEAD = 24
_SHARED = 6  # 2^6 rows of 40 bytes fill whole cache lines
_WORTH_THREADS = 1 << 15  # events; below that a thread costs more than it brings
_ROOM = 16  # a buffer for one change in so many events; it grows


_Work = Callable[[], None]
Across = Callable[[Callable[[_Work], None], Iterable[_Work]], Iterable[None]]
"""`map`, or the `map` of a pool of threads."""


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
    parts: int = 1,
    across: Across = map,
) -> tuple[NDArray[np.void], SetAside]:
    """Fold events into the state, which is changed in place; the changes in the events' order, and what was set aside.

    `activation`: unix second at which each row's subscription began. `rows` -1: no subscription; `cell` -1: unknown.
    Of one row, events are taken in the order given; rows do not touch each other. The rows are shared by `parts` (a
    power of two) that may run at the same time, `across` threads; numba holds no interpreter lock meanwhile.
    """
    events = (state, activation, cells.region, cells.evidence, cells.other, rows, times, cell, arrivals)
    if len(rows) < _WORTH_THREADS:
        parts = 1
    shares = [_Share(events, mine, parts) for mine in range(parts)]
    for _ in across(_run, [share.run for share in shares]):
        pass
    aside = np.sum([share.aside for share in shares], axis=0)
    return _in_order(shares), SetAside(*(int(number) for number in aside))


def _run(work: _Work) -> None:
    work()


class _Share:
    """The rows of one part: what they say, and of which event each change comes."""

    def __init__(self, events: tuple[NDArray[Any], ...], mine: int, parts: int) -> None:
        room = len(events[5]) // (_ROOM * parts) + 2 * _BLOCK * MOST_CHANGES
        self._events = events
        self._mine = mine
        self._parts = parts
        self.aside = np.zeros(5, np.int64)
        self.changes = np.empty(room, CHANGE)
        self.origin = np.empty(room, np.int32)

    def run(self) -> None:
        """Fold block by block; a full buffer is doubled in between."""
        count = begin = 0
        while begin < len(self._events[5]):
            count, begin = _fold(
                self._events, begin, self._mine, self._parts - 1, self.changes, self.origin, count, self.aside
            )
            if begin < len(self._events[5]):
                self.changes = np.concatenate([self.changes, np.empty_like(self.changes)])
                self.origin = np.concatenate([self.origin, np.empty_like(self.origin)])
        self.changes, self.origin = self.changes[:count], self.origin[:count]


def _in_order(shares: list[_Share]) -> NDArray[np.void]:
    if len(shares) == 1:
        return shares[0].changes.copy()
    order = np.argsort(np.concatenate([share.origin for share in shares]), kind="stable")
    return np.concatenate([share.changes for share in shares])[order]


def tick(state: NDArray[np.void], now: int) -> NDArray[np.void]:
    """Close the stays of phones that have been silent for more than a day; the changes."""
    silent = np.flatnonzero((state["cur"] != 0) & (state["seen"].astype(np.int64) + SILENCE < now))
    changes = np.empty(len(silent), CHANGE)
    return changes[: _lapse(state, silent, changes)].copy()


_inlined = njit(forceinline=True)(step.py_func)
"""The rules inlined: an array argument is seven machine words, and a call for each event cost a quarter of the rate; so did
the reasons to set aside as a function. It stands outside of the loops: a dispatcher in a closure is another one in each
process, and the loops would be compiled at each start."""


def _drivers(stamp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901
    """The compiled loops.

    Numba's cache looks at the file of a function, not at those of what it calls. `stamp`, a checksum of the rules,
    is a part of its key, so that changed rules are compiled anew.
    """

    @njit(cache=True, nogil=True)
    def fold_mine(events, begin, mine, mask, changes, origin, count, aside):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901, PLR0912
        """Fold from `begin` on until the buffer might run over; the count of changes and where to go on."""
        state, activation, regions, evidences, others, rows, times, cell, arrivals = events
        count += stamp * 0
        own = np.empty(_BLOCK, np.uint32)  # unsigned: no look from the end
        for first in range(begin, len(rows), _BLOCK):
            if len(changes) - count < _BLOCK * MOST_CHANGES:
                return count, first
            found = 0
            for event in range(first, min(first + _BLOCK, len(rows))):
                own[found] = event
                found += (rows[event] >> _SHARED) & mask == mine
            for place in range(min(_FETCH_AHEAD, found)):
                prefetch(state, max(0, rows[own[place]]))  # type: ignore[call-arg]
            for place in range(found):
                if place + _FETCH_AHEAD < found:
                    prefetch(state, max(0, rows[own[place + _FETCH_AHEAD]]))  # type: ignore[call-arg]
                event = own[place]
                row, x, at = rows[event], times[event], np.int64(cell[event])
                # Set aside what cannot be placed in space, time or anybody's subscription.
                if row < 0:
                    aside[_NOBODY] += 1
                elif at < 0:
                    aside[_UNKNOWN_CELL] += 1
                elif x > arrivals[event] + _AHEAD:
                    aside[_TOO_EARLY] += 1
                elif x < arrivals[event] - _BEHIND:
                    aside[_TOO_LATE] += 1
                # What comes after something seen comes after the activation, which lies far away in memory.
                elif (state[row].seen == 0 or x < state[row].seen) and x < activation[row]:
                    aside[_BEFORE_ACTIVATION] += 1
                else:
                    before, spot = count, np.uint32(at)
                    count = _inlined(
                        state, row, x, regions[spot], evidences[spot], others[spot], changes, count
                    )
                    for change in range(before, count):
                        origin[change] = event
        return count, len(rows)

    @njit(cache=True)
    def lapse_all(state, silent, changes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        count = stamp * 0
        for row in silent:
            count = lapse(state, row, changes, count)
        return count

    return fold_mine, lapse_all


_fold, _lapse = _drivers(crc32(getsource(rules).encode()))  # type: ignore[no-untyped-call]
