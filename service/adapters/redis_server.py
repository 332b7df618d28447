"""One Redis or Valkey server, and the scripts that run in it.

Rule 1: this file alone speaks to the client library, and turns its errors into StoreError without any value.
Rule 2: it knows no key and no record.

    call, call, call -> one pipeline -> three answers       (whoever comes while pipelines are under way shares the next)

Most of what a command costs is its own write, wake-up and bookkeeping; commands of many lookups share them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from ssl import TLSVersion
from typing import Any, cast

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from service.ports.store import StoreError

__all__ = ["RedisServer"]

_SCRIPTS = Path(__file__).parent / "lua"
_TIMEOUT = 5.0  # seconds; a store on the same network that takes longer has failed
_CONNECTIONS = 16
_PIPELINES = 4  # under way at once; more would only make them shorter
_AT_ONCE = 256  # commands of one pipeline

_EXPECTED = {
    "appendonly": "yes",  # what is acknowledged must survive a kill
    "maxmemory-policy": "noeviction",  # a store that forgets keys by itself would erase subscriptions
    "hash-max-listpack-value": "1024",  # or a bucket of records takes three times the memory
}


class _UnknownScriptError(StoreError):
    """The server has not seen this script since it started."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command that waits for its answer."""

    command: tuple[Any, ...] = field(repr=False)
    answer: asyncio.Future[Any]

    def settle(self, answer: Any) -> None:
        """Hand the answer, or the failure, to whoever waits; nobody does after a cancellation."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


def _packed_by_hiredis(connection: type[AbstractConnection]) -> type[AbstractConnection]:
    """The client's asynchronous connections write commands in Python, 3 microseconds an argument; hiredis has it in C."""

    class Packed(connection):  # type: ignore[valid-type, misc]
        def pack_command(self, *args: Any) -> list[bytes]:
            name = args[0].encode() if isinstance(args[0], str) else args[0]
            return [pack_command((*name.split(), *args[1:]))]  # CONFIG GET is two arguments

    return Packed


def _tls(url: str, ca_file: Path | None) -> dict[str, Any]:
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
            **_tls(url, ca_file),
        )
        pool.connection_class = _packed_by_hiredis(pool.connection_class)
        self._client = Redis.from_pool(pool)
        self._scripts: dict[str, tuple[str, str]] = {}
        self._waiting: list[_Asked] = []
        self._pipelines = pipelines
        self._under_way = 0
        self.failures = 0  # commands that got no answer, or an error
        self._tasks: set[asyncio.Task[None]] = set()

    async def call(self, *command: Any) -> Any:
        """One command."""
        asked = _Asked(command, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._under_way < self._pipelines:
            self._under_way += 1
            task = asyncio.create_task(self._send())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await asked.answer
        except NoScriptError:
            raise _UnknownScriptError("the store does not know this script yet") from None
        except (RedisError, OSError) as error:
            self.failures += 1
            raise StoreError(f"the store did not answer ({type(error).__name__})") from None

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """One script of the folder `lua`; all keys of a call lie in one slot."""
        if script not in self._scripts:
            text = (_SCRIPTS / f"{script}.lua").read_text(encoding="utf-8")
            digest = sha1(text.encode(), usedforsecurity=False).hexdigest()  # as the server names a script
            self._scripts[script] = digest, text
        digest, text = self._scripts[script]
        try:
            return await self.call("EVALSHA", digest, len(keys), *keys, *arguments)
        except _UnknownScriptError:
            return await self.call("EVAL", text, len(keys), *keys, *arguments)

    async def all_of(self, keys: Sequence[str]) -> list[dict[bytes, bytes]]:
        """Several whole hashes at once."""
        return cast(
            "list[dict[bytes, bytes]]", await asyncio.gather(*(self.call("HGETALL", key) for key in keys))
        )

    async def _send(self) -> None:
        """One pipeline after the other, as long as commands wait.

        Whether this one still takes commands is told by `_under_way`, since a task that has ended is known as done only later.
        """
        while self._waiting:
            some, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            pipeline = self._client.pipeline(transaction=False)
            for asked in some:
                pipeline.execute_command(*asked.command)
            try:
                answers = await pipeline.execute(raise_on_error=False)
            except (RedisError, OSError) as error:
                answers = [error] * len(some)
            for asked, answer in zip(some, answers, strict=True):
                asked.settle(answer)
        self._under_way -= 1

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
