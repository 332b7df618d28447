"""Consent records in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque.

    u:{<holder>}   hash   sealed consents by id, of one life of one number
"""

from service.adapters.redis_server import RedisServer
from service.ports.consents import MOST_CONSENTS

__all__ = ["RedisConsents"]


class RedisConsents:
    """`Consents` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def put(self, holder: bytes, ident: bytes, value: bytes) -> None:
        """See `ports.consents.Consents`."""
        await self._server.run("put_consent", [_key(holder)], [ident, value, MOST_CONSENTS], kept=True)

    async def swap(self, holder: bytes, ident: bytes, expected: bytes, value: bytes) -> bool:
        """See `ports.consents.Consents`."""
        return bool(await self._server.run("replace", [_key(holder)], [ident, expected, value], kept=True))

    async def all(self, holder: bytes) -> dict[bytes, bytes]:
        """See `ports.consents.Consents`."""
        [found] = await self._server.all_of([_key(holder)])
        return dict(sorted(found.items()))

    async def drop(self, holder: bytes) -> None:
        """See `ports.consents.Consents`."""
        await self._server.keep("DEL", _key(holder))


def _key(holder: bytes) -> str:
    return f"u:{{{holder.hex()}}}"
