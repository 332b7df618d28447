"""Details of log entries in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque.

    a:{0a3f}:<holder>   hash   sealed details by running number, of one life of one number

The tag is the bucket of the record: a subscription's record, consents and details lie in one slot.
"""

from collections.abc import Sequence

from service.adapters.redis_buckets import bucket_of
from service.adapters.redis_server import RedisServer
from service.ports.details import MOST_KEPT

__all__ = ["RedisDetails"]


class RedisDetails:
    """`Details` on a server. `bits` as for records."""

    def __init__(self, server: RedisServer, bits: int) -> None:
        self._server = server
        self._bits = bits

    async def put(self, holder: bytes, number: int, value: bytes) -> bool:
        """See `ports.details.Details`."""
        arguments = [number, value, number - MOST_KEPT]
        return bool(await self._server.run("put_detail", [self.key(holder)], arguments, kept=True))

    async def place(self, holder: bytes, number: int, value: bytes) -> None:
        """See `ports.details.Details`."""
        await self._server.run("place_detail", [self.key(holder)], [number, value])

    async def read(self, holder: bytes, numbers: Sequence[int]) -> list[bytes | None]:
        """See `ports.details.Details`."""
        found: list[bytes | None] = []
        if numbers:
            found = await self._server.call("HMGET", self.key(holder), *numbers)
        return found

    async def drop(self, holder: bytes) -> None:
        """See `ports.details.Details`."""
        await self._server.keep("DEL", self.key(holder))

    def key(self, holder: bytes) -> str:
        """Where a holder's lie."""
        return f"a:{bucket_of(holder, self._bits)}:{holder.hex()}"
