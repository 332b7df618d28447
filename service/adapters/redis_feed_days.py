"""Days of the feed in Redis or Valkey.

Rule 1: this file alone says where they lie:  f:{days}  sorted set, each day with itself as its score.
Rule 2: they are days and nothing else.
"""

from collections.abc import Iterable

from service.adapters.redis_server import RedisServer
from service.ports.feed_days import KEPT_DAYS

__all__ = ["RedisFeedDays"]

_DAYS = "f:{days}"


class RedisFeedDays:
    """`FeedDays` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def add(self, days: Iterable[int]) -> None:
        """See `ports.feed_days.FeedDays`."""
        pairs = [part for day in days for part in (day, day)]
        if pairs:
            await self._server.call("ZADD", _DAYS, *pairs)
            newest = max(await self.read())
            await self._server.call("ZREMRANGEBYSCORE", _DAYS, "-inf", f"({newest - KEPT_DAYS}")

    async def read(self) -> frozenset[int]:
        """See `ports.feed_days.FeedDays`."""
        return frozenset(int(day) for day in await self._server.call("ZRANGE", _DAYS, 0, -1))
