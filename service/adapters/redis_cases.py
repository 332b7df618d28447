"""Cases and answers to support in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque.

    f:{<reference>}   string   whose case it is, sealed for the link, with its life; empty where two have the reference
    r:{<order>}       string   the answer to an order, with its life
"""

from service.adapters.redis_server import RedisServer

__all__ = ["RedisCases"]


class RedisCases:
    """`Cases` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def put(self, reference: str, value: bytes, seconds: int) -> None:
        """See `ports.cases.Cases`."""
        await self._server.run("put_case", [_case(reference)], [value, seconds])

    async def read(self, reference: str) -> bytes | None:
        """See `ports.cases.Cases`."""
        found: bytes | None = await self._server.call("GET", _case(reference))
        return found or None

    async def answer(self, name: bytes, value: bytes, seconds: int) -> None:
        """See `ports.cases.Cases`."""
        await self._server.call("SET", _answer(name), value, "EX", seconds)

    async def answered(self, name: bytes) -> bytes | None:
        """See `ports.cases.Cases`."""
        found: bytes | None = await self._server.call("GETDEL", _answer(name))
        return found


def _case(reference: str) -> str:
    return f"f:{{{reference}}}"


def _answer(name: bytes) -> str:
    return f"r:{{{name.hex()}}}"
