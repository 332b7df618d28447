"""What is noted with nobody waiting for it, and waited for before the process ends.

Rule 1: nothing is left under way here when `drain` has returned.
Rule 2: it does not know what is noted; whoever asks for it suppresses its failures, and counts them.
"""

import asyncio
from collections.abc import Coroutine

__all__ = ["Noting"]


class Noting:
    """Work behind answers."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def soon(self, work: Coroutine[object, object, None]) -> None:
        """Do it, beside whatever comes next."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def drain(self) -> None:
        """Wait until all of it is done."""
        while self._under_way:
            await asyncio.gather(*self._under_way)
