"""Which subscription is which row of the kernel's state.

Rule 1: rows are given out and taken back here only, and this file alone knows how all of it becomes bytes.
Rule 2: it knows no number and no key: a subscription is its index.

    length (8) | head: version, layout, rows | state | activation | generation | indices
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.mobility.kernel import STATE, new_state

__all__ = ["NEVER", "Subscriptions"]

_VERSION = 2
_LAYOUT = repr(STATE.descr)  # rows of another layout mean something else
_INDEX = 16
_PIECE = 1 << 16  # indices joined at once
_LONGEST_HEAD = 1 << 16

NEVER = 1 << 62
"""Activation of a row that is nobody's: no event reaches it."""


@dataclass(slots=True)
class Subscriptions:
    """The state of every subscription met so far."""

    state: NDArray[np.void] = field(default_factory=lambda: new_state(0))
    activation: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    generation: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    indices: list[bytes] = field(default_factory=list)
    rows: dict[bytes, int] = field(default_factory=dict)

    def admit(self, index: bytes, generation: int, activation: int) -> tuple[int, bool]:
        """The row of a subscription, and whether it was another one's before: then it starts with an empty state."""
        row = self.rows.get(index)
        if row is None:
            row = self.rows[index] = len(self.indices)
            self.indices.append(index)
            self._grow(len(self.indices))
        former = int(self.generation[row])
        if former != generation:
            self.state[row] = np.zeros((), STATE)
            self.generation[row] = generation
            self.activation[row] = activation
        return row, former not in {0, generation}

    def forget(self, index: bytes) -> int | None:
        """Nobody's any more: the row, emptied, if there is one."""
        row = self.rows.get(index)
        if row is not None:
            self.state[row] = np.zeros((), STATE)
            self.generation[row] = 0
            self.activation[row] = NEVER
        return row

    def pieces(self) -> Iterator[bytes | memoryview]:
        """All of it, for a checkpoint, without a copy of the whole."""
        count = len(self.indices)
        head = json.dumps({"version": _VERSION, "layout": _LAYOUT, "rows": count}).encode()
        yield len(head).to_bytes(8) + head
        for array in (self.state, self.activation, self.generation):
            yield array[:count].view(np.uint8).data
        for begin in range(0, count, _PIECE):
            yield b"".join(self.indices[begin : begin + _PIECE])

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
        state, activation, generation = (
            new_state(count),
            np.zeros(count, np.int64),
            np.zeros(count, np.int32),
        )
        for array in (state, activation, generation):
            fill(array.view(np.uint8).data)
        indices = []
        for begin in range(0, count, _PIECE):
            piece = bytearray(_INDEX * min(_PIECE, count - begin))
            fill(memoryview(piece))
            indices += [bytes(piece[at : at + _INDEX]) for at in range(0, len(piece), _INDEX)]
        return cls(state, activation, generation, indices, {index: row for row, index in enumerate(indices)})

    def _grow(self, count: int) -> None:
        """Room for twice as many rows whenever there is none left."""
        if count > len(self.state):
            room = max(1024, 2 * len(self.state))
            self.state = np.concatenate([self.state, new_state(room - len(self.state))])
            self.activation = np.concatenate(
                [self.activation, np.zeros(room - len(self.activation), np.int64)]
            )
            self.generation = np.concatenate(
                [self.generation, np.zeros(room - len(self.generation), np.int32)]
            )
