"""A link process among others.

Rule 1: the heartbeat, and what waits for it, run here.
Rule 2: who has gone is judged in `flows.peers`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

from service.flows.peers import BEAT_SECONDS, Peers
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.ports.tally import Tally

__all__ = ["beating", "for_all", "left", "until_the_end"]

_PAUSE = 1.0  # seconds; nobody waits for a notice


async def beating(peers: Peers, doubt: asyncio.Event) -> None:
    """Heartbeat for ever. Where somebody has gone, what it held is looked for at once."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        with contextlib.suppress(
            StoreError
        ):  # nobody is judged by a store that fails; the look-through knows of it
            if await peers.beat():
                doubt.set()


async def for_all(peers: Peers, work: Callable[[], Awaitable[int]], tally: Tally) -> None:
    """What one process does for all, again and again; a store that fails is asked again later."""
    while True:
        more = 0
        if peers.first:
            try:
                more = await work()
            except (StoreError, KeysError) as error:
                tally.count("notices", type(error).__name__)
        await asyncio.sleep(0 if more else _PAUSE)


async def left(peers: Peers) -> None:
    """Goodbye, where the store hears it; else the others find out."""
    with contextlib.suppress(StoreError):
        await peers.leave()


@asynccontextmanager
async def until_the_end(*loops: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run them beside the block."""
    tasks = {asyncio.create_task(loop) for loop in loops}
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
