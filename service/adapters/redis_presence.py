"""Heartbeats of link processes in Redis or Valkey.

Rule 1: this file alone says where they lie.
Rule 2: it judges nobody.

    l:{links}   hash   holder -> how often it has beaten
"""

from collections.abc import Mapping

from service.adapters.redis_server import RedisServer

__all__ = ["RedisPresence"]

_LINKS = "l:{links}"


class RedisPresence:
    """`Presence` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def beat(self, holder: bytes) -> Mapping[bytes, int]:
        """See `ports.presence.Presence`."""
        flat = await self._server.run("beat", [_LINKS], [holder])
        return {name: int(count) for name, count in zip(flat[::2], flat[1::2], strict=True)}

    async def leave(self, holder: bytes) -> None:
        """See `ports.presence.Presence`."""
        await self._server.call("HDEL", _LINKS, holder)
