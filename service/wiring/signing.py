"""The keys that sign cards, revocations and receipts: where they lie, and who tends them.

Rule 1: which device holds signing keys, and how often they are looked after, is decided here.
Rule 2: nothing is signed here.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.adapters.signing_file import SigningFile
from service.flows.tend_keys import RotationError, TendKeys
from service.ports.device import DeviceError
from service.ports.keys import KeysError
from service.ports.log import Log
from service.ports.tally import Tally
from service.settings import Settings
from service.vault.signing_keys import DeviceSigning
from service.wiring.storage import storage
from service.wiring.transparency import open_log

__all__ = ["RotationError", "signing_keys", "tended", "tending"]

_EVERY = 60.0  # seconds; a successor is due two days before it is needed


def signing_keys(settings: Settings, clock: Callable[[], float]) -> DeviceSigning:
    """The keys role for tokens."""
    device = SigningFile(settings.key_file.with_name("signing.json"), secrets.token_bytes)
    return DeviceSigning(device, clock)


@asynccontextmanager
async def tended(
    signing: DeviceSigning, log: Log, tally: Tally, clock: Callable[[], float]
) -> AsyncIterator[None]:
    """Keys are made, announced and destroyed in time while the block runs; a fault is counted and tried again."""
    tend = TendKeys(signing, log, tally, clock)
    await _once(tend, tally)
    task = asyncio.create_task(_again_and_again(tend, tally))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def tending(settings: Settings, tally: Tally, clock: Callable[[], float]) -> AsyncIterator[TendKeys]:
    """What an operator looks at the keys with, and rotates them by. Raises StoreError, DeviceError, LogError."""
    async with storage(settings) as stored:
        log = await open_log(settings, stored.role_keys)
        try:
            yield TendKeys(signing_keys(settings, clock), log, tally, clock)
        finally:
            await log.close()


async def _again_and_again(tend: TendKeys, tally: Tally) -> None:
    while True:
        await asyncio.sleep(_EVERY)
        await _once(tend, tally)


async def _once(tend: TendKeys, tally: Tally) -> None:
    """SMS go on without signing keys, so nothing of theirs may stop the process."""
    try:
        await tend()
    except (KeysError, DeviceError) as error:
        tally.count("signing_keys", type(error).__name__)
