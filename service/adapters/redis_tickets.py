"""Dispute tickets and notices in Redis or Valkey.

Rule 1: this file alone says under which keys tickets and notices lie.
Rule 2: values are opaque.

    x:{tickets}:<reference>    string  a ticket, once closed with its life
    x:{tickets}:of:<holder>    set     references of the holder's open tickets
    x:{tickets}:all:<holder>   set     references of all of them, as long as the last one is kept
    x:{tickets}:new:<holder>   count   tickets opened in a day
    x:{tickets}:known          set     references of everybody's, those among them that are gone until somebody asks
    n:{notices}                hash    notices by name (n:{orders}: orders of support)
    n:{notices}:settled:<name> mark    a notice that has been settled, for a month

Tickets lie in one slot, so that a ticket, its holder's list and the bounds change in one step: disputes are rare, and
the key record says whose lookups have to look for one.
"""

from collections.abc import AsyncIterator

from service.adapters.redis_server import RedisServer
from service.ports.notices import REMEMBERED_SECONDS
from service.ports.tickets import Bounds, Opened

__all__ = ["RedisNotices", "RedisTickets"]

_TICKETS, _NOTICES = "x:{tickets}:", "n:{notices}"
_KNOWN = f"{_TICKETS}known"  # no reference: those are upper-case
_OUTCOMES = (Opened.DONE, Opened.TAKEN, Opened.FULL)


class RedisTickets:
    """`Tickets` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def open(self, reference: str, holder: bytes, value: bytes, bounds: Bounds) -> Opened:
        """See `ports.tickets.Tickets`."""
        keys = [_ticket(reference), _of(holder), _new(holder), _all(holder), _KNOWN]
        arguments = [reference, value, bounds.open, bounds.new, bounds.seconds]
        return _OUTCOMES[int(await self._server.run("open_ticket", keys, arguments, kept=True))]

    async def read(self, reference: str) -> bytes | None:
        """See `ports.tickets.Tickets`."""
        found: bytes | None = await self._server.call("GET", _ticket(reference))
        return found

    async def of(self, holder: bytes) -> dict[str, bytes]:
        """See `ports.tickets.Tickets`."""
        references = sorted(name.decode() for name in await self._server.call("SMEMBERS", _of(holder)))
        if not references:
            return {}
        values = await self._server.call("MGET", *map(_ticket, references))
        return {name: value for name, value in zip(references, values, strict=True) if value is not None}

    async def swap(self, reference: str, expected: bytes, value: bytes) -> bool:
        """See `ports.tickets.Tickets`."""
        return bool(await self._server.run("swap_ticket", [_ticket(reference)], [expected, value], kept=True))

    async def close(self, reference: str, holder: bytes, expected: bytes, value: bytes, seconds: int) -> bool:
        """See `ports.tickets.Tickets`."""
        keys = [_ticket(reference), _of(holder), _all(holder)]
        arguments = [expected, value, reference, seconds]
        return bool(await self._server.run("swap_ticket", keys, arguments, kept=True))

    async def drop(self, holder: bytes) -> None:
        """See `ports.tickets.Tickets`."""
        known = [name.decode() for name in await self._server.call("SMEMBERS", _all(holder))]
        known += [name.decode() for name in await self._server.call("SMEMBERS", _of(holder))]
        await self._server.keep("DEL", *map(_ticket, known), _of(holder), _new(holder), _all(holder))

    async def references(self) -> AsyncIterator[str]:
        """See `ports.tickets.Tickets`."""
        known = sorted(name.decode() for name in await self._server.call("SMEMBERS", _KNOWN))
        for name in await self._server.run("known_tickets", [_KNOWN, *map(_ticket, known)], known):
            yield name.decode()


class RedisNotices:
    """`Notices` on one server."""

    def __init__(self, server: RedisServer, queue: str = _NOTICES) -> None:
        self._server = server
        self._queue = queue

    async def put(self, name: bytes, value: bytes) -> bool:
        """See `ports.notices.Notices`."""
        keys = [self._queue, self._settled(name)]
        return bool(await self._server.run("put_notice", keys, [name, value], kept=True))

    async def waiting(self, most: int) -> dict[bytes, bytes]:
        """See `ports.notices.Notices`. A small hash is answered whole, whatever count is asked for."""
        cursor = 0
        while True:
            cursor, pairs = await self._server.call("HSCAN", self._queue, cursor, "COUNT", most)
            found: dict[bytes, bytes] = dict(pairs)
            if found or int(cursor) == 0:
                return found

    async def settle(self, name: bytes) -> None:
        """See `ports.notices.Notices`."""
        await self._server.run(
            "settle_notice", [self._queue, self._settled(name)], [name, REMEMBERED_SECONDS]
        )

    def _settled(self, name: bytes) -> str:
        return f"{self._queue}:settled:{name.hex()}"


def _ticket(reference: str) -> str:
    return _TICKETS + reference


def _new(holder: bytes) -> str:
    return f"{_TICKETS}new:{holder.hex()}"


def _all(holder: bytes) -> str:
    return f"{_TICKETS}all:{holder.hex()}"


def _of(holder: bytes) -> str:
    return f"{_TICKETS}of:{holder.hex()}"
