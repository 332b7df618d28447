"""The store's in-memory twins, for fast tests. They keep the promises of `ports.store` but outlive nothing.

Rule 1: they behave as the real store does, clock included; the contract tests hold both to it.
Rule 2: no wiring for production or demo names them.
"""

from collections.abc import AsyncIterator, Callable, Sequence

from service.ports.store import Charged, Held, Swap

__all__ = ["MemoryConversations", "MemoryKeySpace", "MemoryRecords"]

SHARDS = 4096


class MemoryRecords:
    """A `RecordSpace` in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}

    async def read(self, indices: Sequence[bytes]) -> list[bytes | None]:
        """See `ports.store.RecordSpace`."""
        return [self.rows.get(index) for index in indices]

    async def swap(self, swaps: Sequence[Swap]) -> list[bytes | None]:
        """See `ports.store.RecordSpace`."""
        return [self._swapped(swap) for swap in swaps]

    def _swapped(self, swap: Swap) -> bytes | None:
        now = self.rows.get(swap.index)
        holds = now is None if swap.expected is None else now is not None and now.startswith(swap.expected)
        if not holds:
            return now if now is not None else b""
        self.rows[swap.index] = swap.value
        return None

    async def delete(self, indices: Sequence[bytes]) -> None:
        """See `ports.store.RecordSpace`."""
        for index in indices:
            self.rows.pop(index, None)

    async def scan(self) -> AsyncIterator[bytes]:
        """See `ports.store.RecordSpace`."""
        for index in list(self.rows):
            yield index


class MemoryKeySpace(MemoryRecords):
    """A `KeySpace` in dictionaries."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._epochs: dict[int, bytes] = {}
        self._charges: dict[tuple[bytes, str], tuple[int, float]] = {}

    async def charge(self, index: bytes, way: str, seconds: int) -> Charged:
        """See `ports.store.KeySpace`."""
        count, ends = self._charges.get((index, way), (0, 0.0))
        if self._clock() >= ends:
            count, ends = 0, self._clock() + seconds
        self._charges[index, way] = (count + 1, ends)
        return Charged(count + 1, self.rows.get(index))

    async def refund(self, index: bytes, way: str) -> None:
        """See `ports.store.KeySpace`."""
        count, ends = self._charges.get((index, way), (0, 0.0))
        if self._clock() < ends and count > 0:
            self._charges[index, way] = (count - 1, ends)

    async def uncharge(self, index: bytes, ways: Sequence[str]) -> None:
        """See `ports.store.KeySpace`."""
        for way in ways:
            self._charges.pop((index, way), None)

    async def read_epoch(self, epoch: int) -> bytes | None:
        """See `ports.store.KeySpace`."""
        return self._epochs.get(epoch)

    async def put_epoch(self, epoch: int, wrapped: bytes) -> bytes:
        """See `ports.store.KeySpace`."""
        return self._epochs.setdefault(epoch, wrapped)

    async def drop_epoch(self, epoch: int) -> None:
        """See `ports.store.KeySpace`."""
        self._epochs.pop(epoch, None)


class MemoryConversations:
    """`Conversations` in dictionaries."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._states: dict[bytes, tuple[bytes, float]] = {}
        self._outbox: dict[int, dict[bytes, bytes]] = {}
        self._parts: dict[bytes, tuple[dict[int, bytes], float]] = {}

    @property
    def shards(self) -> int:
        """See `ports.store.Conversations`."""
        return SHARDS

    async def read(self, index: bytes) -> bytes | None:
        """See `ports.store.Conversations`."""
        state, ends = self._states.get(index, (None, 0.0))
        return state if self._clock() < ends else None

    async def commit(
        self,
        index: bytes,
        expected: bytes | None,
        state: bytes | None,
        seconds: int,
        outgoing: Sequence[tuple[bytes, bytes]],
    ) -> bool:
        """See `ports.store.Conversations`."""
        if await self.read(index) != expected:
            return False
        self._states.pop(index, None)
        if state is not None:
            self._states[index] = (state, self._clock() + seconds)
        if outgoing:
            self._outbox.setdefault(_shard(index), {}).update(outgoing)
        return True

    async def pending(self, shards: Sequence[int] | None = None) -> AsyncIterator[Held]:
        """See `ports.store.Conversations`."""
        for shard in sorted(self._outbox) if shards is None else shards:
            for key, value in list(self._outbox.get(shard, {}).items()):
                yield Held(shard, key, value)

    async def settle(self, index: bytes, keys: Sequence[bytes]) -> None:
        """See `ports.store.Conversations`."""
        for key in keys:
            self._outbox.get(_shard(index), {}).pop(key, None)

    async def replace(self, index: bytes, key: bytes, expected: bytes, value: bytes | None) -> bool:
        """See `ports.store.Conversations`."""
        box = self._outbox.get(_shard(index), {})
        if box.get(key) != expected:
            return False
        if value is None:
            del box[key]
        else:
            box[key] = value
        return True

    async def keep_part(
        self, reference: bytes, number: int, total: int, part: bytes, seconds: int
    ) -> tuple[bytes, ...] | None:
        """See `ports.store.Conversations`."""
        parts, ends = self._parts.get(reference, ({}, 0.0))
        if self._clock() >= ends:
            parts, ends = {}, self._clock() + seconds
        parts.setdefault(number, part)
        self._parts[reference] = (parts, ends)
        complete = all(place in parts for place in range(1, total + 1))
        return tuple(parts[place] for place in range(1, total + 1)) if complete else None

    async def drop_parts(self, reference: bytes) -> None:
        """See `ports.store.Conversations`."""
        self._parts.pop(reference, None)

    async def forget(self, index: bytes) -> None:
        """See `ports.store.Conversations`."""
        self._states.pop(index, None)
        await self.clear(index)

    async def clear(self, index: bytes) -> None:
        """See `ports.store.Conversations`."""
        box = self._outbox.get(_shard(index), {})
        for key in [key for key in box if key.startswith(index)]:
            del box[key]


def _shard(index: bytes) -> int:
    return int.from_bytes(index[:2]) >> 4
