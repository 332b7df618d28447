"""Several link processes on one store: who has gone, and who does what one does for all.

Rule 1: whose texts may be taken over is decided here, and by whom notices and orders are served.
Rule 2: it sends nothing and takes nothing.

    each second: my count goes up, and I see everybody's
    a count that has not moved while mine moved four times, or that is not there twice: gone

No clock is compared, neither of another machine nor of the store, so that none that jumps makes anybody dead; and who
cannot reach the store judges nobody. A process that was only slow may be taken for gone: its texts are claimed by
compare-and-swap, so it finds them changed and does not send data. What is done for all bears being done by two.
"""

import contextlib

from service.ports.presence import Presence
from service.ports.store import StoreError

__all__ = ["BEAT_SECONDS", "Peers"]

BEAT_SECONDS = 1.0

_MISSED = 4
"""Heartbeats of ours without one of theirs: some seconds, more than a busy process stands still."""

_LEFT = 2
"""Each time that somebody is not there counts for two: it has said goodbye, or its newest write was lost in a failover."""


class Peers:
    """What one process knows of the others. `me` is named at random."""

    def __init__(self, presence: Presence, me: bytes) -> None:
        self._presence = presence
        self._me = me
        self._counts: dict[bytes, int] = {}
        self._missed: dict[bytes, int] = {}
        self._beats = 0

    async def beat(self) -> bool:
        """One heartbeat; whether somebody's texts may wait for nobody since then. Raises StoreError: nobody is judged."""
        found = await self._presence.beat(self._me)
        self._beats += 1
        fresh = self._beats == _LEFT  # who left before we came
        for holder in (self._missed.keys() | found.keys()) - {self._me}:
            moved = holder in found and found[holder] != self._counts.get(holder)
            missed = 0 if moved else self._missed.get(holder, 0) + (1 if holder in found else _LEFT)
            fresh |= self._missed.get(holder, 0) < _MISSED <= missed
            self._missed[holder] = missed
        self._counts = dict(found)
        for holder in [one for one, missed in self._missed.items() if missed > 10 * _MISSED]:
            del self._missed[holder]  # forgotten is gone, too
        for holder in found.keys() - {self._me}:
            if self._missed.get(holder, 0) >= _MISSED:
                with contextlib.suppress(StoreError):  # the next heartbeat will do
                    await self._presence.leave(holder)
        return fresh

    def gone(self, holder: bytes) -> bool:
        """Whether nobody sends any more what this one held."""
        if holder == self._me:
            return False
        if holder in self._missed:
            return self._missed[holder] >= _MISSED
        return self._beats >= _LEFT

    @property
    def first(self) -> bool:
        """Whether this process does what one does for all: the first one by name of those who live."""
        return all(self._me < holder for holder, missed in self._missed.items() if missed < _MISSED)

    async def leave(self) -> None:
        """Say goodbye: what is left may be taken at once. Raises StoreError."""
        await self._presence.leave(self._me)
