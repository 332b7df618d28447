"""Parts of long messages in memory: for a service that has closed, and keeps nothing.

Rule 1: only so many messages wait at once; the oldest one goes.
Rule 2: nothing of them is on any disk; a text whose parts are lost is sent again by whoever cares.
"""

__all__ = ["HeldSegments"]

_MOST = 1000


class HeldSegments:
    """Implements `ports.sms.Segments` for a single process."""

    def __init__(self) -> None:
        self._parts: dict[bytes, dict[int, bytes]] = {}

    async def keep(
        self, reference: bytes, number: int, total: int, octets: bytes
    ) -> tuple[bytes, ...] | None:
        """See `ports.sms.Segments`."""
        parts = self._parts.setdefault(reference, {})
        parts[number] = octets
        if len(self._parts) > _MOST:
            self._parts.pop(next(iter(self._parts)))
        return tuple(parts[at] for at in sorted(parts)) if len(parts) == total else None

    async def drop(self, reference: bytes) -> None:
        """See `ports.sms.Segments`."""
        self._parts.pop(reference, None)
