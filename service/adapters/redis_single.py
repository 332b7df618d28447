"""A store that is one server.

Rule 1: this file alone knows its connection pool.
Rule 2: it repeats nothing: there is no other server, and whoever asked may ask again.
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ResponseError

from service.adapters.redis_exchange import exchanged
from service.adapters.redis_lane import Command, Lane
from service.adapters.redis_reach import EXPECTED, TIMEOUT, faults_of, tls_of

__all__ = ["SingleServer"]

_CONNECTIONS = 16
_SCAN = 1000
_FOLLOWING = 5000  # milliseconds for replicas to catch up


class SingleServer:
    """Implements `redis_reach.Reach` with a connection pool."""

    unreplicated = 0  # nobody is waited for

    def __init__(self, url: str, pipelines: int, ca_file: Path | None) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            **tls_of(url, ca_file),
        )
        self._pool = pool
        self._client = Redis.from_pool(pool)
        self._lane = Lane(self._exchange, pipelines)

    async def ask(self, command: Command, *, kept: bool, repeatable: bool) -> Any:  # noqa: ARG002 - see Rule 2
        """See `redis_reach.Reach`: what it answers is on its disk."""
        return await self._lane.ask(command)

    def together(self, keys: Sequence[str]) -> list[Sequence[int]]:
        """See `redis_reach.Reach`: all of them."""
        return [range(len(keys))]

    async def keys(self, pattern: str) -> AsyncIterator[bytes]:
        """See `redis_reach.Reach`."""
        cursor = 0
        while True:
            cursor, found = await self._lane.ask(("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN))
            for key in found:
                yield key
            if int(cursor) == 0:
                return

    async def alive(self) -> None:
        """See `redis_reach.Reach`."""
        await self._lane.ask(("PING",))

    async def faults(self) -> list[str]:
        """See `redis_reach.Reach`. A hosted server may hide its configuration; its operator answers for it."""
        try:
            return faults_of(await self._client.config_get(*EXPECTED))
        except ResponseError:
            return []

    async def followed(self) -> str:
        """See `redis_reach.Reach`."""
        async with self._client.client() as one:
            role = await one.execute_command("ROLE")  # type: ignore[no-untyped-call]
            if role[0] != b"master":
                return "the store's server is a replica itself"
            await one.set("z:{0}", b"", ex=60)  # a connection that has written nothing waits for nothing
            have = await one.wait(len(role[2]), _FOLLOWING) if role[2] else 0
        return "" if have >= len(role[2]) else "a replica of the store lags behind"

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        answers = await exchanged(self._pool, commands, TIMEOUT)
        return [self._read(str(command[0]), said) for command, said in zip(commands, answers, strict=True)]

    def _read(self, name: str, said: Any) -> Any:
        """An answer in the client's shape (pairs as a dict, members as a set), as a cluster's client gives it too."""
        shape = None if isinstance(said, Exception) else self._client.response_callbacks.get(name)
        return said if shape is None else shape(said)
