"""Details of log entries in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque.

    a:{<holder>}   hash   sealed details by running number, of one life of one number
"""

from collections.abc import Sequence

from service.adapters.redis_server import RedisServer
from service.ports.details import MOST_KEPT

__all__ = ["RedisDetails"]


class RedisDetails:
    """`Details` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def put(self, holder: bytes, number: int, value: bytes) -> bool:
        """See `ports.details.Details`."""
        arguments = [number, value, number - MOST_KEPT]
        return bool(await self._server.run("put_detail", [_key(holder)], arguments, kept=True))

    async def place(self, holder: bytes, number: int, value: bytes) -> None:
        """See `ports.details.Details`."""
        await self._server.run("place_detail", [_key(holder)], [number, value])

    async def read(self, holder: bytes, numbers: Sequence[int]) -> list[bytes | None]:
        """See `ports.details.Details`."""
        found: list[bytes | None] = []
        if numbers:
            found = await self._server.call("HMGET", _key(holder), *numbers)
        return found

    async def drop(self, holder: bytes) -> None:
        """See `ports.details.Details`."""
        await self._server.keep("DEL", _key(holder))


def _key(holder: bytes) -> str:
    return f"a:{{{holder.hex()}}}"
