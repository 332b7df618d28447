"""Check records and paces in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque, and a key names nobody: a place is a MAC of a code, a requester one of an address.

    v:{<place>}     hash   s sealed content, h handle, n checks; lives as long as the code
    v:{<place>}:t   count  failed tries; of a place where nothing lies it lives a minute, so that a try costs the same there
    v:{<card>}:c    string the place of the card's record; lives as long as the card
    v:{withdrawn}   sorted marks of what was withdrawn, each by the moment until which it would have lived
    w:{<place>}     the same for sessions of the web card
    g:{<requester>} string when the requester's even pace is due, in microseconds; lives until then
"""

from collections.abc import Sequence

from service.adapters.redis_server import RedisServer
from service.domain.cards import card_name, revocation_mark
from service.domain.pacing import Pace
from service.ports.checks import CheckRecord

__all__ = ["RedisChecks", "RedisThrottle"]

_STRAY_SECONDS = 60


class RedisChecks:
    """`Checks` on one server; `kind` keeps check records and what lives like them apart."""

    def __init__(self, server: RedisServer, kind: str = "v") -> None:
        self._server = server
        self._kind = kind

    async def put(self, place: bytes, sealed: bytes, handle: bytes, seconds: int) -> None:
        """See `ports.checks.Checks`."""
        await self._server.run("put_check", self._keys(place), [sealed, handle, seconds], kept=True)

    async def read(self, place: bytes) -> CheckRecord | None:
        """See `ports.checks.Checks`."""
        sealed, handle = await self._server.call("HMGET", self._keys(place)[0], "s", "h")
        return None if sealed is None else CheckRecord(sealed, handle)

    async def missed(self, place: bytes) -> int:
        """See `ports.checks.Checks`."""
        return int(await self._server.run("missed_check", self._keys(place), [_STRAY_SECONDS]))

    async def confirm(self, place: bytes) -> int:
        """See `ports.checks.Checks`."""
        return int(await self._server.run("confirm_check", self._keys(place)[:1], []))

    async def withdraw(self, places: Sequence[bytes]) -> None:
        """See `ports.checks.Checks`."""
        for place in places:
            left = int(await self._server.call("PTTL", self._keys(place)[0]))
            if left > 0:
                arguments = [left, revocation_mark(place)]
                await self._server.run(
                    "withdraw_check", [f"{self._kind}:{{withdrawn}}"], arguments, kept=True
                )
            await self._server.keep("DEL", *self._keys(place))
            await self._server.call("DEL", self._card(card_name(place)))

    async def withdrawn(self) -> list[bytes]:
        """See `ports.checks.Checks`."""
        return list(await self._server.run("withdrawn_checks", [f"{self._kind}:{{withdrawn}}"], []))

    async def name(self, card: bytes, place: bytes, seconds: int) -> None:
        """See `ports.checks.Checks`."""
        await self._server.keep("SET", self._card(card), place, "EX", seconds)

    async def named(self, card: bytes) -> bytes | None:
        """See `ports.checks.Checks`."""
        place: bytes | None = await self._server.call("GET", self._card(card))
        return place

    def _card(self, card: bytes) -> str:
        return f"{self._kind}:{{{card.hex()}}}:c"

    def _keys(self, place: bytes) -> list[str]:
        return [f"{self._kind}:{{{place.hex()}}}", f"{self._kind}:{{{place.hex()}}}:t"]


class RedisThrottle:
    """`Throttle` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def take(self, requester: bytes, pace: Pace) -> int:
        """See `ports.checks.Throttle`."""
        key = f"g:{{{requester.hex()}}}"
        return int(await self._server.run("pace", [key], [pace.burst, pace.interval]))
