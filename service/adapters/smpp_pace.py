"""How fast a bind may speak.

Rule 1: window, rate and pauses of one bind are kept here; what counts is the short message, as for the centre.
Rule 2: it knows neither PDUs nor texts.

    turn:  a place in the window -> the bind is not pausing -> a slot in the second -> still not pausing -> go

Whoever is urgent is before all who are not, where places are waited for: a challenge waits behind no more notices than
the window holds.
"""

import asyncio
from collections import deque

__all__ = ["Pace"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_SLACK = 0.01  # seconds that a slot may be early, so that a thousand a second do not mean a thousand timers


class Pace:
    """Turns of one bind. Whoever has one gives it back."""

    def __init__(self, window: int, per_second: int) -> None:
        self._free = window
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._open = asyncio.Event()
        self._open.set()
        self._step = 1 / per_second
        self._next_slot = 0.0
        self._pause = _FIRST_PAUSE

    async def take(self, *, urgent: bool = True) -> None:
        """Wait for a turn; given up by cancellation, it takes none."""
        await self._place(self._urgent if urgent else self._others)
        try:
            await self._open.wait()
            await self._slot()
            # A pause that began meanwhile holds for us too, and spreads us anew.
            while not self._open.is_set():
                await self._open.wait()
                await self._slot()
        except BaseException:
            self.give_back()
            raise

    def give_back(self) -> None:
        """The answer is there, or cannot come any more."""
        for queue in (self._urgent, self._others):
            while queue:
                waiting = queue.popleft()
                if not waiting.done():  # else it was given up
                    waiting.set_result(None)
                    return
        self._free += 1

    async def _place(self, queue: deque[asyncio.Future[None]]) -> None:
        """A place in the window. Nobody waits while one is free, so whoever finds one overtakes nobody."""
        if self._free > 0:
            self._free -= 1
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():  # it had just been given to us
                self.give_back()
            raise

    def throttled(self) -> None:
        """The centre has had enough: the whole bind pauses, longer each time in a row."""
        if not self._open.is_set():
            return  # one of those that were under way when the pause began
        self._open.clear()
        asyncio.get_running_loop().call_later(self._pause, self._open.set)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def accepted(self) -> None:
        """The centre takes texts again."""
        if self._open.is_set():
            self._pause = _FIRST_PAUSE

    async def _slot(self) -> None:
        """Wait for this short message's place in the second."""
        now = asyncio.get_running_loop().time()
        self._next_slot = max(self._next_slot, now - _SLACK) + self._step
        if self._next_slot > now + _SLACK:
            await asyncio.sleep(self._next_slot - now)
