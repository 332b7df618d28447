"""Which subscription is which row of the kernel's state.

Rule 1: rows are given out and taken back here only, and this file alone knows how all of it becomes bytes.
Rule 2: it knows no number and no key: a subscription is its index.

    length (8) | head: version, layout, rows | state | activation | generation | indices

    a row: state (40 bytes) | activation (8) | generation (4) | index (16)      and 8 to 16 bytes to find it by its index
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.kernel import STATE, new_state

__all__ = ["NEVER", "Subscriptions"]

_VERSION = 2
_LAYOUT = repr(STATE.descr)  # rows of another layout mean something else
_INDEX = 16
_LONGEST_HEAD = 1 << 16
_FEWEST = 1 << 10
_MANY = 1 << 20  # rows; from here on room is added by the quarter instead of being doubled

NEVER = 1 << 62
"""Activation of a row that is nobody's: no event reaches it."""


@dataclass(slots=True)
class Subscriptions:
    """The state of every subscription met so far; arrays may be longer than there are rows."""

    state: NDArray[np.void] = field(default_factory=lambda: new_state(0))
    activation: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    generation: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    indices: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 2), np.uint64))
    count: int = 0
    _slots: NDArray[np.int32] = field(default_factory=lambda: np.zeros(_FEWEST, np.int32))

    def __len__(self) -> int:
        return self.count

    @property
    def nbytes(self) -> int:
        """Memory that all of it takes, room for more rows included."""
        arrays = (self.state, self.activation, self.generation, self.indices, self._slots)
        return sum(array.nbytes for array in arrays)

    def index(self, row: int) -> bytes:
        """The index of a row."""
        found: bytes = self.indices[row].tobytes()
        return found

    def row(self, index: bytes) -> int | None:
        """The row of an index, if it has one."""
        found = int(_find(self._slots, self.indices, _words([index])[0]))
        return None if found < 0 else found

    def admit_all(
        self, indices: Sequence[bytes], generation: NDArray[np.int32], activation: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """The rows of subscriptions, each of them once, and which were another one's before: those start with an empty state."""
        wanted = _words(indices)
        self._make_room(self.count + len(wanted))
        rows = np.empty(len(wanted), np.int32)
        self.count = _admit(self._slots, self.indices, self.count, wanted, rows)
        former = self.generation[rows]
        other = rows[former != generation]
        self.state[other] = np.zeros((), STATE)
        self.generation[rows], self.activation[other] = generation, activation[former != generation]
        return rows, (former != 0) & (former != generation)

    def forget(self, index: bytes) -> int | None:
        """Nobody's any more: the row, emptied, if there is one."""
        row = int(_find(self._slots, self.indices, _words([index])[0]))
        if row < 0:
            return None
        self.state[row] = np.zeros((), STATE)
        self.generation[row] = 0
        self.activation[row] = NEVER
        return row

    def pieces(self) -> Iterator[bytes | memoryview]:
        """All of it, for a checkpoint, without a copy of the whole."""
        head = json.dumps({"version": _VERSION, "layout": _LAYOUT, "rows": self.count}).encode()
        yield len(head).to_bytes(8) + head
        for array in (self.state, self.activation, self.generation, self.indices):
            yield array[: self.count].reshape(-1).view(np.uint8).data

    @classmethod
    def of(cls, fill: Callable[[memoryview], None]) -> "Subscriptions":
        """What such pieces held; `fill` fills a buffer with the next bytes. Raises ValueError for another version."""
        length = bytearray(8)
        fill(memoryview(length))
        head = bytearray(min(int.from_bytes(length), _LONGEST_HEAD))
        fill(memoryview(head))
        fields = json.loads(head)
        if fields["version"] != _VERSION or fields["layout"] != _LAYOUT:
            raise ValueError("a checkpoint of another version")
        count = fields["rows"]
        known = cls()
        known._make_room(count)
        known.count = count
        for array in (known.state, known.activation, known.generation, known.indices):
            fill(array[:count].reshape(-1).view(np.uint8).data)
        _enter(known._slots, known.indices, count)
        return known

    def _make_room(self, rows: int) -> None:
        """Twice the rows whenever there is no room, a quarter more where they are many; the arrays grow in place."""
        if rows > len(self.state):
            former = len(self.state)
            room = max(_FEWEST, rows, 2 * former if former < _MANY else former + former // 4)
            for array in (self.state, self.activation, self.generation):
                array.resize(room, refcheck=False)
            self.indices.resize((room, 2), refcheck=False)
        slots = len(self._slots)
        while 2 * rows > slots:
            slots *= 2
        if slots > len(self._slots):
            self._slots = np.zeros(slots, np.int32)
            _enter(self._slots, self.indices, self.count)


def _words(indices: Sequence[bytes]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(indices), np.uint64).reshape(-1, 2)


@njit(cache=True)
def _place(slots, indices, high, low):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The slot of an index, or the free one in which it would be. An index is a keyed hash: its bits are as good as any."""
    mask = np.uint64(len(slots) - 1)
    at = (high ^ low) & mask
    while slots[at] != 0 and (indices[slots[at] - 1, 0] != high or indices[slots[at] - 1, 1] != low):
        at = (at + np.uint64(1)) & mask
    return at


@njit(cache=True)
def _find(slots, indices, wanted):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return slots[_place(slots, indices, wanted[0], wanted[1])] - 1


@njit(cache=True)
def _admit(slots, indices, count, wanted, rows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for number in range(len(wanted)):
        at = _place(slots, indices, wanted[number, 0], wanted[number, 1])
        if slots[at] == 0:
            indices[count] = wanted[number]
            count += 1
            slots[at] = count
        rows[number] = slots[at] - 1
    return count


@njit(cache=True)
def _enter(slots, indices, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for row in range(count):
        slots[_place(slots, indices, indices[row, 0], indices[row, 1])] = row + 1
