"""Who serves which slot of a cluster, as far as we know.

Rule 1: this file alone asks a cluster for that, and says when what we know is too old.
Rule 2: it sends no command of ours; being wrong is found out by whoever does.
"""

import asyncio

from redis.asyncio.cluster import RedisCluster
from redis.exceptions import AuthenticationError, RedisClusterException, RedisError

from service.adapters.redis_node import UnsentError

__all__ = ["Slots", "UncoveredError"]

_NEWS_SECONDS = 0.1  # it is not asked more often


class UncoveredError(RedisError):
    """No master serves the slot."""


class Slots:
    """What the library knows, asked anew when it was wrong."""

    def __init__(self, client: RedisCluster) -> None:
        self._client = client
        self._looking: asyncio.Task[None] | None = None
        self._looked = 0.0
        self._refused: AuthenticationError | None = None

    @property
    def masters(self) -> set[str]:
        """The servers that serve slots, as far as we know."""
        return {nodes[0].name for nodes in self._client.nodes_manager.slots_cache.values()}

    async def master(self, slot: int) -> str:
        """The server that serves a slot. Raises UncoveredError, AuthenticationError."""
        served = self._client.nodes_manager.slots_cache
        if slot not in served:
            await self.look_again()
            served = self._client.nodes_manager.slots_cache
        if slot not in served:
            if self._refused is not None:
                raise self._refused
            raise UncoveredError("no master serves a slot")
        return served[slot][0].name

    async def layout(self) -> dict[int, str]:
        """Who serves which slot, asked now."""
        self._looked = 0.0
        await self.look_again()
        found = {slot: nodes[0].name for slot, nodes in self._client.nodes_manager.slots_cache.items()}
        if not found:
            raise UnsentError("no server of the cluster answers")
        return found

    async def look_again(self) -> None:
        """Ask the cluster who serves which slot; everybody who waits for that waits for one asking."""
        clock = asyncio.get_running_loop().time
        if self._looking is None or self._looking.done():
            if clock() < self._looked + _NEWS_SECONDS:
                return
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)
        self._looked = clock()

    async def _look(self) -> None:
        try:
            await self._client.initialize()
            await self._client.nodes_manager.initialize()
        except (RedisError, RedisClusterException, OSError) as error:
            # Nobody answers: what we knew stands, and whoever asked asks again, unless we are not let in.
            self._refused = error.__cause__ if isinstance(error.__cause__, AuthenticationError) else None

    async def close(self) -> None:
        """Nothing is asked any more."""
        if self._looking is not None:
            await self._looking
