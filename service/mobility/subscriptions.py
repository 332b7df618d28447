"""Which subscription is which row of the kernel's state.

Rule 1: rows are given out and taken back here only, and this file alone knows how all of it becomes bytes.
Rule 2: it knows no number and no key: a subscription is its index.
"""

import json
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from service.mobility.kernel import STATE, new_state

__all__ = ["Subscriptions"]

_VERSION = 1


@dataclass(slots=True)
class Subscriptions:
    """The state of every subscription met so far, and which files have been folded into it.

    `done` holds digests of whole files, `position` the batches taken of the file under way.
    """

    state: NDArray[np.void] = field(default_factory=lambda: new_state(0))
    activation: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    generation: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    indices: list[bytes] = field(default_factory=list)
    rows: dict[bytes, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    position: dict[str, int] = field(default_factory=dict)

    def admit(self, index: bytes, generation: int, activation: int) -> int:
        """The row of a subscription; a new generation of a number starts with an empty state."""
        row = self.rows.get(index)
        if row is None:
            row = self.rows[index] = len(self.indices)
            self.indices.append(index)
            self._grow(len(self.indices))
        if self.generation[row] != generation:
            self.state[row] = np.zeros((), STATE)
            self.generation[row] = generation
            self.activation[row] = activation
        return row

    def finish(self, digest: str) -> None:
        """A file is folded to its end."""
        self.done.add(digest)
        self.position.pop(digest, None)

    def encode(self) -> bytes:
        """All of it, for a checkpoint."""
        count, out = len(self.indices), BytesIO()
        head = {"version": _VERSION, "done": sorted(self.done), "position": self.position}
        np.savez(
            out,
            head=np.frombuffer(json.dumps(head, sort_keys=True).encode(), np.uint8),
            indices=np.frombuffer(b"".join(self.indices), np.uint8),
            state=self.state[:count],
            activation=self.activation[:count],
            generation=self.generation[:count],
        )
        return out.getvalue()

    @classmethod
    def decode(cls, content: bytes) -> "Subscriptions":
        """What was encoded. Raises ValueError for another version or shape."""
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["version"] != _VERSION:
                raise ValueError("a checkpoint of another version; ingest anew")
            indices = _pieces(arrays["indices"].tobytes(), 16)
            return cls(
                arrays["state"].astype(STATE),
                arrays["activation"],
                arrays["generation"],
                indices,
                {index: row for row, index in enumerate(indices)},
                set(head["done"]),
                head["position"],
            )

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


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
