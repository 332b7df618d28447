"""How fast a bind may speak.

Rule 1: window, rate and pauses of one bind are kept here; what counts is the short message, as for the centre.
Rule 2: it knows neither PDUs nor texts.

    turn:  a place in the window -> the bind is not pausing -> a slot in the second -> still not pausing -> go
"""

import asyncio

__all__ = ["Pace"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_SLACK = 0.01  # seconds that a slot may be early, so that a thousand a second do not mean a thousand timers


class Pace:
    """Turns of one bind. Whoever has one gives it back."""

    def __init__(self, window: int, per_second: int) -> None:
        self._window = asyncio.Semaphore(window)
        self._open = asyncio.Event()
        self._open.set()
        self._step = 1 / per_second
        self._next_slot = 0.0
        self._pause = _FIRST_PAUSE

    async def take(self) -> None:
        """Wait for a turn; given up by cancellation, it takes none."""
        await self._window.acquire()
        try:
            await self._open.wait()
            await self._slot()
            # A pause that began meanwhile holds for us too, and spreads us anew.
            while not self._open.is_set():
                await self._open.wait()
                await self._slot()
        except BaseException:
            self._window.release()
            raise

    def give_back(self) -> None:
        """The answer is there, or cannot come any more."""
        self._window.release()

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
