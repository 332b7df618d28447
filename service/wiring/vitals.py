"""How this process is: what it depends on, asked now, and what waits in it.

Rule 1: which part of the process is asked in which way is decided here; a part that does not answer in time is down.
Rule 2: it shows nothing and wakes nobody, and whatever it asks is nobody's record.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from service.adapters.redis_server import RedisServer
from service.adapters.shared_log import SharedLog
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.ports.vitals import BindVital, KeysVital, LogVital, OutboxVital, StoreVital, Vitals
from service.settings import Settings
from service.wiring.lookups import Lookups
from service.wiring.storage import Storage
from service.wiring.web_alone import WebStorage

__all__ = ["vitals_of"]

_PATIENCE = 2.0  # seconds; whoever asks for the page waits ten


async def vitals_of(
    settings: Settings,
    stored: Storage | WebStorage,
    log: SharedLog | None,
    talks: Lookups | None,
    asked: Callable[[], Awaitable[bool]] | None = None,
) -> Vitals:
    """All of it, as of now. `asked`: whether the link role answers, where it is another process. Never raises."""
    servers = stored.servers
    keys, stores = await asyncio.gather(
        _keys(stored), asyncio.gather(*(_store(server) for server in servers.values()))
    )
    return Vitals(
        dict(zip(servers, stores, strict=True)),
        keys,
        None if log is None else _log(log, settings.log_directory),
        None if talks is None else OutboxVital(*talks.sender.waiting()),
        None if talks is None else BindVital(1, int(talks.link.bound)),
        None if asked is None else await _answered(asked()),
    )


async def _store(server: RedisServer) -> StoreVital:
    begun = time.monotonic()
    answers = await _answered(server.alive())
    return StoreVital(answers, time.monotonic() - begun, server.failures, server.unreplicated)


async def _keys(stored: Storage | WebStorage) -> KeysVital:
    """The device has to answer, and to have the epoch that records are sealed in."""
    current = stored.keys.current_epoch
    try:
        async with asyncio.timeout(_PATIENCE):
            epochs = await stored.keys.health()
    except (KeysError, StoreError, OSError):  # TimeoutError is one
        return KeysVital(answers=False, current=current, oldest=current)
    return KeysVital(answers=current in epochs, current=current, oldest=min(epochs, default=current))


def _log(log: SharedLog, directory: Path) -> LogVital:
    own = log.written
    if own is None:
        return LogVital(log.takes_entries, writes=False, entries=0, waiting=0, checkpoint=0.0)
    try:
        age = time.time() - (directory / "checkpoint").stat().st_mtime
    except OSError:
        age = 0.0  # nothing has been signed yet
    return LogVital(own.takes_entries, True, own.size, own.waiting, max(0.0, age))


async def _answered(question: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await question is not False
    except (StoreError, OSError):
        return False
