"""The days on which the feed brought anything: noted by the worker, and as a lookup needs them.

Rule 1: what counts as a day of the feed is decided here.
Rule 2: it looks at times only, at nobody's number and at no cell.
"""

from collections.abc import Callable

import numpy as np

from service.domain.itinerary import DAY, SHANGHAI_OFFSET
from service.ports.feed import EventBatch
from service.ports.feed_days import FeedDays

__all__ = ["Fed", "days_brought"]

_SECONDS = 60  # days change once a day, so they are asked for once a minute, not once a lookup
_SAMPLE = 1 << 14  # events of a batch that are looked at: a day of a network has millions
_AHEAD, _BEHIND = 300, 259_200  # as in the kernel: a time that is set aside says nothing about its day


def days_brought(batch: EventBatch, until: int) -> set[int]:
    """Shanghai days of a batch's events, none behind `until` (unix seconds): a wrong clock makes no day."""
    step = max(1, len(batch) // _SAMPLE)
    times, arrivals = batch.time[::step], batch.arrival[::step]
    good = (times <= arrivals + _AHEAD) & (times >= arrivals - _BEHIND) & (times <= until) & (times > 0)
    return set(np.unique((times[good] + SHANGHAI_OFFSET) // DAY).tolist())


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
