"""Records in Redis or Valkey: many packed to a hash.

Rule 1: this file alone says under which key and field a record lies.
Rule 2: values are opaque.

    k:{0a3f}   hash   key records of one bucket         e:{epochs}       hash   wrapped material of each epoch
    d:{0a3f}   hash   itineraries of one bucket         t:{0a3f}:...     count  tries of one subscription and way

The bucket is the index's first bits, in hex; it is the hash tag, so all keys of a subscription lie in one slot.
"""

from collections.abc import AsyncIterator, Sequence

from service.adapters.redis_buckets import bucket_of
from service.adapters.redis_server import RedisServer
from service.ports.store import Charged, Swap

__all__ = ["RedisKeySpace", "RedisRecords"]


class RedisRecords:
    """A `RecordSpace` of one kind of record. `bits` fixes the number of buckets, 2^bits, for good."""

    def __init__(self, server: RedisServer, kind: str, bits: int) -> None:
        self._server = server
        self._kind = kind
        self._bits = bits

    def _bucket(self, index: bytes) -> str:
        return bucket_of(index, self._bits)

    def _key(self, index: bytes) -> str:
        return f"{self._kind}:{self._bucket(index)}"

    async def read(self, indices: Sequence[bytes]) -> list[bytes | None]:
        """See `ports.store.RecordSpace`."""
        return await self._server.rows("read", [(self._key(index), (index,)) for index in indices])

    async def swap(self, swaps: Sequence[Swap]) -> list[bytes | None]:
        """See `ports.store.RecordSpace`."""
        rows = [
            (
                self._key(row.index),
                (row.index, b"" if row.expected is None else b"=" + row.expected, row.value),
            )
            for row in swaps
        ]
        return await self._server.rows("swap", rows, kept=True)

    async def delete(self, indices: Sequence[bytes]) -> None:
        """See `ports.store.RecordSpace`."""
        for index in indices:
            await self._server.keep("HDEL", self._key(index), index)

    async def scan(self) -> AsyncIterator[bytes]:
        """See `ports.store.RecordSpace`."""
        async for key in self._server.keys(f"{self._kind}:{{*"):
            for index in await self._server.call("HKEYS", key):
                yield index


class RedisKeySpace(RedisRecords):
    """A `KeySpace`."""

    def __init__(self, server: RedisServer, bits: int) -> None:
        super().__init__(server, "k", bits)

    async def charge(self, index: bytes, way: str, seconds: int) -> Charged:
        """See `ports.store.KeySpace`."""
        keys = [self._counter(index, way), self._key(index)]
        count, record = await self._server.run("charge", keys, [seconds, index])
        return Charged(int(count), record)

    async def refund(self, index: bytes, way: str) -> None:
        """See `ports.store.KeySpace`."""
        await self._server.run("refund", [self._counter(index, way)], [])

    async def uncharge(self, index: bytes, ways: Sequence[str]) -> None:
        """See `ports.store.KeySpace`."""
        await self._server.call("DEL", *(self._counter(index, way) for way in ways))

    def _counter(self, index: bytes, way: str) -> str:
        return f"t:{self._bucket(index)}:{index.hex()}:{way}"

    async def read_epoch(self, epoch: int) -> bytes | None:
        """See `ports.store.KeySpace`."""
        found: bytes | None = await self._server.call("HGET", "e:{epochs}", epoch)
        return found

    async def put_epoch(self, epoch: int, wrapped: bytes) -> bytes:
        """See `ports.store.KeySpace`."""
        await self._server.keep("HSETNX", "e:{epochs}", epoch, wrapped)
        found: bytes = await self._server.call("HGET", "e:{epochs}", epoch)
        return found

    async def drop_epoch(self, epoch: int) -> None:
        """See `ports.store.KeySpace`."""
        await self._server.keep("HDEL", "e:{epochs}", epoch)
