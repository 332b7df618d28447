"""Details of entries in dictionaries, for fast tests. They keep the promises of `ports.details` but outlive nothing.

Rule 1: they behave as the real store does; the contract tests hold both to it.
Rule 2: no wiring for production or demo names them.
"""

from collections.abc import Sequence

from service.ports.details import MOST_KEPT

__all__ = ["MemoryDetails"]


class MemoryDetails:
    """`Details` in dictionaries."""

    def __init__(self) -> None:
        self.rows: dict[bytes, dict[int, bytes]] = {}

    async def put(self, holder: bytes, number: int, value: bytes) -> bool:
        """See `ports.details.Details`."""
        kept = self.rows.setdefault(holder, {})
        if number in kept:
            return False
        kept[number] = value
        kept.pop(number - MOST_KEPT, None)
        return True

    async def place(self, holder: bytes, number: int, value: bytes) -> None:
        """See `ports.details.Details`."""
        kept = self.rows.get(holder, {})
        if number in kept:
            kept[number] = value

    async def read(self, holder: bytes, numbers: Sequence[int]) -> list[bytes | None]:
        """See `ports.details.Details`."""
        kept = self.rows.get(holder, {})
        return [kept.get(number) for number in numbers]

    async def drop(self, holder: bytes) -> None:
        """See `ports.details.Details`."""
        self.rows.pop(holder, None)
