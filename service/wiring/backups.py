"""A backup of both spaces, opened beside the store and looked through with the keys role that there is.

Rule 1: which adapters look at a backup comes together here.
Rule 2: nothing of the store is changed.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from service.adapters.backup_copy import opened_backup
from service.adapters.redis_records import RedisRecords
from service.adapters.redis_server import RedisServer
from service.audit.entries import Kind
from service.domain.acts import Act
from service.flows.verify_backup import verify_backup
from service.ports.epochs import CopyCounts
from service.settings import Settings
from service.wiring.acting import entered
from service.wiring.keys import keys_role

__all__ = ["backup_verified"]


async def backup_verified(
    settings: Settings,
    keys: Sequence[Path],
    data: Sequence[Path],
    act: Act,
    told: Callable[[CopyCounts], None],
    *,
    dry_run: bool,
) -> CopyCounts:
    """What the backup holds, remembered behind an entry. Raises DisputeError, LogError, StoreError, KeysError, OSError."""
    await entered(settings, Kind.STAFF_BACKUP, "verified", act, dry_run=dry_run)
    async with AsyncExitStack() as stack:

        async def opened(path: Path, kind: str) -> RedisRecords:
            server = RedisServer(await stack.enter_async_context(opened_backup(path)))
            stack.push_async_callback(server.close)
            return RedisRecords(server, kind, settings.store.bucket_bits)

        key_copies = [await opened(path, "k") for path in keys]
        data_copies = [await opened(path, "d") for path in data]
        role = await stack.enter_async_context(keys_role(settings))
        return await verify_backup(key_copies, data_copies, role.keeping, told, remember=not dry_run)
