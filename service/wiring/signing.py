"""The keys that sign cards, revocations and receipts, tended by whoever holds them.

Rule 1: how often they are looked after is decided here.
Rule 2: nothing is signed here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.adapters.shared_keys import SharedKeys
from service.flows.tend_keys import RotationError, TendKeys
from service.ports.device import DeviceError
from service.ports.keys import KeysError
from service.ports.log import Log
from service.ports.tally import Tally
from service.settings import Settings
from service.wiring.storage import storage
from service.wiring.transparency import open_log

__all__ = ["RotationError", "tended", "tending"]

_EVERY = 60.0  # seconds; a successor is due two days before it is needed


@asynccontextmanager
async def tended(role: SharedKeys, log: Log, tally: Tally, clock: Callable[[], float]) -> AsyncIterator[None]:
    """Keys are made, announced and destroyed in time while the block runs; a fault is counted and tried again."""
    tend = TendKeys(role.signing, log, tally, clock)
    await _once(role, tend, tally)
    task = asyncio.create_task(_again_and_again(role, tend, tally))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def tending(settings: Settings, tally: Tally, clock: Callable[[], float]) -> AsyncIterator[TendKeys]:
    """What an operator rotates the keys by. Raises StoreError, DeviceError, KeysError, LogError."""
    async with storage(settings) as stored:
        log = await open_log(settings, stored.role_keys)
        try:
            yield TendKeys(stored.keys_role.signing, log, tally, clock)
        finally:
            await log.close()


async def _again_and_again(role: SharedKeys, tend: TendKeys, tally: Tally) -> None:
    while True:
        await asyncio.sleep(_EVERY)
        await _once(role, tend, tally)


async def _once(role: SharedKeys, tend: TendKeys, tally: Tally) -> None:
    """In the process that holds the device; SMS go on without signing keys, so nothing of theirs may stop it."""
    if role.held is None:
        return
    try:
        await tend()
    except (KeysError, DeviceError) as error:
        tally.count("signing_keys", type(error).__name__)
