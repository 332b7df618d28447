"""Numbers to rows, a hundred million times a minute: a hash table of 16 bytes a slot.

Rule 1: how a number is found, and that it has become due to be asked for again, is decided here.
Rule 2: numbers stand in this process's memory and nowhere else: nothing here becomes bytes, and nothing is shown.

    slot = number (0: free) | row (-1: nobody's) | when it was asked for last

Open addressing with linear probing over Fibonacci hashing (Knuth 6.4), at most half full; the slots of the numbers
ahead are fetched early.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.prefetch import prefetch

__all__ = ["NumberTable"]

_SLOT = np.dtype([("number", np.int64), ("row", np.int32), ("asked", np.uint32)])
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FETCH_AHEAD = 16
_FEWEST = 1 << 12
_NOBODY = -1
_ALWAYS = 1  # nothing was asked for before the second 1


class NumberTable:
    """Rows by number. Times are unix seconds."""

    def __init__(self) -> None:
        self._slots = np.zeros(_FEWEST, _SLOT)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self._slots.nbytes

    def find(
        self, numbers: NDArray[np.int64], now: int, again: int | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Each number's row, -1 where it has none, and the numbers to ask for now, each once.

        To ask for are those that were never met, were doubted, or were asked for `again` seconds ago or longer (None:
        never again). They count as asked for from now on: whoever fails to ask must `doubt` them.
        """
        rows = np.empty(len(numbers), np.int32)
        due: list[NDArray[np.int64]] = []
        begin, oldest = 0, _ALWAYS if again is None else max(_ALWAYS, now - again + 1)
        while begin < len(numbers):
            unknown = np.empty(min(len(self._slots), len(numbers) - begin), np.int64)
            begin, self._count, found = _find(
                self._slots, numbers, begin, self._count, oldest, now, rows, unknown
            )
            due.append(unknown[:found].copy())
            if begin < len(numbers):
                self._grow()
        return rows, np.concatenate(due) if due else np.zeros(0, np.int64)

    def put(self, numbers: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
        """What was answered about numbers that `find` gave to ask for."""
        _put(self._slots, numbers, rows)

    def doubt(self, numbers: NDArray[np.int64]) -> None:
        """These are asked for when they are met next."""
        _doubt(self._slots, numbers)

    def _grow(self) -> None:
        former, self._slots = self._slots, np.zeros(2 * len(self._slots), _SLOT)
        _move(former, self._slots)


@njit(cache=True, forceinline=True)
def _first(number, mask):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return np.int64((np.uint64(number) * _GOLDEN) >> np.uint64(20)) & mask


@njit(cache=True, forceinline=True)
def _place(slots, number, mask):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Where a number stands, or the free slot in which it would."""
    at = np.uint64(_first(number, mask))
    while slots[at].number != number and slots[at].number != 0:
        at = (at + np.uint64(1)) & np.uint64(mask)
    return at


@njit(cache=True, nogil=True)
def _find(slots, numbers, begin, count, oldest, now, rows, unknown):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """From `begin` on until the table is half full; where to go on, the count of numbers, and of those to ask for."""
    mask, found = len(slots) - 1, 0
    for event in range(begin, len(numbers)):
        if 2 * count >= len(slots):
            return event, count, found
        ahead = event + _FETCH_AHEAD
        if ahead < len(numbers):
            prefetch(slots, _first(numbers[ahead], mask))  # type: ignore[call-arg]
        number = numbers[event]
        slot = slots[_place(slots, number, mask)]
        if slot.number == 0:
            slot.number = number
            slot.row = _NOBODY
            count += 1
        if slot.asked < oldest or slot.asked > now:
            slot.asked = now
            unknown[found] = number
            found += 1
        rows[event] = slot.row
    return len(numbers), count, found


@njit(cache=True)
def _put(slots, numbers, rows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for place in range(len(numbers)):
        slots[_place(slots, numbers[place], len(slots) - 1)].row = rows[place]


@njit(cache=True)
def _doubt(slots, numbers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for number in numbers:
        slots[_place(slots, number, len(slots) - 1)].asked = 0


@njit(cache=True)
def _move(former, slots):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for place in range(len(former)):
        if former[place].number != 0:
            slots[_place(slots, former[place].number, len(slots) - 1)] = former[place]
