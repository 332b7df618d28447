"""Tombstones in a list, for fast tests.

Rule 1: it behaves as the file does; the contract tests hold both to it.
Rule 2: no wiring for production or demo names it.
"""

from service.ports.tombstones import Tombstone

__all__ = ["MemoryTombstones"]


class MemoryTombstones:
    """`Tombstones` in a list."""

    def __init__(self) -> None:
        self.rows: list[Tombstone] = []

    async def append(self, tombstone: Tombstone) -> None:
        """See `ports.tombstones.Tombstones`."""
        self.rows.append(tombstone)

    async def all(self) -> list[Tombstone]:
        """See `ports.tombstones.Tombstones`."""
        return list(self.rows)
