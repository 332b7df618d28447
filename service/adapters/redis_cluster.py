"""A store that is a Valkey or Redis Cluster: each command to the master of its slot, whoever that is by then.

Rule 1: this file alone knows of slots, redirections, failovers, and of what a replica has.
Rule 2: it repeats a command only where its sender says that it may be: one whose fate is unknown is asked again of
whoever serves the slot now, for PATIENCE; the library's own retries end long before a replica has taken over.

    slot -> master -> lane of ordinary commands
                   -> lane of writes to be kept:  command, command, command, WAIT 1 -> three answers

A write to be kept is answered once a replica has it. Where the master has none that is connected, it is answered from
the master's disk alone, and counted: with nobody connected there is nobody who could take over without it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    MovedError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import TimeoutError as LateError

from service.adapters.redis_lane import Command, Lane
from service.adapters.redis_node import Node, UnkeptError, UnsentError
from service.adapters.redis_reach import EXPECTED, faults_of, tls_of
from service.adapters.redis_slots import Slots, UncoveredError

__all__ = ["SCHEMES", "Cluster"]

SCHEMES = ("cluster://", "clusters://")

_PATIENCE = 20.0  # seconds for a replica to take over: several times what a cluster takes to agree on it
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_TIMEOUT = 3.0  # seconds; a server that is silent for longer may have been replaced
_CONNECTIONS = 32
_SCAN = 1000
_FOLLOWING = 2000  # milliseconds for replicas to catch up
_TOUCH_SECONDS = 60


class _MovingError(RedisError):
    """Slots are changing hands, or did while all keys were asked for."""


_NOT_DONE = (
    UnsentError,
    UncoveredError,
    MovedError,
    TryAgainError,
    ClusterDownError,  # and MASTERDOWN
    BusyLoadingError,
    ReadOnlyError,
)
_UNKNOWN = (LostError, LateError, OSError)


class Cluster:
    """Implements `redis_reach.Reach`. The URL: cluster://[user:password@]HOST:PORT,HOST:PORT,... (clusters: over TLS)."""

    def __init__(self, url: str, pipelines: int, ca_file: Path | None) -> None:
        login, _, hosts = urlsplit(url).netloc.rpartition("@")
        user, _, password = login.partition(":")
        places = [one.rpartition(":") for one in hosts.split(",")]
        tls = tls_of(url, ca_file)
        self._client = RedisCluster(
            startup_nodes=[ClusterNode(host.strip("[]"), int(port)) for host, _, port in places],
            require_full_coverage=False,  # a slot without a master is waited for; the others are served
            max_connections=_CONNECTIONS,
            username=unquote(user) or None,
            password=unquote(password) or None,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            ssl=bool(tls),
            **tls,
        )
        self._slots = Slots(self._client)
        self._pipelines = pipelines
        self._lanes: dict[tuple[str, bool], Lane] = {}
        self._nodes: dict[str, tuple[ClusterNode, Node]] = {}
        self._past = 0  # unreplicated writes of servers that have left

    @property
    def unreplicated(self) -> int:
        """See `redis_reach.Reach`."""
        return self._past + sum(node.unreplicated for _, node in self._nodes.values())

    async def ask(self, command: Command, *, kept: bool, repeatable: bool) -> Any:
        """See `redis_reach.Reach`."""
        key, clock = _key_of(command), asyncio.get_running_loop().time
        pause, until, unsure = _FIRST_PAUSE, clock() + _PATIENCE, False
        while True:
            try:
                return await self._once(command, key, kept=kept, unsure=unsure)
            except AuthenticationError:
                raise
            except _NOT_DONE:
                if clock() > until:
                    raise
            except _UNKNOWN:
                unsure = True
                if not repeatable or clock() > until:
                    raise
            except ResponseError as error:  # min-replicas-to-write
                if not str(error).startswith("NOREPLICAS") or clock() > until:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            await self._slots.look_again()

    async def _once(self, command: Command, key: str, *, kept: bool, unsure: bool) -> Any:
        """Of whoever serves the slot, as far as we know; while a slot moves, of whom its server names."""
        node = await self._slots.master(key_slot(key.encode()))
        try:
            answer = await self._lane(node, kept=kept).ask(command)
        except MovedError:
            raise
        except AskError as ask:
            node = f"{ask.host}:{ask.port}"
            answer = (await self._exchange(node, [("ASKING",), command], kept=kept))[-1]
        except UnkeptError as done:
            answer = done
        if isinstance(answer, UnkeptError):
            answer, unsure = answer.answer, True
        if isinstance(answer, Exception):
            raise answer
        if unsure and kept:
            await self._caught_up(node, key)
        return answer

    async def _caught_up(self, node: str, key: str) -> None:
        """Until a replica has what this server wrote before: it gets a write of its own, and replicas go in order.

        A wait alone would not do: a connection that has written nothing waits for nothing.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + _PATIENCE
        while clock() < until:
            try:
                await self._lane(node, kept=True).ask(_touch(key))
            except UnkeptError:
                continue
            except _NOT_DONE:
                raise LostError("the server that wrote it serves no more") from None
            return
        raise LateError("no replica has it")

    def together(self, keys: Sequence[str]) -> list[Sequence[int]]:
        """See `redis_reach.Reach`: those of one slot."""
        slots: dict[int, list[int]] = {}
        for place, key in enumerate(keys):
            slots.setdefault(key_slot(key.encode()), []).append(place)
        return cast("list[Sequence[int]]", list(slots.values()))

    async def keys(self, pattern: str) -> AsyncIterator[bytes]:
        """See `redis_reach.Reach`. Raises where slots moved meanwhile: a key may have gone past us."""
        before = await self._settled()
        for node in sorted(set(before.values())):
            cursor = 0
            while True:
                scan = ("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN)
                cursor, found = await self._lane(node).ask(scan)
                for key in found:
                    yield key
                if int(cursor) == 0:
                    break
        if await self._settled() != before:
            raise _MovingError("slots changed hands")

    async def alive(self) -> None:
        """See `redis_reach.Reach`: every slot has a master that answers."""
        try:
            await self._well()
        except (*_NOT_DONE, *_UNKNOWN):  # perhaps it is only we who know the old masters
            await self._slots.layout()
            await self._well()

    async def _well(self) -> None:
        """By what we know: asking who serves which slot has the library make all its connections anew."""
        await self._slots.master(0)
        for state in await asyncio.gather(
            *(self._lane(node).ask(("CLUSTER INFO",)) for node in self._slots.masters)
        ):
            if state["cluster_state"] != "ok":
                raise ClusterDownError("not every slot is served")

    async def faults(self) -> list[str]:
        """See `redis_reach.Reach`: of masters and replicas, since each may become the other."""
        await self._slots.layout()
        found: list[str] = []
        for node in sorted(self._client.nodes_manager.nodes_cache):
            try:
                found += faults_of(await self._lane(node).ask(("CONFIG GET", *EXPECTED)))
            except (UnsentError, *_UNKNOWN):
                continue  # a server that is down is told by the cluster's state, not by its configuration
            except ResponseError:
                return []  # a hosted cluster may hide its configuration; its operator answers for it
        return sorted(set(found))

    async def followed(self) -> str:
        """See `redis_reach.Reach`: every replica that the cluster knows, of every master."""
        layout = await self._settled()
        for node in sorted(set(layout.values())):
            servers = await self._lane(node).ask(("CLUSTER NODES",))
            if any("fail" in one["flags"] for one in servers.values()):
                return (
                    "a server of the cluster is down, with what it had; start it again, or CLUSTER FORGET it"
                )
            tag = next(f"{{{n:x}}}" for n in count() if layout[key_slot(b"%x" % n)] == node)
            myself = await self._lane(node).ask(("CLUSTER MYID",))
            known = len(await self._lane(node).ask(("CLUSTER REPLICAS", myself)))
            wait = ("WAIT", known, _FOLLOWING)
            _, have = await self._exchange(node, [_touch(tag), wait])
            if not isinstance(have, int) or have < known:
                return "a replica of the store is down or lags behind"
        return ""

    async def close(self) -> None:
        """Close all connections."""
        await self._slots.close()
        await self._client.aclose()

    async def _settled(self) -> dict[int, str]:
        """The same, of a cluster in which no slot is on its way from one server to another."""
        layout = await self._slots.layout()
        for node in sorted(set(layout.values())):
            known = await self._lane(node).ask(("CLUSTER NODES",))
            if any(one["migrations"] for one in known.values()):
                raise _MovingError("slots are on their way")
        return layout

    def _lane(self, node: str, *, kept: bool = False) -> Lane:
        if (node, kept) not in self._lanes:
            exchange = partial(self._exchange, node, kept=kept)
            self._lanes[node, kept] = Lane(exchange, self._pipelines)
        return self._lanes[node, kept]

    async def _exchange(self, name: str, commands: Sequence[Command], *, kept: bool = False) -> list[Any]:
        found = self._client.nodes_manager.nodes_cache.get(name)
        if found is None:
            return [UnsentError("this server has left")] * len(commands)
        known = self._nodes.get(name)
        if known is None or known[0] is not found:
            self._past += known[1].unreplicated if known else 0
            known = self._nodes[name] = found, Node(found)
        return await known[1].exchange(commands, kept=kept)


def _key_of(command: Command) -> str:
    """The first key: all keys of a command are of one slot."""
    if command[0] in {"EVAL", "EVALSHA"}:
        key = command[3]
    elif command[0] == "XREAD":
        key = command[command.index("STREAMS") + 1]
    else:
        key = command[1]
    return key if isinstance(key, str) else cast("bytes", key).decode("ascii")


def _touch(key: str) -> Command:
    """A write to the slot of a key, which says nothing."""
    tag = key[key.index("{") : key.index("}") + 1]
    return ("SET", f"z:{tag}", b"", "EX", _TOUCH_SECONDS)
