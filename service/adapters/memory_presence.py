"""The in-memory twin of heartbeats, for fast tests."""

from collections.abc import Mapping

__all__ = ["MemoryPresence"]


class MemoryPresence:
    """`Presence` in a dictionary."""

    def __init__(self) -> None:
        self.counts: dict[bytes, int] = {}

    async def beat(self, holder: bytes) -> Mapping[bytes, int]:
        """See `ports.presence.Presence`."""
        self.counts[holder] = self.counts.get(holder, 0) + 1
        return dict(self.counts)

    async def leave(self, holder: bytes) -> None:
        """See `ports.presence.Presence`."""
        self.counts.pop(holder, None)
