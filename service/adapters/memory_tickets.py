"""Tickets, notices and days of the feed in dictionaries, for fast tests. They keep the promises of their ports but outlive nothing.

Rule 1: they behave as the real store does, clock included; the contract tests hold both to it.
Rule 2: no wiring for production or demo names them.
"""

from collections.abc import AsyncIterator, Callable, Iterable

from service.ports.feed_days import KEPT_DAYS
from service.ports.tickets import Bounds, Opened

__all__ = ["MemoryFeedDays", "MemoryNotices", "MemoryTickets"]


class MemoryTickets:
    """`Tickets` in dictionaries."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rows: dict[str, tuple[bytes, float | None]] = {}
        self._open: dict[bytes, set[str]] = {}
        self._new: dict[bytes, tuple[int, float]] = {}
        self._all: dict[bytes, set[str]] = {}

    async def open(self, reference: str, holder: bytes, value: bytes, bounds: Bounds) -> Opened:
        """See `ports.tickets.Tickets`."""
        if await self.read(reference) is not None:
            return Opened.TAKEN
        count, ends = self._new.get(holder, (0, 0.0))
        if self._clock() >= ends:
            count, ends = 0, self._clock() + bounds.seconds
        mine = self._open.setdefault(holder, set())
        if len(mine) >= bounds.open or count >= bounds.new:
            return Opened.FULL
        self._new[holder] = (count + 1, ends)
        mine.add(reference)
        self._all.setdefault(holder, set()).add(reference)
        self.rows[reference] = (value, None)
        return Opened.DONE

    async def read(self, reference: str) -> bytes | None:
        """See `ports.tickets.Tickets`."""
        value, ends = self.rows.get(reference, (None, None))
        return value if ends is None or self._clock() < ends else None

    async def of(self, holder: bytes) -> dict[str, bytes]:
        """See `ports.tickets.Tickets`."""
        return {reference: self.rows[reference][0] for reference in sorted(self._open.get(holder, set()))}

    async def swap(self, reference: str, expected: bytes, value: bytes) -> bool:
        """See `ports.tickets.Tickets`."""
        if await self.read(reference) != expected:
            return False
        self.rows[reference] = (value, self.rows[reference][1])
        return True

    async def close(self, reference: str, holder: bytes, expected: bytes, value: bytes, seconds: int) -> bool:
        """See `ports.tickets.Tickets`."""
        if not await self.swap(reference, expected, value):
            return False
        self.rows[reference] = (value, self._clock() + seconds)
        self._open.get(holder, set()).discard(reference)
        return True

    async def drop(self, holder: bytes) -> None:
        """See `ports.tickets.Tickets`."""
        for reference in self._all.pop(holder, set()):
            self.rows.pop(reference, None)
        self._open.pop(holder, None)
        self._new.pop(holder, None)

    async def references(self) -> AsyncIterator[str]:
        """See `ports.tickets.Tickets`."""
        for reference in list(self.rows):
            if await self.read(reference) is not None:
                yield reference


class MemoryNotices:
    """`Notices` in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self._settled: set[bytes] = set()

    async def put(self, name: bytes, value: bytes) -> bool:
        """See `ports.notices.Notices`."""
        if name in self.rows or name in self._settled:
            return False
        self.rows[name] = value
        return True

    async def waiting(self, most: int) -> dict[bytes, bytes]:
        """See `ports.notices.Notices`."""
        return dict(list(self.rows.items())[:most])

    async def settle(self, name: bytes) -> None:
        """See `ports.notices.Notices`."""
        if self.rows.pop(name, None) is not None:
            self._settled.add(name)


class MemoryFeedDays:
    """`FeedDays` in a set."""

    def __init__(self) -> None:
        self.days: set[int] = set()

    async def add(self, days: Iterable[int]) -> None:
        """See `ports.feed_days.FeedDays`."""
        self.days |= set(days)
        self.days = {day for day in self.days if day >= max(self.days) - KEPT_DAYS}

    async def read(self) -> frozenset[int]:
        """See `ports.feed_days.FeedDays`."""
        return frozenset(self.days)
