"""What support and operators work with: disputes, and corrections of records.

Rule 1: what staff's commands consist of is decided here: tickets, the log, the worker's way to a correction.
Rule 2: it answers nothing itself, and has no way to an itinerary.
"""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.adapters.region_tables import load_regions
from service.flows.administer import Administer
from service.flows.correct import Correct
from service.flows.entries import Entries
from service.flows.register import Registry
from service.flows.support_case import SupportCase
from service.settings import Settings
from service.vault.corrector import Corrector
from service.vault.disputes import DisputeVault
from service.vault.entry_details import EntryDetails
from service.vault.notices import NoticeSealer
from service.vault.support_desk import OrderPost
from service.wiring.storage import Storage, storage
from service.wiring.transparency import open_log

__all__ = ["cases", "corrections", "disputes", "registry", "restored", "support"]


@asynccontextmanager
async def disputes(settings: Settings) -> AsyncIterator[DisputeVault]:
    """The clear part of tickets, for whoever only looks. Raises StoreError."""
    async with storage(settings) as stored:
        yield DisputeVault(stored.tickets, secrets.token_bytes)


async def restored(settings: Settings) -> int:
    """Sweep a restored data store of every erasure there has been; how many. Keys are held against them by their own role.

    Raises StoreError, DeviceError, KeysError, TombstonesError with a remedy each.
    """
    async with storage(settings) as stored:
        return await stored.erasures.everywhere()


@asynccontextmanager
async def support(settings: Settings) -> AsyncIterator[Administer]:
    """Decisions about disputes. Raises StoreError, DeviceError, LogError with a remedy each."""
    async with storage(settings) as stored, corrections(settings, stored) as (correct, entries):
        yield Administer(
            DisputeVault(stored.tickets, secrets.token_bytes),
            stored.keys,
            entries,
            correct,
            NoticeSealer(stored.notices, stored.keys, secrets.token_bytes),
            load_regions().named_in,
            time.time,
        )


@asynccontextmanager
async def cases(settings: Settings) -> AsyncIterator[SupportCase]:
    """Orders about cases. Raises StoreError, KeysError with a remedy each."""
    async with storage(settings) as stored:
        post = OrderPost(stored.orders, stored.cases, stored.keys, secrets.token_bytes)
        yield SupportCase(post, load_regions().named_in, time.time)


@asynccontextmanager
async def registry(settings: Settings) -> AsyncIterator[Registry]:
    """Registered verifiers. Raises StoreError, DeviceError, LogError with a remedy each."""
    async with storage(settings) as stored:
        log = await open_log(settings, stored.role_keys)
        try:
            key = stored.role_keys.requester_key
            yield Registry(stored.verifiers, log, key, secrets.token_bytes, time.time)
        finally:
            await log.close()


@asynccontextmanager
async def corrections(settings: Settings, stored: Storage) -> AsyncIterator[tuple[Correct, Entries]]:
    """The flow that corrects records, and entries in the log, for as long as the block runs. Raises LogError."""
    log = await open_log(settings, stored.role_keys)
    try:
        entries = Entries(
            stored.keys, log, EntryDetails(stored.details, secrets.token_bytes), secrets.token_bytes
        )
        corrector = Corrector(stored.keys, stored.data_space, secrets.token_bytes)
        sealer = NoticeSealer(stored.notices, stored.keys, secrets.token_bytes)
        yield Correct(entries, corrector, sealer, time.time), entries
        await entries.drain()
    finally:
        await log.close()
