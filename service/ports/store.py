"""What the service asks of a store: two key spaces and the queues of conversations.

The two record spaces lie in two directories or on two servers, because a shredded key that lies in the same
backup as its ciphertext is not shredded. Values are opaque bytes; nothing here knows what is in them.
An `Index` is 16 bytes (a keyed hash of a number, see `sealing.blinding`), never a number.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Charged", "Conversations", "DataSpace", "Held", "KeySpace", "StoreError", "Swap"]


class StoreError(Exception):
    """The store failed or could not be reached; whether a write took place is unknown."""


@dataclass(frozen=True, slots=True)
class Swap:
    """One compare-and-swap: `expected` is None (absent) or a prefix that the present value must begin with."""

    index: bytes
    expected: bytes | None = field(repr=False)
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge: the count after it, and the record that was there then."""

    count: int
    record: bytes | None = field(repr=False)


class RecordSpace(Protocol):
    """Small values by index, many packed to a hash.

    - `read` answers in the order asked, None where nothing is stored.
    - `swap` writes a row only if its expectation holds; it answers, row by row, None where it wrote, else the
      present value (b"" where absent and something was expected). Rows of one batch are independent.
    - Of two concurrent swaps with the same expectation exactly one writes.
    - An acknowledged write survives a kill of the client and of the server.
    - `delete` removes rows; afterwards `read` says None. Deleting what is absent is no error.
    - `scan` yields every index once, in any order, if nothing is written meanwhile.
    - Every failure of the technology is a StoreError without any value in its text.
    """

    async def read(self, indices: Sequence[bytes]) -> list[bytes | None]: ...
    async def swap(self, swaps: Sequence[Swap]) -> list[bytes | None]: ...
    async def delete(self, indices: Sequence[bytes]) -> None: ...
    def scan(self) -> AsyncIterator[bytes]: ...


class DataSpace(RecordSpace, Protocol):
    """Sealed itineraries."""


class KeySpace(RecordSpace, Protocol):
    """Wrapped secrets, and what only the keys role may count and keep.

    - `charge` adds one to the counter of (index, way) and answers the count after it, and the index's record as it is
      then; the counter begins at its first charge and ends `seconds` later, however often it is charged. Concurrent
      charges never answer the same count twice.
    - `refund` takes one charge back, if the counter still runs; never below zero, and its end stays where it is.
    - `uncharge` forgets the counters of an index.
    - `put_epoch` stores the wrapped material of an epoch only if there is none; it answers what is stored.
    - `drop_epoch` removes it; removing what is absent is no error.
    """

    async def charge(self, index: bytes, way: str, seconds: int) -> Charged: ...
    async def refund(self, index: bytes, way: str) -> None: ...
    async def uncharge(self, index: bytes, ways: Sequence[str]) -> None: ...
    async def read_epoch(self, epoch: int) -> bytes | None: ...
    async def put_epoch(self, epoch: int, wrapped: bytes) -> bytes: ...
    async def drop_epoch(self, epoch: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """A message in the outbox: sealed, with its place."""

    shard: int
    key: bytes
    value: bytes = field(repr=False)


class Conversations(Protocol):
    """Sealed conversation states, outgoing messages and the parts of incoming ones, by index.

    - `commit` is one atomic step: if the state of `index` is still `expected` (None: absent), it becomes
      `state` (None: removed) living `seconds`, and every (key, value) of `outgoing` is in the outbox. It
      answers whether it did; if not, nothing has changed.
    - A key of `outgoing` names one text: committed again, it takes that text's place. `pending` yields what is in the outbox of the given shards (all by default),
      `settle` removes a message, `replace` changes (None: removes) one whose value is still `expected` and answers whether
      it did: of two who replace the same value exactly one does.
    - Shards are stable: `Held.shard` of a message depends on its index alone, 0 <= shard < `shards`.
    - `keep_part` stores one part of `total` under `reference` for `seconds` and answers all parts in order
      once every one of them is there, else None; the same part again changes nothing.
    - `drop_parts` forgets a reference.
    - `clear` takes whatever of an index is in the outbox.
    - `forget` removes the state of an index and whatever of it is in the outbox: the number has a new owner. Keys of
      outgoing texts begin with their index.
    - An acknowledged write survives a kill of the client and of the server.
    """

    @property
    def shards(self) -> int: ...
    async def read(self, index: bytes) -> bytes | None: ...
    async def commit(
        self,
        index: bytes,
        expected: bytes | None,
        state: bytes | None,
        seconds: int,
        outgoing: Sequence[tuple[bytes, bytes]],
    ) -> bool: ...
    def pending(self, shards: Sequence[int] | None = None) -> AsyncIterator[Held]: ...
    async def settle(self, index: bytes, keys: Sequence[bytes]) -> None: ...
    async def replace(self, index: bytes, key: bytes, expected: bytes, value: bytes | None) -> bool: ...
    async def keep_part(
        self, reference: bytes, number: int, total: int, part: bytes, seconds: int
    ) -> tuple[bytes, ...] | None: ...
    async def drop_parts(self, reference: bytes) -> None: ...
    async def clear(self, index: bytes) -> None: ...
    async def forget(self, index: bytes) -> None: ...
