"""One Redis or Valkey server, and the scripts that run in it.

Rule 1: this file alone speaks to the client library, and turns its errors into StoreError without any value.
Rule 2: it knows no key and no record.
"""

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError, ResponseError

from service.ports.store import StoreError

__all__ = ["RedisServer"]

_SCRIPTS = Path(__file__).parent / "lua"
_TIMEOUT = 5.0  # seconds; a store on the same network that takes longer has failed
_CONNECTIONS = 16

_EXPECTED = {
    "appendonly": "yes",  # what is acknowledged must survive a kill
    "maxmemory-policy": "noeviction",  # a store that forgets keys by itself would erase subscriptions
    "hash-max-listpack-value": "1024",  # or a bucket of records takes three times the memory
}


class RedisServer:
    """A connection pool with a few ways to call."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=_CONNECTIONS, timeout=_TIMEOUT, socket_timeout=_TIMEOUT
        )
        self._client = Redis.from_pool(pool)
        self._scripts: dict[str, AsyncScript] = {}

    async def call(self, *command: Any) -> Any:
        """One command."""
        called = self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        return await _translated(called)

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """One script of the folder `lua`; all keys of a call lie in one slot."""
        if script not in self._scripts:
            text = (_SCRIPTS / f"{script}.lua").read_text(encoding="utf-8")
            self._scripts[script] = self._client.register_script(text)
        called = self._scripts[script](keys=list(keys), args=list(arguments))
        return await _translated(cast("Awaitable[Any]", called))

    async def all_of(self, keys: Sequence[str]) -> list[dict[bytes, bytes]]:
        """Several whole hashes at once."""
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.hgetall(key)
        return cast("list[dict[bytes, bytes]]", await _translated(pipeline.execute()))

    async def faults(self) -> list[str]:
        """What has to be configured otherwise before this server may hold records; a line each."""
        try:
            found = await self._client.config_get(*_EXPECTED)
        except ResponseError:
            return []  # a hosted server may hide its configuration; its operator answers for it
        except RedisError as error:
            raise StoreError(f"the store does not answer ({type(error).__name__})") from None
        return [
            f"the store's {name} is {found.get(name)}; set it to {wanted}"
            for name, wanted in _EXPECTED.items()
            if found.get(name) != wanted
        ]

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def _translated(answer: Awaitable[Any]) -> Any:
    try:
        return await answer
    except (RedisError, OSError) as error:
        raise StoreError(f"the store did not answer ({type(error).__name__})") from None
