"""The days on which the feed brought anything, as a lookup needs them.

Rule 1: it is asked once a minute, not once a lookup: days change once a day.
Rule 2: it decides nothing about them.
"""

from collections.abc import Callable

from service.ports.feed_days import FeedDays

__all__ = ["Fed"]

_SECONDS = 60


class Fed:
    """What was read last, for a minute."""

    def __init__(self, days: FeedDays, clock: Callable[[], float]) -> None:
        self._days = days
        self._clock = clock
        self._read: frozenset[int] = frozenset()
        self._until = 0.0

    async def __call__(self) -> frozenset[int] | None:
        """The days; None where nothing at all is known of the feed."""
        if self._clock() >= self._until:
            self._read = await self._days.read()
            self._until = self._clock() + _SECONDS
        return self._read or None
