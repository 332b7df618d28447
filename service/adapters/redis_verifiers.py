"""Registered verifiers in Redis or Valkey.

Rule 1: this file alone says under which key they lie.
Rule 2: values are opaque.

    r:{verifiers}   hash   code -> value
"""

from service.adapters.redis_server import RedisServer

__all__ = ["RedisVerifiers"]

_KEY = "r:{verifiers}"


class RedisVerifiers:
    """`Verifiers` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def read(self, code: str) -> bytes | None:
        """See `ports.verifiers.Verifiers`."""
        value: bytes | None = await self._server.call("HGET", _KEY, code)
        return value

    async def all(self) -> dict[str, bytes]:
        """See `ports.verifiers.Verifiers`."""
        [found] = await self._server.all_of([_KEY])
        return {code.decode(): value for code, value in found.items()}

    async def swap(self, code: str, expected: bytes | None, value: bytes) -> bool:
        """See `ports.verifiers.Verifiers`."""
        arguments = [code, value, *([] if expected is None else [expected])]
        return bool(await self._server.run("swap_field", [_KEY], arguments, kept=True))
