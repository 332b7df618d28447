"""The work of a lookup that no service can leave out, in a bare loop: the yardstick of `lookups`."""

import asyncio
import hmac
import os
import time
from pathlib import Path

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.ports.store import Swap
from service.sealing.envelope import seal, unseal
from service.smpp.codec import decode, encode
from service.smpp.pdus import RESPONSE, Command, Message, MessageResp, Pdu

__all__ = ["bare_lookups"]

_TEXT = "【行程查询】138****5678 11/09-23停留超4小时:湖北武汉、广东深圳。有数据14/14天。".encode("utf-16-be")
_KEY, _BOUND = bytes(32), b"bound"


def _pdus() -> None:
    """Two texts in and two out, each with its response: eight PDUs, encoded by one end and decoded by the other."""
    message = Message(source="8613800138000", destination="10086", octets=_TEXT[:140], data_coding=8)
    for command in (Command.DELIVER_SM, Command.SUBMIT_SM) * 2:
        decode(encode(Pdu(command, 0, 1, message)))
        decode(encode(Pdu(command | RESPONSE, 0, 1, MessageResp("0000001A"))))


async def bare_lookups(folder: Path, count: int, in_flight: int) -> float:
    """Bare lookups a second, `in_flight` at once, on the servers that serve this folder."""
    keys, data = (RedisServer(EmbeddedValkey(folder / "store" / name).url) for name in ("keys", "data"))
    try:
        return await _bare(
            RedisKeySpace(keys, 10),
            RedisRecords(data, "b", 10),
            RedisConversations(data),
            folder,
            count,
            in_flight,
        )
    finally:
        await keys.close()
        await data.close()


async def _bare(
    keys: RedisKeySpace,
    data: RedisRecords,
    talks: RedisConversations,
    folder: Path,
    count: int,
    in_flight: int,
) -> float:
    sealed = seal(_KEY, os.urandom(12), bytes(60), _BOUND)
    state = seal(_KEY, os.urandom(12), bytes(300), _BOUND)
    indices = [os.urandom(16) for _ in range(count)]
    for begin in range(0, count, 500):
        rows = [Swap(index, None, sealed) for index in indices[begin : begin + 500]]
        await data.swap(rows)
    gate, log = asyncio.Semaphore(in_flight), _Log(folder / "bare.log")

    async def one(index: bytes) -> None:
        async with gate:
            _pdus()
            expected = None
            for _ in range(2):
                expected = await talks.read(index)
                outgoing = index + os.urandom(8)
                await talks.commit(index, expected, state, 60, [(outgoing, state)])
                await talks.settle(index, [outgoing])
            await keys.charge(index, "open", 60)
            await keys.read([index])
            hmac.digest(_KEY, _TEXT, "sha256")
            await log.append(_TEXT)
            [found] = await data.read([index])
            unseal(_KEY, found or b"", _BOUND)

    begun = time.perf_counter()
    await asyncio.gather(*(one(index) for index in indices))
    return count / (time.perf_counter() - begun)


class _Log:
    """Entries that wait for each other's fsync."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._waiting: list[bytes] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, entry: bytes) -> None:
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._written())
        await self._writing

    async def _written(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            os.write(self._descriptor, b"".join(batch))
            await asyncio.to_thread(os.fsync, self._descriptor)
