"""Conversations in Redis or Valkey.

Rule 1: this file alone says under which keys a conversation, an outbox and the parts of a text lie.
Rule 2: values are opaque.

    c:{q0a3}:<index>  string  state, with its life        o:{q0a3}      hash   outbox of the shard
    p:{q0a3}:<name>   hash    parts of one text

The shard is the index's first 12 bits: 4,096 of them, each whole in one slot.
"""

from collections.abc import AsyncIterator, Sequence

from service.adapters.redis_server import RedisServer
from service.ports.store import Held

__all__ = ["RedisConversations"]

_SHARDS = 4096
_AT_ONCE = 256


class RedisConversations:
    """`Conversations` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    @property
    def shards(self) -> int:
        """See `ports.store.Conversations`."""
        return _SHARDS

    async def read(self, index: bytes) -> bytes | None:
        """See `ports.store.Conversations`."""
        found: bytes | None = await self._server.call("GET", _state(index))
        return found

    async def commit(
        self,
        index: bytes,
        expected: bytes | None,
        state: bytes | None,
        seconds: int,
        outgoing: Sequence[tuple[bytes, bytes]],
    ) -> bool:
        """See `ports.store.Conversations`."""
        arguments: list[bytes | int] = [_maybe(expected), _maybe(state), seconds]
        arguments += [part for pair in outgoing for part in pair]
        keys = [_state(index), _outbox(_shard(index))]
        return bool(await self._server.run("commit", keys, arguments, kept=True))

    async def pending(self, shards: Sequence[int] | None = None) -> AsyncIterator[Held]:
        """See `ports.store.Conversations`."""
        wanted = range(_SHARDS) if shards is None else shards
        for begin in range(0, len(wanted), _AT_ONCE):
            some = wanted[begin : begin + _AT_ONCE]
            boxes = await self._server.all_of([_outbox(shard) for shard in some])
            for shard, box in zip(some, boxes, strict=True):
                for key, value in box.items():
                    yield Held(shard, key, value)

    async def settle(self, index: bytes, keys: Sequence[bytes]) -> None:
        """See `ports.store.Conversations`."""
        await self._server.keep("HDEL", _outbox(_shard(index)), *keys)

    async def replace(self, index: bytes, key: bytes, expected: bytes, value: bytes | None) -> bool:
        """See `ports.store.Conversations`."""
        arguments = [key, expected] if value is None else [key, expected, value]
        return bool(await self._server.run("replace", [_outbox(_shard(index))], arguments, kept=True))

    async def keep_part(
        self, reference: bytes, number: int, total: int, part: bytes, seconds: int
    ) -> tuple[bytes, ...] | None:
        """See `ports.store.Conversations`."""
        arguments = [number, total, part, seconds]
        found = await self._server.run("keep_part", [_parts(reference)], arguments, kept=True)
        return None if found is None else tuple(found)

    async def drop_parts(self, reference: bytes) -> None:
        """See `ports.store.Conversations`."""
        await self._server.call("DEL", _parts(reference))

    async def forget(self, index: bytes) -> None:
        """See `ports.store.Conversations`."""
        await self._server.run("forget", [_outbox(_shard(index)), _state(index)], [index], kept=True)

    async def clear(self, index: bytes) -> None:
        """See `ports.store.Conversations`."""
        await self._server.run("forget", [_outbox(_shard(index))], [index], kept=True)


def _shard(index: bytes) -> int:
    return int.from_bytes(index[:2]) >> 4


def _state(index: bytes) -> str:
    return f"c:{{q{_shard(index):03x}}}:{index.hex()}"


def _outbox(shard: int) -> str:
    return f"o:{{q{shard:03x}}}"


def _parts(reference: bytes) -> str:
    return f"p:{{q{_shard(reference):03x}}}:{reference.hex()}"


def _maybe(value: bytes | None) -> bytes:
    return b"" if value is None else b"=" + value
