"""Which cells serve the same phones within minutes: neighbours where no position is known.

Rule 1: this file alone decides when two cells are seen together, how strongly, and what is remembered of it.
Rule 2: nothing of a phone outlives the call that made it: what can be asked is about cells.

    a phone on cell a, then on cell b within five minutes:  a and b are neighbours, 5 times as strongly within one minute

Bounded however long the feed is: 32 neighbours a cell (a weak one gives way to newcomers, as in Misra and Gries' frequent
items), and a fixed number of phones, of which the one that was silent for longest gives way. 400,000 cells take
100 MB, the phones 96.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["CoOccurrence"]

_KEPT = 32
_MINUTES, _MINUTE = 300, 60
_PHONES = 1 << 22
_PROBES = 4
_PHONE = np.dtype([("number", np.int64), ("time", np.int64), ("cell", np.int32)], align=True)
_MIX = np.uint64(0x9E3779B97F4A7C15)


class CoOccurrence:
    """Neighbours of n cells, gathered from events."""

    def __init__(self, cells: int, phones: int = _PHONES) -> None:
        """`phones`: how many are remembered at once, a power of two."""
        self._near = np.full((cells, _KEPT), -1, np.int32)
        self._weight = np.zeros((cells, _KEPT), np.int32)
        self._phones = np.zeros(phones, _PHONE)

    def add(self, numbers: NDArray[np.int64], times: NDArray[np.int64], cells: NDArray[np.int32]) -> None:
        """Take events in the order of the feed; -1 is an unknown cell."""
        _add(self._phones, numbers, times, cells, self._near, self._weight)

    def neighbours(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Up to 32 neighbours of each cell, strongest first, and their weights; -1 and 0 where there are fewer."""
        order = np.lexsort((self._near, -self._weight), axis=1)
        weight = np.take_along_axis(self._weight, order, axis=1)
        near = np.take_along_axis(self._near, order, axis=1)
        return np.where(weight > 0, near, np.int32(-1)), weight


@njit(cache=True)
def _add(phones, numbers, times, cells, near, weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    mask = np.uint64(len(phones) - 1)
    for event in range(len(numbers)):
        number, time, cell = numbers[event], times[event], cells[event]
        if cell < 0:
            continue
        slot = np.int64((np.uint64(number) * _MIX >> np.uint64(20)) & mask)
        at = slot
        for probe in range(_PROBES):
            place = np.int64(np.uint64(slot + probe) & mask)
            if phones[place].number == number:
                at = place
                break
            if phones[place].time < phones[at].time:
                at = place
        phone = phones[at]
        if phone.number == number:
            apart = abs(time - phone.time)
            if apart <= _MINUTES and cell != phone.cell:
                worth = _MINUTES // max(apart, _MINUTE)
                _together(near[cell], weight[cell], phone.cell, worth)
                _together(near[phone.cell], weight[phone.cell], cell, worth)
            if time < phone.time:
                continue
        phone.number = number
        phone.time = time
        phone.cell = cell


@njit(cache=True, inline="always")
def _together(near, weight, other, worth):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count a neighbour; where all places are taken the weakest loses as much, until its place is free."""
    weakest = 0
    for place in range(len(near)):
        if near[place] == other:
            weight[place] += worth
            return
        if weight[place] < weight[weakest]:
            weakest = place
    if weight[weakest] <= worth:
        near[weakest] = other
        weight[weakest] = worth if weight[weakest] == 0 else max(worth - weight[weakest], 1)
    else:
        weight[weakest] -= worth
