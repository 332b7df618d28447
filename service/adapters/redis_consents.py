"""Consent records in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque.

    u:{0a3f}:<holder>   hash   sealed consents by id, of one life of one number

The tag is the bucket of the record: a subscription's record, consents and details lie in one slot.
"""

from service.adapters.redis_buckets import bucket_of
from service.adapters.redis_server import RedisServer
from service.ports.consents import MOST_CONSENTS

__all__ = ["RedisConsents"]


class RedisConsents:
    """`Consents` on a server. `bits` as for records."""

    def __init__(self, server: RedisServer, bits: int) -> None:
        self._server = server
        self._bits = bits

    async def put(self, holder: bytes, ident: bytes, value: bytes) -> None:
        """See `ports.consents.Consents`."""
        await self._server.run("put_consent", [self.key(holder)], [ident, value, MOST_CONSENTS], kept=True)

    async def swap(self, holder: bytes, ident: bytes, expected: bytes, value: bytes) -> bool:
        """See `ports.consents.Consents`."""
        return bool(
            await self._server.run("replace", [self.key(holder)], [ident, expected, value], kept=True)
        )

    async def all(self, holder: bytes) -> dict[bytes, bytes]:
        """See `ports.consents.Consents`."""
        [found] = await self._server.all_of([self.key(holder)])
        return dict(sorted(found.items()))

    async def drop(self, holder: bytes) -> None:
        """See `ports.consents.Consents`."""
        await self._server.keep("DEL", self.key(holder))

    def key(self, holder: bytes) -> str:
        """Where a holder's lie."""
        return f"u:{bucket_of(holder, self._bits)}:{holder.hex()}"
