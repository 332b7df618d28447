"""All that the worker must know to go on, as pieces of bytes: ledger, changes not in the vault yet, everybody's state.

Rule 1: this file alone says in which order these lie in a checkpoint.
Rule 2: it seals nothing and copies nothing that is large.

    length (8) | ledger | changes (8) | changes | subscriptions
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from service.mobility.changes import CHANGE
from service.mobility.pending import Pending
from service.mobility.subscriptions import Subscriptions
from service.records.ledger import Ledger

__all__ = ["WorkerRecord"]

_MOST = 1 << 30  # bytes of a ledger, or changes: more is not what we wrote


@dataclass(slots=True)
class WorkerRecord:
    """What the worker knows."""

    ledger: Ledger = field(default_factory=Ledger)
    pending: Pending = field(default_factory=Pending)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)

    def pieces(self) -> Iterator[bytes | memoryview]:
        """All of it, in pieces; nothing may change before the last one is taken."""
        ledger, pending = self.ledger.encode(), self.pending.compact()
        yield len(ledger).to_bytes(8) + ledger + len(pending).to_bytes(8)
        yield pending.view(np.uint8).data
        yield from self.subscriptions.pieces()

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> "WorkerRecord":
        """What such pieces held. Raises ValueError for another version or shape."""
        source = _Source(pieces)
        ledger = bytearray(source.number())
        source.fill(memoryview(ledger))
        pending = np.zeros(source.number(), CHANGE)
        source.fill(pending.view(np.uint8).data)
        subscriptions = Subscriptions.of(source.fill)
        if not source.at_end():
            raise ValueError("a checkpoint is longer than it should be")
        return cls(Ledger.decode(bytes(ledger)), Pending(pending), subscriptions)


class _Source:
    """Pieces read on as if they were one."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def fill(self, target: memoryview) -> None:
        at = 0
        while at < len(target):
            if not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    raise ValueError("a checkpoint ends too early")
                self._rest = memoryview(piece)
            taken = min(len(self._rest), len(target) - at)
            target[at : at + taken] = self._rest[:taken]
            self._rest, at = self._rest[taken:], at + taken

    def number(self) -> int:
        out = bytearray(8)
        self.fill(memoryview(out))
        if (number := int.from_bytes(out)) > _MOST:
            raise ValueError("a checkpoint has an unknown shape")
        return number

    def at_end(self) -> bool:
        return not self._rest and not any(len(piece) for piece in self._pieces)
