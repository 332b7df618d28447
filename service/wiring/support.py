"""What the desk and operators work with: disputes, corrections of records, restores.

Rule 1: what staff's commands consist of is decided here: tickets, the log, the worker's way to a correction.
Rule 2: it answers nothing itself, and has no way to an itinerary.
"""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.adapters.link_socket import LinkClient
from service.adapters.shared_log import SharedLog
from service.audit.entries import Kind
from service.domain.acts import Act
from service.flows.administer import Administer
from service.flows.correct import Correct
from service.flows.entries import Entries
from service.ports.correcting import Correcting
from service.settings import Settings
from service.vault.corrector import Corrector
from service.vault.disputes import DisputeVault
from service.vault.entry_details import EntryDetails
from service.vault.notices import NoticeSealer
from service.wiring.acting import entered, names_a_place
from service.wiring.sockets import link_place
from service.wiring.storage import Storage, storage
from service.wiring.transparency import open_log

__all__ = ["administering", "corrections", "restored"]


async def restored(settings: Settings, act: Act, *, dry_run: bool) -> int:
    """Sweep a restored data store of every erasure there has been, behind an entry; how many. Keys are held against them by their own role.

    Raises DisputeError for words that are none, StoreError, DeviceError, KeysError, TombstonesError, LogError with a remedy each.
    """
    await entered(settings, Kind.RESTORE, "stores", act, dry_run=dry_run)
    async with storage(settings) as stored:
        if dry_run:
            return len(await stored.tombstones.all())
        return await stored.erasures.everywhere()


@asynccontextmanager
async def administering(
    settings: Settings, stored: Storage, shared: SharedLog | None = None, *, apart: bool = False
) -> AsyncIterator[tuple[Administer, SharedLog]]:
    """Decisions about disputes, and the log that they are entered in: this process's own, where it has one. Raises LogError."""
    async with _correcting(settings, stored, shared, apart=apart) as (correct, entries, log):
        administer = Administer(
            DisputeVault(stored.tickets, secrets.token_bytes),
            stored.keys,
            entries,
            correct,
            NoticeSealer(stored.notices, stored.keys, secrets.token_bytes),
            names_a_place,
            time.time,
        )
        yield administer, log


@asynccontextmanager
async def corrections(settings: Settings, stored: Storage) -> AsyncIterator[tuple[Correct, Entries]]:
    """The flow that corrects records, and entries in the log, for as long as the block runs. Raises LogError."""
    async with _correcting(settings, stored) as (correct, entries, _):
        yield correct, entries


@asynccontextmanager
async def _correcting(
    settings: Settings, stored: Storage, shared: SharedLog | None = None, *, apart: bool = False
) -> AsyncIterator[tuple[Correct, Entries, SharedLog]]:
    link = LinkClient(link_place(settings))
    log = shared or await open_log(settings, stored.role_keys)
    try:
        entries = Entries(
            stored.keys, log, EntryDetails(stored.details, secrets.token_bytes), secrets.token_bytes
        )
        own = Corrector(stored.keys, stored.data_space, secrets.token_bytes)
        corrector: Correcting = link if apart else own
        sealer = NoticeSealer(stored.notices, stored.keys, secrets.token_bytes)
        yield Correct(stored.keys, entries, corrector, sealer, time.time), entries, log
        await entries.drain()
    finally:
        await link.close()
        if shared is None:
            await log.close()
