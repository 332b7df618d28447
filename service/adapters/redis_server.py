"""One Redis or Valkey server, and the scripts that run in it.

Rule 1: this file alone speaks to the client library, and turns its errors into StoreError without any value.
Rule 2: it knows no key and no record, but that keys of one call share a hash tag: on a cluster they lie in one slot.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import sha1
from pathlib import Path
from ssl import TLSVersion
from typing import Any, cast

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from service.adapters.redis_lane import Command, Lane
from service.ports.store import StoreError

__all__ = ["RedisServer", "UnknownScriptError", "packed_by_hiredis", "tls_of"]

_SCRIPTS = Path(__file__).parent / "lua"
_TIMEOUT = 5.0  # seconds; a store on the same network that takes longer has failed
_CONNECTIONS = 16
_PIPELINES = 4
_ROWS = 512  # rows of one script call: long enough to be quick, short enough not to hold up others
_SCAN = 1000

_EXPECTED = {
    "appendonly": "yes",  # what is acknowledged must survive a kill
    "maxmemory-policy": "noeviction",  # a store that forgets keys by itself would erase subscriptions
    "hash-max-listpack-value": "1024",  # or a bucket of records takes three times the memory
}


class UnknownScriptError(StoreError):
    """The server has not seen this script since it started."""


def packed_by_hiredis(connection: type[AbstractConnection]) -> type[AbstractConnection]:
    """The client's asynchronous connections write commands in Python, 3 microseconds an argument; hiredis has it in C."""

    class Packed(connection):  # type: ignore[valid-type, misc]
        def pack_command(self, *args: Any) -> list[bytes]:
            name = args[0].encode() if isinstance(args[0], str) else args[0]
            return [pack_command((*name.split(), *args[1:]))]  # CONFIG GET is two arguments

    return Packed


def tls_of(url: str, ca_file: Path | None) -> dict[str, Any]:
    """A server is taken only with a certificate, of an authority that we trust, for the name that it was called by."""
    if not url.startswith("rediss://"):
        return {}
    trusted = {} if ca_file is None else {"ssl_ca_certs": str(ca_file)}
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_min_version": TLSVersion.TLSv1_2,
        **trusted,
    }


class RedisServer:
    """A connection pool with a few ways to call."""

    def __init__(self, url: str, pipelines: int = _PIPELINES, ca_file: Path | None = None) -> None:
        """`ca_file`: who may vouch for a rediss:// server; the system's authorities by default."""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_TIMEOUT,
            socket_timeout=_TIMEOUT,
            **tls_of(url, ca_file),
        )
        pool.connection_class = packed_by_hiredis(pool.connection_class)
        self._client = Redis.from_pool(pool)
        self._lane = Lane(self._exchange, pipelines)
        self._scripts: dict[str, tuple[str, str]] = {}
        self.failures = 0  # commands that got no answer, or an error

    async def call(self, *command: Any) -> Any:
        """One command; where it has several keys, they share a hash tag."""
        try:
            return await self._lane.ask(command)
        except NoScriptError:
            raise UnknownScriptError("the store does not know this script yet") from None
        except (RedisError, OSError) as error:
            self.failures += 1
            raise StoreError(f"the store did not answer ({type(error).__name__})") from None

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """One script of the folder `lua`; all keys of a call share a hash tag."""
        if script not in self._scripts:
            text = (_SCRIPTS / f"{script}.lua").read_text(encoding="utf-8")
            digest = sha1(text.encode(), usedforsecurity=False).hexdigest()  # as the server names a script
            self._scripts[script] = digest, text
        digest, text = self._scripts[script]
        try:
            return await self.call("EVALSHA", digest, len(keys), *keys, *arguments)
        except UnknownScriptError:
            return await self.call("EVAL", text, len(keys), *keys, *arguments)

    async def rows(self, script: str, rows: Sequence[tuple[str, Command]]) -> list[Any]:
        """A script that does the same for each row by itself: its key, its arguments; the answers in that order."""
        found: list[Any] = []
        for begin in range(0, len(rows), _ROWS):
            some = rows[begin : begin + _ROWS]
            arguments = [part for _, parts in some for part in parts]
            found += await self.run(script, [key for key, _ in some], arguments)
        return found

    async def all_of(self, keys: Sequence[str]) -> list[dict[bytes, bytes]]:
        """Several whole hashes at once."""
        return cast(
            "list[dict[bytes, bytes]]", await asyncio.gather(*(self.call("HGETALL", key) for key in keys))
        )

    async def keys(self, pattern: str) -> AsyncIterator[bytes]:
        """Every key of a pattern, some of them twice."""
        cursor = 0
        while True:
            cursor, found = await self.call("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN)
            for key in found:
                yield key
            if int(cursor) == 0:
                return

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            return await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            return [error] * len(commands)

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
